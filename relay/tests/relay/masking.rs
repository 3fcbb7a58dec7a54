//! Secrets are masked before anything is stored or told, whichever way they come.

use pilothouse_relay::config::{Config, MaskRules, Switch};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, in_folder, in_memory};

const MASK: &str = "[masked: GitHub token]";

/// Made up, and in pieces, so that no scanner takes it for one.
fn secret() -> String {
    ["gh", "p_", "x7Kq2Zr9Lm4Wd8Bt1Vc6x7Kq2Zr9Lm4Wd8Bt"].concat()
}

fn said() -> Value {
    json!({"type": "message", "role": "assistant", "text": format!("it is {}", secret())})
}

/// Publishes the secret in every way there is.
async fn publish_everywhere(relay: &Relay) {
    let bodies = json!([said(), {"type": "custom", "name": "n", "data": {"a": [secret()]}}]);
    relay.publish("c", bodies).await;
    let events = "/api/channels/c/events";
    for (kind, body) in [
        ("application/x-ndjson", format!("{}\n{}\n", said(), said())),
        ("text/plain", format!("a line with {}\n", secret())),
    ] {
        let request = relay.request(Method::POST, events).body(body);
        let answer = Answer::to(request.header("content-type", kind)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let mut agent = relay.member("agent", "agent").await;
    agent.publish("c", said()).await;
    for op in [json!({"set": secret()}), json!({"append": secret()})] {
        agent
            .send(json!({"type": "signal", "channel": "c", "key": "tokens/m", "op": op}))
            .await;
    }
    agent.ask(json!({"type": "history", "channel": "c"})).await;
    let rows = json!({"rows": {"width": 80, "height": 1, "rows": {"0": secret()}}});
    let display = "/api/channels/c/signals/display%2Fmain";
    let put = relay.request(Method::PUT, display).json(&rows);
    assert_eq!(Answer::to(put).await.status, 204);
    let call = json!({
        "session_id": "7f3a9c21-5b1e-4c52-9c0e-2f8f3d1b6a90", "cwd": "/home/ana/website",
        "hook_event_name": "UserPromptSubmit", "prompt": format!("use {}", secret()),
    });
    let hooked = relay.post("/hooks/claude-code", call.to_string()).await;
    assert_eq!(hooked.status, 200, "{}", hooked.text);
    let named = json!({"id": "named", "name": format!("with {}", secret())});
    let made = relay.post("/api/channels", named.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text);
}

#[tokio::test]
async fn a_secret_leaves_no_trace_whichever_way_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    let mut watcher = relay.socket().await;
    relay.publish("c", json!([{"type": "joined_later"}])).await;
    watcher.subscribe("c").await;
    publish_everywhere(&relay).await;
    let last = watcher.publish("c", json!({"type": "end"})).await;
    let frames = watcher.follow(2, last).await;
    let told = frames
        .iter()
        .filter(|frame| frame.to_string().contains(MASK));
    assert_eq!(told.count(), 6);
    let mut late = relay.socket().await;
    let state = late.subscribe("c").await;
    let mut answers = vec![json!(frames).to_string(), state.to_string()];
    for path in [
        "/api/channels",
        "/api/channels/c/events",
        "/api/channels/c/snapshot",
        "/api/channels/c/export",
        "/api/channels/claude-code-website-7f3a9c21/events",
        "/api/channels/named/events",
    ] {
        answers.push(relay.get(path).await.text);
    }
    for answer in answers {
        assert!(!answer.contains(&secret()), "{answer}");
        assert!(answer.contains(MASK), "{answer}");
    }
    assert!(relay.metric("pilothouse_masked_total").await >= 10.0);
    relay.stop().await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        let has = bytes
            .windows(36)
            .any(|part| secret().as_bytes().starts_with(part));
        assert!(!has, "{}", path.display());
    }
}

#[tokio::test]
async fn who_turns_it_off_gets_what_was_said() {
    let switch = Switch::Off;
    let mask = MaskRules {
        switch,
        ..MaskRules::default()
    };
    let relay = Relay::with(Config {
        mask,
        ..in_memory()
    })
    .await;
    relay.publish("c", json!([said()])).await;
    let page = relay.get("/api/channels/c/events").await.text;
    assert!(page.contains(&secret()));
    relay.stop().await;
}

/// The agent would have run the mask, or an answer that nobody can give again.
#[tokio::test]
async fn an_input_that_would_run_with_a_mask_in_it_is_refused_and_stays_open() {
    let relay = Relay::start().await;
    let input = json!({"command": format!("curl -u {}", secret())});
    let ask =
        json!({"type": "permission_requested", "request": "r", "tool": "Bash", "input": input});
    relay.publish("c", json!([ask])).await;
    let changed =
        json!({"outcome": "allowed", "updated_input": {"command": format!("curl -su {MASK}")}});
    let resolve = "/api/channels/c/requests/r/resolve";
    let refused = relay.post(resolve, changed.to_string()).await;
    assert!(refused.refused(422, "invalid").contains("unchanged"));
    let allowed = relay.post(resolve, json!({"outcome": "allowed"}).to_string());
    assert_eq!(allowed.await.status, 200);
    relay.stop().await;
}
