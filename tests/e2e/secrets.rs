//! What lets somebody in is written nowhere by the relay, however much it is told to say.

use pilothouse_tests::{Process, Socket, message, run, until};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio_websockets::Message;

/// A relay with keys that logs all there is, and a token that may do everything.
async fn talkative() -> (Process, String) {
    let script = r#"RUST_LOG=trace; export RUST_LOG; exec "$@""#;
    let mut relay = Process::inside(&["sh", "-c", script, "sh"], &[]).await;
    let place = ["--data-dir", relay.data().to_str().unwrap()];
    let create = ["token", "create", "--name", "me", "--role", "admin"];
    let made = run(&[&create[..], &place].concat(), "").await;
    assert!(made.status.success(), "{}", made.stderr);
    relay.kill().await;
    relay.restart().await;
    (relay, made.stdout.trim().to_owned())
}

fn call(relay: &Process, method: Method, path: &str, body: &Value) -> RequestBuilder {
    let client = Client::builder().no_proxy().build().unwrap();
    let url = format!("{}{path}", relay.url());
    let request = client.request(method, url).json(body);
    request.header("accept", "application/json, text/event-stream")
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

/// A token that is nearly one, so that it is refused; its parts are all secrets.
fn spoilt(token: &str) -> String {
    format!("{}AAAA", &token[..token.len() - 4])
}

/// Shows the token, and one that is refused, in every way there is. Gives the other secrets that came of it.
async fn show(relay: &Process, token: &str) -> Vec<String> {
    let begin = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"},
    }});
    let new = json!({"name": "Phone", "role": "observer"});
    for (shown, expected) in [(token.to_owned(), 200), (spoilt(token), 401)] {
        let bearer = |method, path, body| call(relay, method, path, body).bearer_auth(&shown);
        for (method, path, body) in [
            (Method::GET, "/api/channels", &Value::Null),
            (Method::POST, "/api/channels/c/events", &message("x")),
            (Method::POST, "/mcp", &begin),
        ] {
            assert_eq!(status(bearer(method, path, body)).await, expected, "{path}");
        }
        let typed = call(
            relay,
            Method::POST,
            "/api/session",
            &json!({ "token": shown }),
        );
        assert_eq!(status(typed).await, expected);
        let mut socket = Socket::knock(relay.address()).await;
        let hello = json!({"type": "hello", "token": shown});
        socket.send(Message::text(hello.to_string())).await;
        let first = if expected == 200 { "welcome" } else { "error" };
        assert_eq!(socket.hear().await["type"], first);
    }
    let made = call(relay, Method::POST, "/api/tokens", &new).bearer_auth(token);
    let made: Value = made.send().await.unwrap().json().await.unwrap();
    let link = call(relay, Method::POST, "/api/links", &new).bearer_auth(token);
    let link: Value = link.send().await.unwrap().json().await.unwrap();
    let (_, code) = link["path"].as_str().unwrap().split_once('=').unwrap();
    let open = || {
        call(
            relay,
            Method::POST,
            "/api/session",
            &json!({ "code": code }),
        )
        .send()
    };
    let cookie = open().await.unwrap().headers()["set-cookie"].clone();
    let cookie = cookie
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(open().await.unwrap().status(), 401, "it works once");
    let with_cookie =
        call(relay, Method::GET, "/api/session", &Value::Null).header("cookie", &cookie);
    assert_eq!(status(with_cookie).await, 200);
    let (_, cookie) = cookie.split_once('=').unwrap();
    let made = made["token"].as_str().unwrap();
    [made, code, cookie].map(str::to_owned).to_vec()
}

#[tokio::test]
async fn no_log_has_what_lets_somebody_in() {
    let (relay, token) = talkative().await;
    let mut secrets = show(&relay, &token).await;
    secrets.extend([spoilt(&token), token]);
    // All of it is said by the time that this is.
    let last = call(&relay, Method::GET, "/the-last-word", &Value::Null);
    let _ = status(last).await;
    let log = until("the log", || async {
        Some(relay.log()).filter(|log| log.contains("/the-last-word"))
    })
    .await;
    assert!(log.contains("TRACE"), "it says all there is");
    for secret in secrets {
        // Whichever part of it: of a token the last proves it.
        for part in [secret.as_str(), secret.rsplit('.').next().unwrap()] {
            let at = log
                .find(part)
                .map(|at| log[..at].lines().next_back().unwrap_or(""));
            assert_eq!(at, None, "a secret is in the log");
        }
    }
}
