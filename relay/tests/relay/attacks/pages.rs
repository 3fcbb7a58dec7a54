//! Pages of others in somebody's browser: forms, sockets, names that are rebound, frames.

use pilothouse_relay::config::Config;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, in_memory, message};
use crate::keyed::{Keyed, cookie};

const EVERYTHING: &str = "*:publish+watch+steer+approve+admin";
const EVIL: &str = "https://evil.example";

/// What a page could do by a form, or by a script without the right to read.
const DEEDS: [(&str, &str, &str); 10] = [
    ("POST", "/api/channels/c/events", "cancel_requested"),
    ("POST", "/api/channels", ""),
    ("POST", "/api/channels/c/requests/r/resolve", ""),
    ("POST", "/api/tokens", ""),
    ("POST", "/api/links", ""),
    ("POST", "/hooks/json", ""),
    ("POST", "/hooks/claude-code", ""),
    ("POST", "/mcp", ""),
    ("POST", "/v1/logs", ""),
    ("DELETE", "/api/session", ""),
];

/// As a browser sends a form of another site: with the types that need no leave, and with the cookie.
async fn forms(relay: &Relay, cookie: Option<&str>, headers: &[(&str, &str)]) -> Vec<Answer> {
    let types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json",
    ];
    let mut answers = Vec::new();
    for (method, path, kind) in DEEDS {
        for content_type in types {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = relay
                .request(method, path)
                .header("content-type", content_type);
            let request = headers.iter().fold(request, |request, (name, value)| {
                request.header(*name, *value)
            });
            let request = match cookie {
                Some(cookie) => request.header("cookie", cookie),
                None => request,
            };
            let body = json!({"type": kind, "channel": "c"}).to_string();
            answers.push(Answer::to(request.body(body)).await);
        }
    }
    answers
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing_without_keys() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    for headers in [
        &[("origin", EVIL), ("sec-fetch-site", "cross-site")][..],
        &[("origin", EVIL)],
        &[("origin", "null")],
        // Once let in to whatever is not below /api.
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
    ] {
        for answer in forms(&relay, None, headers).await {
            answer.refused(403, "forbidden");
        }
    }
    assert_eq!(relay.get("/api/channels/c").await.json()["head"], 2);
    let channels = relay.get("/api/channels").await.json();
    assert_eq!(channels["channels"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing_with_the_cookie_of_somebody_who_may_all() {
    let keyed = Keyed::start().await;
    let admin = keyed.admin();
    keyed.publish(&admin, "c", message("a")).await;
    let answer = keyed.sign_in(&keyed.link("ada", &[EVERYTHING])).await;
    let cookie = cookie(&answer);
    for headers in [
        &[("origin", EVIL), ("sec-fetch-site", "cross-site")][..],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        // A browser of long ago says nothing at all.
        &[],
    ] {
        for answer in forms(&keyed.relay, Some(&cookie), headers).await {
            answer.refused(403, "forbidden");
        }
    }
    let summary = keyed.get(&admin, "/api/channels/c").await.json();
    assert_eq!(summary["head"], 2, "nothing happened");
    let session = keyed
        .relay
        .request(Method::GET, "/api/session")
        .header("cookie", &cookie);
    assert_eq!(
        Answer::to(session).await.status,
        200,
        "nor was she signed out"
    );
}

const UPGRADE: [(&str, &str); 4] = [
    ("connection", "upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

async fn handshake(relay: &Relay, headers: &[(&str, &str)]) -> u16 {
    let request = relay.request(Method::GET, "/ws/c");
    let all = UPGRADE.iter().chain(headers);
    let request = all.fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_page_of_another_site_opens_no_socket_with_the_cookie() {
    let keyed = Keyed::start().await;
    let answer = keyed.sign_in(&keyed.link("ada", &[EVERYTHING])).await;
    let cookie = cookie(&answer);
    let own = format!("http://{}", keyed.relay.address);
    for (origin, status) in [
        (EVIL, 403),
        ("null", 403),
        ("http://localhost", 403),
        (own.as_str(), 101),
    ] {
        let headers = [("origin", origin), ("cookie", cookie.as_str())];
        assert_eq!(handshake(&keyed.relay, &headers).await, status, "{origin}");
    }
}

/// Every door, as far as it can tell a name.
const DOORS: [(&str, &str); 7] = [
    ("GET", "/"),
    ("GET", "/embed.js"),
    ("GET", "/health"),
    ("GET", "/api/channels"),
    ("POST", "/api/session"),
    ("POST", "/hooks/json"),
    ("POST", "/mcp"),
];

async fn named(keyed: &Keyed, token: &str, door: (&str, &str), host: &str) -> u16 {
    let method = Method::from_bytes(door.0.as_bytes()).unwrap();
    let request = keyed.relay.request(method, door.1).header("host", host);
    let request = request
        .bearer_auth(token)
        .header("accept", "application/json, text/event-stream");
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping","channel":"c"}"#;
    Answer::to(request.body(ping)).await.status.as_u16()
}

#[tokio::test]
async fn a_name_that_was_rebound_opens_no_door_of_a_relay_with_keys() {
    let keyed = Keyed::with(|config| Config {
        public_url: Some("https://relay.example".to_owned()),
        ..config
    })
    .await;
    let admin = keyed.admin();
    for door in DOORS {
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "relay.example.evil",
            "relay.example@evil.example",
            "localhost.",
        ] {
            let status = named(&keyed, &admin, door, host).await;
            assert_eq!(status, 403, "{door:?} {host}");
        }
        // MCP was once refused by any name but this machine's own.
        for host in ["localhost", "127.0.0.1", "10.0.0.1:8420", "relay.example"] {
            let status = named(&keyed, &admin, door, host).await;
            assert_ne!(status, 403, "{door:?} {host}");
        }
    }
}

#[tokio::test]
async fn no_answer_lets_a_browser_tell_others_where_it_was_or_keep_what_it_was_shown() {
    let keyed = Keyed::start().await;
    let answer = keyed.sign_in(&keyed.link("ada", &[EVERYTHING])).await;
    let text = |answer: &Answer, name: &str| answer.headers[name].to_str().unwrap().to_owned();
    assert_eq!(text(&answer, "referrer-policy"), "no-referrer");
    let admin = keyed.admin();
    for path in [
        "/",
        "/inbox",
        "/c/c",
        "/c/c/map",
        "/embed/c",
        "/embed.js",
        "/nowhere",
        "/sw.js",
        "/api/session",
        "/api/tokens",
        "/openapi.json",
        "/api/nowhere",
    ] {
        let answer = keyed.get(&admin, path).await;
        assert_eq!(text(&answer, "referrer-policy"), "no-referrer", "{path}");
        assert_eq!(text(&answer, "x-content-type-options"), "nosniff", "{path}");
        assert!(!answer.headers.contains_key("location"), "{path}");
    }
    // A link's code stands behind `#`, which is sent to nobody.
    let link = json!({"name": "Phone", "role": "observer"});
    let link = keyed.post(&admin, "/api/links", link).await.json();
    let path = link["path"].as_str().unwrap();
    assert!(path.starts_with("/#join="), "{path}");
}

#[tokio::test]
async fn no_page_of_another_frames_the_app_and_only_allowed_ones_the_widget() {
    let friend = "https://friend.example";
    let with = |config| Config {
        allow_origin: vec![friend.to_owned()],
        ..config
    };
    let (open, keyed) = (
        Relay::with(with(in_memory())).await,
        Keyed::with(with).await,
    );
    for relay in [&open, &keyed.relay] {
        for path in [
            "/",
            "/inbox",
            "/c/c",
            "/nowhere",
            "/api/session",
            "/openapi.json",
        ] {
            let answer = relay.get(path).await;
            let policy = answer.headers["content-security-policy"].to_str().unwrap();
            assert!(
                policy.contains("frame-ancestors 'none'"),
                "{path}: {policy}"
            );
            assert_eq!(answer.headers["x-frame-options"], "DENY", "{path}");
        }
        for path in ["/embed/c", "/embed.js"] {
            let answer = relay.get(path).await;
            let policy = answer.headers["content-security-policy"].to_str().unwrap();
            let ancestors = format!("frame-ancestors 'self' {friend}");
            assert!(policy.ends_with(&ancestors), "{path}: {policy}");
        }
    }
}

/// A cookie that another program of the host has set under the relay's name is as none.
#[tokio::test]
async fn a_cookie_that_was_planted_is_nobodys() {
    let keyed = Keyed::start().await;
    let admin = keyed.admin();
    let id = keyed.keyring.id();
    for planted in [
        format!("pilothouse_{id}=nonsense"),
        format!("pilothouse_x={admin}"),
        format!("pilothouse_{id}x={admin}"),
        format!("x=pilothouse_{id}={admin}"),
    ] {
        let request = keyed.relay.request(Method::GET, "/api/channels");
        let answer = Answer::to(request.header("cookie", &planted)).await;
        answer.refused(401, "unauthenticated");
    }
    let session: Value = keyed.get(&admin, "/api/session").await.json();
    assert_eq!(session["member"], "admin");
}
