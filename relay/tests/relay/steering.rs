//! Hints are delivered once, requests are resolved once, and everybody sees how it went.

use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, in_folder, message, until};

fn hint(text: &str) -> Value {
    json!({"type": "hint", "hint": {"kind": "text", "text": text}})
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64
}

async fn hints(relay: &Relay, agent: &str, wait: u32) -> Vec<Value> {
    let path = format!("/api/channels/c/hints?wait={wait}");
    let answer = Answer::to(
        relay
            .request(Method::GET, &path)
            .header("pilothouse-member", agent),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["hints"].as_array().unwrap().clone()
}

async fn state(relay: &Relay, hint: &str) -> Value {
    let snapshot = relay.socket().await.subscribe("c").await["snapshot"].clone();
    let hints = snapshot["hints"].as_array().unwrap();
    hints.iter().find(|entry| entry["id"] == hint).unwrap()["state"].clone()
}

#[tokio::test]
async fn a_hint_is_accepted_then_delivered_then_acknowledged() {
    let relay = Relay::start().await;
    let mut ada = relay.member("ada", "human").await;
    ada.publish("c", message("hello")).await;
    ada.subscribe("c").await;
    let waiting = tokio::spawn({
        let request = relay.request(Method::GET, "/api/channels/c/hints?wait=60");
        Answer::to(
            request
                .header("pilothouse-member", "claude")
                .header("pilothouse-name", "Claude"),
        )
    });
    ada.ask(json!({"type": "publish", "channel": "c", "id": "h", "body": hint("slower")}))
        .await;
    let taken = waiting.await.unwrap().json();
    assert_eq!(
        (&taken["hints"][0]["id"], &taken["hints"][0]["hint"]["text"]),
        (&json!("h"), &json!("slower"))
    );
    let frames = ada.follow(2, 4).await;
    assert_eq!(
        frames[1]["body"],
        json!({"type": "hint_delivered", "hint": "h", "via": "poll"})
    );
    assert_eq!(frames[1]["author"]["name"], "Claude");
    assert_eq!(state(&relay, "h").await, "delivered");
    let note = json!({"note": "done"}).to_string();
    assert_eq!(
        relay
            .post("/api/channels/c/hints/h/acknowledge", note)
            .await
            .status,
        204
    );
    assert_eq!(state(&relay, "h").await, "acknowledged");
    relay
        .post("/api/channels/c/hints/h/acknowledge", "")
        .await
        .refused(409, "already_resolved");
    relay
        .post("/api/channels/c/hints/none/acknowledge", "")
        .await
        .refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_agents_at_once_get_each_hint_once() {
    let relay = std::sync::Arc::new(Relay::start().await);
    let mut ada = relay.member("ada", "human").await;
    for n in 0..60 {
        let frame =
            json!({"type": "publish", "channel": "c", "id": format!("h{n}"), "body": hint("x")});
        assert_eq!(ada.ask(frame).await["type"], "published");
    }
    let mut agents = Vec::new();
    for agent in 0..6 {
        let relay = std::sync::Arc::clone(&relay);
        agents.push(tokio::spawn(async move {
            let mut taken = Vec::new();
            loop {
                let more = hints(&relay, &format!("agent-{agent}"), 0).await;
                assert!(more.len() <= 50);
                if more.is_empty() {
                    return taken;
                }
                taken.extend(
                    more.into_iter()
                        .map(|hint| hint["id"].as_str().unwrap().to_owned()),
                );
            }
        }));
    }
    let mut taken = Vec::new();
    for agent in agents {
        taken.extend(agent.await.unwrap());
    }
    assert_eq!(taken.len(), 60);
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 60, "none twice");
}

#[tokio::test]
async fn a_hint_reaches_whom_it_is_for_and_never_its_author() {
    let relay = Relay::start().await;
    let mut ada = relay.member("ada", "human").await;
    let mut for_claude = hint("x");
    for_claude["to"] = json!("claude");
    ada.publish("c", for_claude).await;
    assert!(hints(&relay, "ada", 0).await.is_empty());
    assert!(hints(&relay, "codex", 0).await.is_empty());
    assert_eq!(hints(&relay, "claude", 0).await.len(), 1);
}

#[tokio::test]
async fn a_hint_that_nobody_took_in_time_expires_and_is_not_delivered() {
    let relay = Relay::start().await;
    let mut ada = relay.member("ada", "human").await;
    ada.publish("c", message("hello")).await;
    ada.subscribe("c").await;
    let mut short = hint("x");
    short["expires_at"] = json!(now() + 1);
    let seq = ada.publish("c", short).await;
    let frames = ada.follow(2, seq + 1).await;
    assert_eq!(frames[1]["body"]["type"], "hint_expired");
    assert!(hints(&relay, "claude", 0).await.is_empty());
}

#[tokio::test]
async fn the_first_answer_wins_and_later_ones_are_told_so() {
    let relay = std::sync::Arc::new(Relay::start().await);
    let ask = json!({"type": "permission_requested", "request": "r", "tool": "Bash", "input": {"command": "rm"}});
    let asked = relay
        .post("/api/channels/c/requests", ask.to_string())
        .await
        .json();
    assert_eq!(
        (&asked["request"], asked.get("resolution")),
        (&json!("r"), None)
    );
    let mut answering = Vec::new();
    for n in 0..8 {
        let relay = std::sync::Arc::clone(&relay);
        answering.push(tokio::spawn(async move {
            let outcome = if n % 2 == 0 { "allowed" } else { "denied" };
            let body = json!({"outcome": outcome, "message": n.to_string()}).to_string();
            relay.post("/api/channels/c/requests/r/resolve", body).await
        }));
    }
    let mut n_won = 0;
    for answer in answering {
        let answer = answer.await.unwrap();
        match answer.status.as_u16() {
            200 => n_won += 1,
            _ => drop(answer.refused(409, "already_resolved")),
        }
    }
    assert_eq!(n_won, 1);
    let events = relay.get("/api/channels/c/events").await.json();
    let n_resolved = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["body"]["type"] == "permission_resolved")
        .count();
    assert_eq!(n_resolved, 1);
}

#[tokio::test]
async fn an_asker_waits_for_the_outcome_and_may_ask_again_to_go_on_waiting() {
    let relay = Relay::start().await;
    let ask =
        json!({"type": "question_asked", "request": "q", "text": "Which?", "options": ["a", "b"]});
    let open = relay
        .post("/api/channels/c/requests", ask.to_string())
        .await
        .json();
    assert!(open.get("resolution").is_none());
    let again = relay
        .request(Method::POST, "/api/channels/c/requests?wait=60")
        .body(ask.to_string());
    let looking = relay.request(Method::GET, "/api/channels/c/requests/q?wait=60");
    let (again, looking) = (
        tokio::spawn(Answer::to(again)),
        tokio::spawn(Answer::to(looking)),
    );
    let resolve = json!({"outcome": "answered", "answer": "b"}).to_string();
    assert_eq!(
        relay
            .post("/api/channels/c/requests/q/resolve", resolve)
            .await
            .status,
        200
    );
    for answer in [again, looking] {
        let entry = answer.await.unwrap().json();
        assert_eq!(
            (
                &entry["resolution"]["outcome"],
                &entry["resolution"]["answer"]
            ),
            (&json!("answered"), &json!("b"))
        );
    }
    assert_eq!(
        relay.get("/api/channels/c").await.json()["head"],
        3,
        "asked once, answered once"
    );
}

#[tokio::test]
async fn outcomes_stay_different() {
    let relay = Relay::start().await;
    for outcome in ["allowed", "denied", "elsewhere", "withdrawn"] {
        let ask =
            json!({"type": "permission_requested", "request": outcome, "tool": "t", "input": {}});
        let as_claude = async |path: &str, body: &Value| {
            let request = relay.request(Method::POST, path).body(body.to_string());
            Answer::to(request.header("pilothouse-member", "claude")).await
        };
        as_claude("/api/channels/c/requests", &ask).await;
        let path = format!("/api/channels/c/requests/{outcome}/resolve");
        let entry = as_claude(&path, &json!({"outcome": outcome})).await.json();
        assert_eq!(entry["resolution"]["outcome"], outcome);
    }
    let ask = json!({"type": "permission_requested", "request": "late", "tool": "t", "input": {}, "expires_at": now() + 1});
    relay
        .post("/api/channels/c/requests", ask.to_string())
        .await;
    let entry = relay
        .get("/api/channels/c/requests/late?wait=60")
        .await
        .json();
    assert_eq!(entry["resolution"]["outcome"], "expired");
    relay
        .post(
            "/api/channels/c/requests/late/resolve",
            r#"{"outcome":"allowed"}"#,
        )
        .await
        .refused(409, "already_resolved");
}

#[tokio::test]
async fn hints_and_requests_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    let mut ada = relay.member("ada", "human").await;
    ada.ask(json!({"type": "publish", "channel": "c", "id": "h", "body": hint("x")}))
        .await;
    let ask = json!({"type": "question_asked", "request": "q", "text": "?"});
    relay
        .post("/api/channels/c/requests", ask.to_string())
        .await;
    drop(ada);
    relay.stop().await;
    let relay = Relay::with(in_folder(&folder)).await;
    assert_eq!(hints(&relay, "claude", 0).await[0]["id"], "h");
    let resolved = relay
        .post(
            "/api/channels/c/requests/q/resolve",
            r#"{"outcome":"answered","answer":"!"}"#,
        )
        .await;
    assert_eq!(resolved.status, 200);
    relay.stop().await;
    let relay = Relay::with(in_folder(&folder)).await;
    assert!(hints(&relay, "codex", 0).await.is_empty(), "delivered once");
    let entry = relay.get("/api/channels/c/requests/q").await.json();
    assert_eq!(entry["resolution"]["answer"], "!");
}

#[tokio::test]
async fn a_receipt_that_cannot_be_stored_follows_when_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    let mut ada = relay.member("ada", "human").await;
    ada.ask(json!({"type": "publish", "channel": "c", "id": "h", "body": hint("x")}))
        .await;
    let store = rusqlite::Connection::open(folder.path().join("pilothouse.sqlite3")).unwrap();
    store
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END",
        )
        .unwrap();
    assert_eq!(hints(&relay, "claude", 0).await.len(), 1);
    assert!(hints(&relay, "codex", 0).await.is_empty(), "it is claude's");
    assert_eq!(state(&relay, "h").await, "accepted");
    store.execute_batch("DROP TRIGGER full").unwrap();
    until("the receipt", async || {
        (state(&relay, "h").await == "delivered").then_some(())
    })
    .await;
    assert!(hints(&relay, "codex", 0).await.is_empty());
}
