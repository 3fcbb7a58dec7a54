//! What is for the eyes of some: nothing of it anywhere else, and nothing to be had by guessing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, message};
use crate::keyed::Keyed;

/// In every private text, so that a leak anywhere in an answer shows.
const SECRET: &str = "hush-5e1d";

const EVERYTHING: &str = "c:publish+watch+steer+approve";

async fn as_eve(relay: &Relay, method: Method, path: &str, body: Value) -> Answer {
    let request = relay.request(method, path);
    let request = request
        .header("pilothouse-member", "eve")
        .header("pilothouse-kind", "human");
    Answer::to(match body {
        Value::Null => request,
        body => request.json(&body),
    })
    .await
}

/// A relay where Ada told Bob a secret: an event, a hint and a question, each with a name that can be guessed.
async fn with_secrets() -> Relay {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("public")])).await;
    let mut ada = relay.member("ada", "human").await;
    for (id, body) in [
        ("plan", message(SECRET)),
        (
            "nudge",
            json!({"type": "hint", "hint": {"kind": "text", "text": SECRET}}),
        ),
        (
            "ask",
            json!({"type": "question_asked", "request": "when", "text": SECRET}),
        ),
        (
            "try",
            json!({"type": "permission_requested", "request": "run", "tool": SECRET, "input": {}}),
        ),
    ] {
        let frame = json!({
            "type": "publish", "channel": "c", "id": id, "body": body, "visibility": {"only": ["bob"]},
        });
        assert_eq!(ada.ask(frame).await["type"], "published");
    }
    relay
}

#[tokio::test]
async fn an_exported_page_and_the_metrics_and_the_lists_have_nothing_of_it() {
    let relay = with_secrets().await;
    let mut bob = relay.member("bob", "human").await;
    bob.subscribe("c").await;
    for path in [
        "/api/channels",
        "/api/channels/c",
        "/api/channels/c/export?format=html",
        "/api/channels/c/export?format=ndjson",
        "/api/channels/c/snapshot",
        "/api/channels/c/snapshot?at=3",
        "/api/channels/c/events?before=4",
        "/api/channels/c/requests/when",
        "/api/channels/c/hints?session=bob",
        "/metrics",
        "/health",
        "/ready",
    ] {
        let answer = as_eve(&relay, Method::GET, path, Value::Null).await;
        assert!(!answer.text.contains(SECRET), "{path}: {}", answer.text);
        assert!(
            !answer.text.contains("\"nudge\""),
            "{path}: {}",
            answer.text
        );
    }
    // Presence counts people; it does not say what they see.
    let mut eve = relay.member("eve", "human").await;
    let reply = eve.subscribe("c").await;
    assert!(!reply.to_string().contains(SECRET), "{reply}");
}

#[tokio::test]
async fn who_guesses_an_id_learns_that_it_is_taken_and_nothing_else() {
    let relay = with_secrets().await;
    let hidden = relay.request(Method::POST, "/api/channels/c/events");
    let hidden = hidden
        .header("pilothouse-member", "eve")
        .header("idempotency-key", "plan");
    let answer = Answer::to(hidden.json(&message("mine"))).await;
    // Its number is no news: it is told to everybody as skipped.
    assert_eq!(
        answer.json(),
        json!({"published": [{"id": "plan", "seq": 3, "duplicate": true}]})
    );
    let events = "/api/channels/c/events";
    let page = as_eve(&relay, Method::GET, events, Value::Null).await;
    assert!(
        !page.text.contains("plan") && !page.text.contains("mine"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn nobody_acknowledges_answers_or_awaits_what_is_hidden_from_them() {
    let relay = with_secrets().await;
    // The same, word for word, as of what there never was.
    let refusals = async |hint: &str, question: &str, permission: &str| {
        let mut said = Vec::new();
        for (method, path, body) in [
            (
                Method::POST,
                format!("hints/{hint}/acknowledge"),
                Value::Null,
            ),
            (Method::GET, format!("requests/{question}"), Value::Null),
            (Method::GET, format!("requests/{permission}"), Value::Null),
            (
                Method::POST,
                format!("requests/{question}/resolve"),
                json!({"outcome": "answered", "answer": "x"}),
            ),
            (
                Method::POST,
                format!("requests/{question}/resolve"),
                json!({"outcome": "withdrawn"}),
            ),
            (
                Method::POST,
                format!("requests/{permission}/resolve"),
                json!({"outcome": "allowed"}),
            ),
            (
                Method::POST,
                "events".to_owned(),
                json!({"type": "hint_acknowledged", "hint": hint}),
            ),
            (
                Method::POST,
                "events".to_owned(),
                json!({"type": "question_answered", "request": question, "outcome": "answered", "answer": "x"}),
            ),
            (
                Method::POST,
                "events".to_owned(),
                json!({"type": "permission_resolved", "request": permission, "outcome": "allowed"}),
            ),
        ] {
            let answer = as_eve(&relay, method, &format!("/api/channels/c/{path}"), body).await;
            said.push(answer.refused(404, "not_found"));
        }
        said
    };
    let hidden = refusals("nudge", "when", "run").await;
    assert_eq!(hidden, refusals("none", "none", "none").await);
    let bob = relay
        .request(Method::GET, "/api/channels/c/requests/when")
        .header("pilothouse-member", "bob");
    let entry = Answer::to(bob).await.json();
    assert_eq!(entry["ask"]["text"], SECRET, "{entry}");
    assert_eq!(entry["resolution"], Value::Null, "{entry}");
}

#[tokio::test]
async fn a_token_for_other_channels_learns_not_even_that_there_is_one() {
    let keyed = Keyed::start().await;
    let (ada, eve) = (
        keyed.person("ada", &[EVERYTHING]),
        keyed.person("eve", &["d:publish+watch+steer+approve"]),
    );
    keyed.publish(&ada, "c", message(SECRET)).await;
    let mut watching = keyed.socket(&ada).await;
    watching.subscribe("c").await;
    // There is `c`, and there is no `none`: what is said of both is the same.
    for path in [
        "",
        "/events",
        "/snapshot",
        "/export",
        "/export?format=html",
        "/stream",
        "/requests/r",
        "/hints",
    ] {
        let there = keyed.get(&eve, &format!("/api/channels/c{path}")).await;
        let nowhere = keyed.get(&eve, &format!("/api/channels/none{path}")).await;
        there.refused(403, "forbidden");
        assert_eq!(there.text, nowhere.text, "{path}");
    }
    let mut socket = keyed.socket(&eve).await;
    for kind in ["subscribe", "history", "take_hints"] {
        for channel in ["c", "none"] {
            let reply = socket.ask(json!({"type": kind, "channel": channel})).await;
            assert_eq!(reply["code"], "forbidden", "{reply}");
        }
    }
    let new = json!({"id": "c", "name": "C"});
    keyed
        .post(&eve, "/api/channels", new)
        .await
        .refused(403, "forbidden");
    for path in ["/api/channels", "/api/session", "/health", "/ready"] {
        let answer = keyed.get(&eve, path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            !answer.text.contains(SECRET) && !answer.text.contains("\"c\""),
            "{path}: {}",
            answer.text
        );
    }
    for path in [
        "/metrics",
        "/api/connections",
        "/api/tokens",
        "/api/addresses",
    ] {
        keyed.get(&eve, path).await.refused(403, "forbidden");
    }
}
