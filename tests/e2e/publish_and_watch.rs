//! What is published, by whichever path, is what a watcher knows.

use pilothouse_shared::{Body, MemberKind};
use pilothouse_tests::{Agent, InProcess, Process, Seen, Watcher, message, run, texts, until};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
pub(super) async fn one_body_an_array_and_ndjson_reach_a_watcher_in_order() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.create().await;
    let mut watcher = Watcher::connect(&relay.url(), "build", "ada").await;

    agent.publish(&message("one")).await;
    agent
        .publish(&json!([message("two"), message("three")]))
        .await;
    let ndjson = format!("{}\n{}\n", message("four"), message("five"));
    let call = agent.call(Method::POST, "/events").body(ndjson);
    assert!(call.send().await.unwrap().status().is_success());

    watcher
        .until("five messages", |replica| {
            let said: Vec<_> = replica.snapshot().messages.iter().collect();
            let texts: Vec<_> = said.iter().map(|entry| entry.text.as_str()).collect();
            texts == ["one", "two", "three", "four", "five"]
        })
        .await;
    watcher
        .sees("six events", |seen| seen.seqs() == [1, 2, 3, 4, 5, 6])
        .await;
    let last = watcher.seen().events.last().unwrap();
    assert_eq!(last.author.member.as_str(), "claude");
    assert_eq!(last.author.kind, MemberKind::Agent);
}

#[tokio::test]
pub(super) async fn whoever_comes_later_knows_the_same() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    let work = json!([
        {"type": "operation_started", "operation": "compile"},
        {"type": "tool_started", "call": "1", "tool": "Bash", "input": {"command": "make"}},
        {"type": "file_accessed", "path": "src/main.rs", "access": "write"},
        {"type": "tool_finished", "call": "1", "tool": "Bash", "ok": false, "error": "no rule"},
        {"type": "never_heard_of", "of": [1, 2, 3]},
    ]);
    agent.create().await;
    let mut early = Watcher::connect(&relay.url(), "build", "ada").await;
    agent.publish(&work).await;
    early
        .until("all of it", |replica| replica.snapshot().n_failed == 1)
        .await;
    let head = *agent.publish(&message("done")).await.last().unwrap();
    let is_done = |seen: &Seen| seen.seqs() == (1..=head).collect::<Vec<_>>();
    early.sees("every event", is_done).await;
    let mut late = Watcher::connect(&relay.url(), "build", "bob").await;
    late.sees("every event", is_done).await;

    let channel = "build".parse().unwrap();
    let known = |watcher: &Watcher| {
        let link = watcher.handle();
        link.read(|link| link.replica(&channel).unwrap().snapshot().clone())
    };
    assert_eq!(known(&early), known(&late));
}

#[tokio::test]
async fn an_event_published_twice_under_one_key_happens_once() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    let first = agent.publish_surely("key", &message("once")).await;
    let second = agent.publish_surely("key", &message("once")).await;
    assert_eq!(first, second);
    assert_eq!(texts(&agent.events(0, 0).await), ["once"]);
}

#[tokio::test]
pub(super) async fn a_signal_is_replaced_and_not_recorded() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.create().await;
    let mut watcher = Watcher::connect(&relay.url(), "build", "ada").await;
    let key = "activity/claude".parse().unwrap();
    for progress in [0.25, 0.5] {
        let activity = json!({"operation": "compile", "progress": progress});
        agent
            .signal("activity/claude", &json!({"set": activity}))
            .await;
        watcher
            .until("the activity", |replica| {
                replica.signal(&key).map(|value| &value["progress"]) == Some(&json!(progress))
            })
            .await;
    }
    let bodies: Vec<_> = watcher
        .seen()
        .events
        .iter()
        .map(|event| &event.body)
        .collect();
    assert!(
        matches!(bodies[..], [Body::ChannelCreated(_)]),
        "{bodies:?}"
    );
}

#[tokio::test]
pub(super) async fn the_command_line_publishes_watches_and_lists() {
    let relay = Process::start().await;
    let url = relay.url();
    let bodies = format!(
        "{}\n{}\n",
        message("from a pipe"),
        json!({"type": "odd", "n": 1})
    );
    let published = run(&["publish", "pipe", "--url", &url], &bodies).await;
    assert!(published.status.success(), "{}", published.stderr);
    let lines = ["publish", "pipe", "--lines", "--tee", "--url", &url];
    let published = run(&lines, "a plain line\n").await;
    assert_eq!(published.stdout, "a plain line\n");

    let watch = ["watch", "pipe", "--json", "--once", "--url", &url];
    let watched = run(&watch, "").await;
    assert!(watched.status.success(), "{}", watched.stderr);
    let parsed = watched.stdout.lines().map(serde_json::from_str);
    let events: Vec<Value> = parsed.collect::<Result<_, _>>().unwrap();
    assert_eq!(texts(&events), ["from a pipe", "a plain line"]);
    assert!(events.iter().any(|event| event["body"]["type"] == "odd"));

    let listed = run(&["channels", "--json", "--url", &url], "").await;
    let channel: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(channel["id"], "pipe");
    assert_eq!(channel["n_events"], events.len());
}

#[tokio::test]
pub(super) async fn the_command_line_gives_a_hint_and_prints_its_receipts() {
    let relay = Process::start().await;
    let url = relay.url();
    let agent = Agent::new(&url, "pipe", "claude");
    agent.create().await;
    let taking = tokio::spawn(async move {
        let hints = agent.hints(30).await;
        assert_eq!(hints[0]["hint"]["text"], "look left");
        let id = hints[0]["id"].as_str().unwrap();
        // An agent may be faster than the receipt of its own answer; this one is not.
        until("the receipt", async || {
            let events = agent.events(0, 0).await;
            let mut events = events.iter();
            events
                .any(|event| event["body"]["type"] == "hint_delivered")
                .then_some(())
        })
        .await;
        let _ = agent.acknowledge(id, "done").await.ok();
    });
    let hint = run(&["hint", "pipe", "look left", "--url", &url], "").await;
    taking.await.unwrap();
    assert!(hint.status.success(), "{}", hint.stderr);
    let words = hint
        .stdout
        .lines()
        .filter_map(|line| line.split(' ').next());
    let words: Vec<_> = words.collect();
    assert_eq!(words, ["accepted", "delivered", "acknowledged"]);
}

#[tokio::test]
async fn a_command_without_a_relay_says_so() {
    let relay = InProcess::start().await;
    let url = relay.url();
    relay.shutdown().await;
    let listed = run(&["channels", "--url", &url], "").await;
    assert_eq!(listed.status.code(), Some(69));
    assert!(
        listed.stderr.contains("cannot be reached"),
        "{}",
        listed.stderr
    );
}
