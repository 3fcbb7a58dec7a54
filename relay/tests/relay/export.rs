//! A channel taken away as a file: whole, in order, for the eyes of who asks.

use pilothouse_relay::config::Config;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, in_folder, in_memory, message, until};

async fn export(relay: &Relay, member: &str) -> Answer {
    let request = relay.request(Method::GET, "/api/channels/c/export");
    let request = request.header("pilothouse-member", member);
    let answer = Answer::to(request.header("pilothouse-kind", "human")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

fn events(answer: &Answer) -> Vec<Value> {
    assert!(answer.text.is_empty() || answer.text.ends_with('\n'));
    let lines = answer.text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn seqs(events: &[Value]) -> Vec<u64> {
    let seqs = events.iter().map(|event| event["seq"].as_u64().unwrap());
    seqs.collect()
}

#[tokio::test]
async fn every_event_is_a_line_of_a_file_named_after_the_channel() {
    let folder = tempfile::tempdir().unwrap();
    for relay in [Relay::with(in_folder(&folder)).await, Relay::start().await] {
        for n in 0..13 {
            let batch: Vec<_> = (0..100).map(|m| message(format!("{n} {m}"))).collect();
            relay.publish("c", json!(batch)).await;
        }
        let answer = export(&relay, "eve").await;
        let header = |name: &str| answer.headers[name].to_str().unwrap();
        assert_eq!(header("content-type"), "application/x-ndjson");
        assert_eq!(
            header("content-disposition"),
            r#"attachment; filename="c.ndjson""#
        );
        let events = events(&answer);
        assert_eq!(seqs(&events), (1..=1301).collect::<Vec<_>>());
        let page = relay.get("/api/channels/c/events?after=1200&limit=7").await;
        assert_eq!(
            json!(events[1200..1207]),
            page.json()["events"],
            "as in a page"
        );
    }
}

#[tokio::test]
async fn pages_of_large_events_and_of_hidden_ones_leave_nothing_out() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("first")])).await;
    let mut ada = relay.member("ada", "human").await;
    for _ in 0..300 {
        let frame = json!({"type": "publish", "channel": "c", "body": message("hush"), "visibility": {"only": []}});
        assert_eq!(ada.ask(frame).await["type"], "published");
    }
    // Ten times what one page may have.
    for _ in 0..50 {
        relay
            .publish("c", json!([message("x".repeat(200_000))]))
            .await;
    }
    let seen: Vec<u64> = [1, 2].into_iter().chain(303..=352).collect();
    assert_eq!(seqs(&events(&export(&relay, "eve").await)), seen);
    assert_eq!(
        seqs(&events(&export(&relay, "ada").await)),
        (1..=352).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn it_begins_with_the_floor() {
    let relay = Relay::with(Config {
        keep_events: 50,
        ..in_memory()
    })
    .await;
    for _ in 0..12 {
        relay.publish("c", json!(vec![message("x"); 100])).await;
    }
    let floor = until("floor", async || {
        let summary = relay.get("/api/channels/c").await.json();
        let floor = summary["floor"].as_u64().unwrap();
        (floor > 1201 - 55).then_some(floor)
    })
    .await;
    let events = events(&export(&relay, "eve").await);
    assert_eq!(seqs(&events), (floor..=1201).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_no_channel_or_no_format_is_refused() {
    let relay = Relay::start().await;
    let missing = relay.get("/api/channels/none/export").await;
    missing.refused(404, "not_found");
    relay.publish("c", json!([message("a")])).await;
    for bad in ["xml", "NDJSON", ""] {
        let path = format!("/api/channels/c/export?format={bad}");
        relay.get(&path).await.refused(422, "invalid");
    }
    let named = relay.get("/api/channels/c/export?format=ndjson").await;
    assert_eq!(events(&named).len(), 2);
}

#[tokio::test]
async fn one_file_plays_the_channel_and_ends_no_element_early() {
    let relay = Relay::start().await;
    let hostile = "</script><script>window.hacked=1</script><!--";
    relay
        .publish("c", json!([message(hostile), message("second")]))
        .await;
    let answer = relay.get("/api/channels/c/export?format=html").await;
    if answer.status == 404 {
        let message = answer.refused(404, "not_found");
        assert!(message.contains("without the widget"), "{message}");
        return;
    }
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(
        answer.headers["content-disposition"],
        r#"attachment; filename="c.html""#
    );
    assert_eq!(answer.text.matches("<script").count(), 4);
    assert_eq!(answer.text.matches("</script>").count(), 4);
    let (_, recording) = answer.text.split_once("id=\"recording\">").unwrap();
    let (recording, _) = recording.split_once("</script>").unwrap();
    let recording: Value = serde_json::from_str(recording).unwrap();
    assert_eq!(recording["channel"], "c");
    let events = recording["events"].as_array().unwrap();
    let said = events
        .iter()
        .filter_map(|event| event["body"]["text"].as_str());
    assert_eq!(said.collect::<Vec<_>>(), [hostile, "second"]);
}
