//! Server-Sent Events resume, long-polls return.

use futures_util::{Stream, StreamExt};
use pilothouse_tests::{Agent, DEADLINE, InProcess, Process, message, texts, within};
use reqwest::Method;
use serde_json::{Value, json};

/// One Server-Sent Event.
#[derive(Debug)]
struct Sent {
    id: String,
    event: String,
    data: Value,
}

/// A stream of them.
struct Reader<S> {
    bytes: S,
    text: String,
}

async fn open(agent: &Agent, last: Option<&str>) -> Reader<impl Stream<Item = Vec<u8>> + Unpin> {
    let mut call = agent.call(Method::GET, "/stream");
    if let Some(last) = last {
        call = call.header("last-event-id", last);
    }
    let response = call.send().await.unwrap().error_for_status().unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let bytes = response.bytes_stream();
    let bytes = bytes.map(|piece| piece.unwrap_or_default().to_vec());
    Reader {
        bytes: Box::pin(bytes),
        text: String::new(),
    }
}

impl<S: Stream<Item = Vec<u8>> + Unpin> Reader<S> {
    async fn next(&mut self) -> Sent {
        loop {
            while !self.text.contains("\n\n") {
                let piece = within(DEADLINE, "a piece of the stream", self.bytes.next()).await;
                let piece = piece.expect("the stream goes on");
                self.text.push_str(std::str::from_utf8(&piece).unwrap());
            }
            let (block, rest) = self.text.split_once("\n\n").unwrap();
            let field = |name| {
                let mut lines = block.lines();
                lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            };
            let sent = field("data").map(|data| Sent {
                id: field("id").unwrap_or_default().to_owned(),
                event: field("event").unwrap_or_default().to_owned(),
                data: serde_json::from_str(data).unwrap(),
            });
            self.text = rest.to_owned();
            // Comments keep the stream alive and say nothing.
            if let Some(sent) = sent {
                return sent;
            }
        }
    }

    /// The next one that is no signal.
    async fn next_event(&mut self) -> Sent {
        loop {
            let sent = self.next().await;
            if sent.event != "signal" {
                return sent;
            }
        }
    }
}

#[tokio::test]
async fn a_stream_begins_with_the_state_and_goes_on_with_events() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.publish(&message("before")).await;
    let mut stream = open(&agent, None).await;
    let first = stream.next().await;
    assert_eq!(first.event, "subscribed");
    assert_eq!(first.data["snapshot"]["messages"][0]["text"], "before");
    assert_eq!(first.data["recovered"], Value::Null);
    agent.publish(&message("after")).await;
    let next = stream.next_event().await;
    assert_eq!(next.event, "event");
    assert_eq!(next.data["body"]["text"], "after");
}

#[tokio::test]
async fn a_stream_resumes_after_the_last_event_it_brought_also_from_a_relay_that_was_killed() {
    let mut relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.publish(&message("one")).await;
    let mut stream = open(&agent, None).await;
    stream.next().await;
    agent.publish(&message("two")).await;
    let last = stream.next_event().await;
    drop(stream);
    agent.publish(&message("three")).await;
    relay.kill().await;
    relay.restart().await;
    agent.publish(&message("four")).await;

    let mut stream = open(&agent, Some(&last.id)).await;
    let first = stream.next().await;
    assert_eq!(first.data["recovered"], true);
    for text in ["three", "four"] {
        let event = stream.next_event().await;
        assert_eq!(event.data["body"]["text"], text);
    }
}

#[tokio::test]
async fn a_stream_from_another_epoch_is_not_recovered() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.publish(&message("one")).await;
    let mut stream = open(&agent, Some("another:1")).await;
    let first = stream.next().await;
    assert_eq!(first.data["recovered"], false);
    assert_eq!(first.data["snapshot"]["messages"][0]["text"], "one");
}

#[tokio::test]
async fn a_long_poll_returns_with_the_first_event_and_empty_when_the_time_is_over() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    let head = agent.publish(&message("before")).await[0];
    let (waited, _) = tokio::join!(agent.events(head, 30), async {
        agent.publish(&json!([message("now")])).await
    });
    assert_eq!(texts(&waited), ["now"]);
    assert!(agent.events(head + 1, 1).await.is_empty());
    assert!(agent.hints(1).await.is_empty());
}
