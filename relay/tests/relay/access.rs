//! Open mode's door: only this machine, and only pages that may.

use pilothouse_relay::config::{Config, ServeArgs};
use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, Relay, Socket, in_memory, message};

/// A page that the relay is told to allow.
const FRIEND: &str = "https://friend.example";

/// Every kind of call a page could try.
const CALLS: [(&str, &str); 8] = [
    ("GET", "/"),
    ("GET", "/health"),
    ("GET", "/metrics"),
    ("GET", "/ws"),
    ("GET", "/api/channels"),
    ("POST", "/api/channels/c/events"),
    ("DELETE", "/api/channels/c"),
    ("PUT", "/api/channels/c/signals/k"),
];

async fn call(relay: &Relay, (method, path): (&str, &str), headers: &[(&str, &str)]) -> Answer {
    let mut request = relay.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
    if path == "/ws" {
        let handshake = [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        request = handshake.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
    }
    request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    Answer::to(request.body(r#"{"type":"cancel_requested"}"#)).await
}

#[tokio::test]
async fn a_name_that_was_rebound_to_this_machine_is_forbidden() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    for host in [
        "evil.example",
        "evil.example:8420",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "localhost.evil",
    ] {
        for each in CALLS {
            call(&relay, each, &[("host", host)])
                .await
                .refused(403, "forbidden");
        }
        // As a browser would send it after rebinding: the page's own origin.
        let origin = format!("http://{host}");
        let headers = [("host", host), ("origin", origin.as_str())];
        call(&relay, ("GET", "/ws"), &headers)
            .await
            .refused(403, "forbidden");
    }
    assert_eq!(
        relay.get("/api/channels/c").await.json()["head"],
        2,
        "nothing happened"
    );
}

#[tokio::test]
async fn a_page_of_another_site_is_forbidden_over_http_and_socket() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let other_port = format!("http://127.0.0.1:{}", relay.address.port() ^ 1);
    for origin in [
        "https://evil.example",
        "null",
        &other_port,
        "http://localhost",
        "file://",
        "http://",
    ] {
        for each in CALLS {
            call(&relay, each, &[("origin", origin)])
                .await
                .refused(403, "forbidden");
        }
    }
    assert_eq!(
        relay.get("/api/channels/c").await.json()["head"],
        2,
        "nothing happened"
    );
}

#[tokio::test]
async fn the_relays_own_page_is_let_in_by_every_loopback_name() {
    let relay = Relay::start().await;
    let port = relay.address.port();
    for name in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "127.1.2.3"] {
        let (host, origin) = (format!("{name}:{port}"), format!("http://{name}:{port}"));
        let headers = [("host", host.as_str()), ("origin", origin.as_str())];
        assert_eq!(
            call(&relay, ("GET", "/health"), &headers).await.status,
            200,
            "{name}"
        );
    }
    let origin = format!("http://{}", relay.address);
    Socket::open(&relay, "/ws", &[("origin", &origin)]).await;
}

#[tokio::test]
async fn an_allowed_origin_may_call_and_read_and_open_a_socket() {
    let relay = Relay::with(Config {
        allow_origin: vec![FRIEND.to_owned()],
        ..in_memory()
    })
    .await;
    let answer = call(
        &relay,
        ("POST", "/api/channels/c/events"),
        &[("origin", FRIEND)],
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.headers["access-control-allow-origin"], FRIEND);
    Socket::open(&relay, "/ws", &[("origin", FRIEND)]).await;
    let framed = call(&relay, ("GET", "/embed/c"), &[]).await;
    let policy = framed.headers["content-security-policy"].to_str().unwrap();
    let may_frame = format!("frame-ancestors 'self' {FRIEND}");
    assert!(policy.ends_with(&may_frame), "{policy}");
    for other in [
        "https://friend.example.evil",
        "http://friend.example",
        "https://friend.example:444",
    ] {
        call(&relay, ("GET", "/health"), &[("origin", other)])
            .await
            .refused(403, "forbidden");
    }
}

#[tokio::test]
async fn a_preflight_of_an_allowed_origin_names_what_it_may_send() {
    let relay = Relay::with(Config {
        allow_origin: vec![FRIEND.to_owned()],
        ..in_memory()
    })
    .await;
    let preflight = |origin: &'static str| {
        let request = relay.request(Method::OPTIONS, "/api/channels/c/signals/k");
        let request = request
            .header("origin", origin)
            .header("access-control-request-method", "PUT");
        Answer::to(request.header(
            "access-control-request-headers",
            "content-type,pilothouse-member",
        ))
    };
    let answer = preflight(FRIEND).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["access-control-allow-origin"], FRIEND);
    let text = |name: &str| answer.headers[name].to_str().unwrap().to_lowercase();
    for method in ["get", "post", "put", "delete"] {
        assert!(text("access-control-allow-methods").contains(method));
    }
    for header in [
        "content-type",
        "pilothouse-member",
        "pilothouse-name",
        "pilothouse-kind",
        "idempotency-key",
        "last-event-id",
    ] {
        assert!(
            text("access-control-allow-headers").contains(header),
            "{header}"
        );
    }
    preflight("https://evil.example")
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let relay = Relay::start().await;
    let mut answers = vec![
        relay.get("/nowhere").await,
        relay.get("/api/nowhere").await,
        relay.post("/api/channels/c/events", "nonsense").await,
        relay.get("/openapi.json").await,
        call(&relay, ("GET", "/"), &[("host", "evil.example")]).await,
        call(&relay, ("GET", "/"), &[("pilothouse-kind", "robot")]).await,
    ];
    for each in CALLS.into_iter().filter(|(_, path)| *path != "/ws") {
        answers.push(call(&relay, each, &[]).await);
    }
    for answer in answers {
        let text = |name: &str| answer.headers[name].to_str().unwrap();
        assert_eq!(text("x-content-type-options"), "nosniff", "{}", answer.text);
        assert_eq!(text("x-frame-options"), "DENY");
        assert_eq!(text("referrer-policy"), "no-referrer");
        assert_eq!(text("cross-origin-opener-policy"), "same-origin");
        assert_eq!(text("cross-origin-resource-policy"), "same-origin");
        assert!(text("permissions-policy").contains("microphone=(self)"));
        let policy = text("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}

#[test]
fn an_address_beyond_this_machine_is_refused_with_a_way_out() {
    for listen in ["0.0.0.0:8420", "[::]:8420", "10.1.2.3:0"] {
        let listen = Some(listen.parse().unwrap());
        let error = Config::try_from(ServeArgs {
            listen,
            ..ServeArgs::default()
        })
        .unwrap_err();
        assert!(error.to_string().contains("ssh -L"), "{error}");
    }
}

#[tokio::test]
async fn who_calls_is_whom_the_headers_name_and_the_answer_says_so() {
    let relay = Relay::start().await;
    let request = relay
        .request(Method::POST, "/api/channels/c/events")
        .json(&message("x"));
    let request = request
        .header("pilothouse-member", "ada")
        .header("pilothouse-kind", "human");
    let answer = Answer::to(request.header("pilothouse-name", "Ada Łovelace")).await;
    assert_eq!(answer.headers["pilothouse-member"], "ada");
    let events = relay.get("/api/channels/c/events").await.json();
    let author = &events["events"][1]["author"];
    assert_eq!(
        *author,
        json!({"member": "ada", "name": "Ada Łovelace", "kind": "human"})
    );
    let made_up = relay.get("/health").await.headers["pilothouse-member"].clone();
    assert!(!made_up.is_empty());
}

#[tokio::test]
async fn a_name_may_be_escaped_since_browsers_send_ascii() {
    let relay = Relay::start().await;
    for (header, name) in [
        ("UTF-8''J%C3%BCrgen%20%E2%9A%93", "Jürgen ⚓"),
        ("100%C3%BC", "100%C3%BC"),
    ] {
        let request = relay.request(Method::POST, "/api/channels/c/events");
        let request = request
            .json(&message("x"))
            .header("pilothouse-name", header);
        assert_eq!(Answer::to(request).await.status, 200);
        let events = relay.get("/api/channels/c/events").await.json();
        let last = events["events"].as_array().unwrap().last().unwrap();
        assert_eq!(last["author"]["name"], name);
    }
}

#[tokio::test]
async fn headers_that_name_nobody_are_refused() {
    let relay = Relay::start().await;
    let long = "x".repeat(129);
    let bad = [
        ("pilothouse-member", ""),
        ("pilothouse-member", long.as_str()),
        ("pilothouse-name", long.as_str()),
        ("pilothouse-name", ""),
        ("pilothouse-name", "UTF-8''"),
        ("pilothouse-name", "UTF-8''%ff"),
        ("pilothouse-kind", "robot"),
    ];
    for header in bad {
        call(&relay, ("GET", "/api/channels"), &[header])
            .await
            .refused(422, "invalid");
    }
}
