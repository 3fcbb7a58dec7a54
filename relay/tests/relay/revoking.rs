//! What was opened with a token ends with it, and the audit trail says so.

use pilothouse_relay::access::Keyring;
use pilothouse_shared::MemberKind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Socket, message, soon, until};
use crate::keyed::{Keyed, bearer, now};
use crate::tokens::{EVERYTHING, knock, say, to_the_end};

#[tokio::test]
async fn what_was_opened_with_a_token_ends_when_it_is_taken_back() {
    let keyed = Keyed::start().await;
    let (ada, admin) = (keyed.person("ada", &[EVERYTHING]), keyed.admin());
    keyed.publish(&admin, "c", message("a")).await;
    let mut socket = knock(&keyed.relay).await;
    say(&mut socket, json!({"type": "hello", "token": ada})).await;
    let mut others = keyed.socket(&admin).await;
    let follow = |path: &str| {
        keyed
            .relay
            .request(Method::GET, path)
            .bearer_auth(&ada)
            .send()
    };
    let stream = follow("/api/channels/c/stream").await.unwrap();
    let poll = tokio::spawn(follow("/api/channels/c/events?after=9&wait=60"));
    let hints = tokio::spawn(follow("/api/channels/c/hints?wait=60"));
    let path = format!("/api/tokens/{}", keyed.listed("ada").id);
    let revoked = keyed.call(&admin, Method::DELETE, &path, Value::Null).await;
    assert_eq!(revoked.status, 204, "{}", revoked.text);
    let (frames, code) = to_the_end(&mut socket).await;
    assert_eq!(code, 4401, "{frames:?}");
    assert_eq!(frames[0]["type"], "welcome");
    soon("end of the stream", stream.text()).await.unwrap();
    for waiting in [poll, hints] {
        let answer = soon("end of the wait", waiting).await.unwrap().unwrap();
        assert_eq!(answer.status(), 401);
    }
    keyed
        .get(&ada, "/api/channels")
        .await
        .refused(401, "unauthenticated");
    others.subscribe("c").await;
}

#[tokio::test]
async fn another_process_makes_and_takes_back_tokens_of_a_running_relay() {
    let keyed = Keyed::start().await;
    let command = Keyring::open(keyed.folder.path()).unwrap();
    let (id, token) = command
        .token(
            &bearer("ada", MemberKind::Human, &[EVERYTHING]),
            now() + 60_000,
        )
        .unwrap();
    let mut socket = knock(&keyed.relay).await;
    say(
        &mut socket,
        json!({"type": "hello", "token": token.reveal()}),
    )
    .await;
    assert!(command.revoke(&id).unwrap());
    assert_eq!(to_the_end(&mut socket).await.1, 4401);
    let admin = keyed.admin();
    let trail = until("audit trail", async || {
        let page = keyed
            .get(&admin, "/api/channels/pilothouse-system-audit/events")
            .await;
        let page = (page.status == 200).then_some(page.text)?;
        page.contains("audit.token_revoked").then_some(page)
    });
    let trail = trail.await;
    assert!(
        trail.contains("audit.token_made") && trail.contains(&id),
        "{trail}"
    );
    assert!(!trail.contains(token.reveal()), "{trail}");
}

#[tokio::test]
async fn a_socket_ends_when_its_token_does() {
    let keyed = Keyed::start().await;
    let token = keyed.until(
        &bearer("ada", MemberKind::Human, &[EVERYTHING]),
        now() + 2_500,
    );
    let mut socket = knock(&keyed.relay).await;
    say(&mut socket, json!({"type": "hello", "token": token})).await;
    let (frames, code) = to_the_end(&mut socket).await;
    assert_eq!((frames[0]["type"].as_str(), code), (Some("welcome"), 4401));
}

#[tokio::test]
async fn the_audit_trail_is_for_who_looks_after_the_relay() {
    let keyed = Keyed::start().await;
    let (watcher, admin) = (
        keyed.person("ada", &["*:publish+watch+steer+approve"]),
        keyed.admin(),
    );
    let trail = "/api/channels/pilothouse-system-audit/events";
    until("audit trail", async || {
        (keyed.get(&admin, trail).await.status == 200).then_some(())
    })
    .await;
    keyed.get(&watcher, trail).await.refused(403, "forbidden");
    keyed
        .publish(&admin, "pilothouse-system-audit", message("false"))
        .await
        .refused(403, "forbidden");
    let list = keyed.get(&watcher, "/api/channels").await;
    assert!(!list.text.contains("audit"), "{}", list.text);
    assert!(
        keyed
            .get(&admin, "/api/channels")
            .await
            .text
            .contains("audit")
    );
}

#[tokio::test]
async fn what_one_token_opened_is_not_for_the_next() {
    // The subscription of the first went on, tied to nothing.
    let keyed = Keyed::start().await;
    let (watcher, agent) = (
        keyed.person("ada", &["ops:watch"]),
        keyed.agent("bot", &["ops:publish"]),
    );
    keyed.publish(&agent, "ops", message("before")).await;
    let bearer = format!("Bearer {watcher}");
    let headers = [("authorization", bearer.as_str())];
    let mut socket = Socket::open(&keyed.relay, "/ws/ops", &headers).await;
    socket.send(json!({"type": "hello", "token": agent})).await;
    let is_refusal = |frame: &Value| frame["code"] == "forbidden";
    socket.until("refusal", is_refusal).await;
    keyed.publish(&agent, "ops", message("after")).await;
    socket.send(json!({"type": "ping"})).await;
    let seen = async {
        loop {
            let frame = socket.next().await;
            assert_ne!(frame["body"]["text"], "after", "{frame}");
            if frame["type"] == "pong" {
                return;
            }
        }
    };
    soon("pong", seen).await;
}
