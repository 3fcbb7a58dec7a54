//! Who publishes until the relay is gone, and remembers what it was told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pilothouse_tests::{Agent, Process, Socket, message, until};
use reqwest::Method;
use serde_json::{Value, json};

/// Publishes of one socket that wait for their answers.
const WINDOW: usize = 8;

/// Events of one call.
const BATCH: usize = 3;

/// Something that was sent: one event, or several that are stored all or none.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) channel: &'static str,
    pub(super) ids: Vec<String>,
    /// The seqs, if the relay had the time to tell.
    pub(super) acknowledged: Option<Vec<u64>>,
}

impl Sent {
    /// Sends it once more; the answer.
    pub(super) async fn again(&self, relay: &Process) -> Value {
        let agent = Agent::new(&relay.url(), self.channel, "again");
        post(&agent, &self.ids).await.expect("the relay is back")
    }
}

/// One connection of an agent.
pub(super) struct Publisher {
    url: String,
    channel: &'static str,
    prefix: String,
    n_sent: usize,
    has_begun: Arc<AtomicBool>,
}

/// Waits for the first acknowledgement that anybody gets.
pub(super) async fn first(has_begun: &AtomicBool) {
    until("an acknowledgement", || async {
        has_begun.load(Ordering::Acquire).then_some(())
    })
    .await;
}

/// What an event of this id says.
pub(super) fn body(id: &str) -> Value {
    message(&format!("{id} {}", "x".repeat(200)))
}

impl Publisher {
    pub(super) fn new(
        relay: &Process,
        channel: &'static str,
        prefix: String,
        has_begun: Arc<AtomicBool>,
    ) -> Self {
        Self {
            url: relay.url(),
            channel,
            prefix,
            n_sent: 0,
            has_begun,
        }
    }

    /// Over one socket, a few at a time.
    pub(super) async fn over_websocket(mut self, mut socket: Socket) -> Vec<Sent> {
        let (mut sent, mut n_answered): (Vec<Sent>, _) = (Vec::new(), 0);
        loop {
            while sent.len() < n_answered + WINDOW {
                let next = self.next(1);
                let id = &next.ids[0];
                let frame = json!({
                    "type": "publish", "ref": id, "channel": self.channel, "id": id, "body": body(id),
                });
                sent.push(next);
                if socket.try_say(&frame).await.is_none() {
                    return sent;
                }
            }
            let Some(answer) = socket.try_hear().await else {
                return sent;
            };
            assert_eq!(answer["type"], "published", "{answer}");
            let answered = &mut sent[n_answered];
            assert_eq!(answer["ref"], answered.ids[0], "answers come in order");
            answered.acknowledged = Some(vec![answer["seq"].as_u64().unwrap()]);
            n_answered += 1;
            self.has_begun.store(true, Ordering::Release);
        }
    }

    /// One call after the other.
    pub(super) async fn over_http(self) -> Vec<Sent> {
        self.call(1).await
    }

    /// One call after the other, several events each.
    pub(super) async fn in_batches(self) -> Vec<Sent> {
        self.call(BATCH).await
    }

    async fn call(mut self, size: usize) -> Vec<Sent> {
        let agent = Agent::new(&self.url, self.channel, "agent");
        let mut sent = Vec::new();
        loop {
            let mut next = self.next(size);
            let answer = post(&agent, &next.ids).await;
            next.acknowledged = answer.as_ref().map(seqs);
            sent.push(next);
            if answer.is_none() {
                return sent;
            }
            self.has_begun.store(true, Ordering::Release);
        }
    }

    fn next(&mut self, size: usize) -> Sent {
        let key = format!("{}-{}", self.prefix, self.n_sent);
        self.n_sent += 1;
        let id = |n| match n {
            0 => key.clone(),
            n => format!("{key}.{n}"),
        };
        Sent {
            channel: self.channel,
            ids: (0..size).map(id).collect(),
            acknowledged: None,
        }
    }
}

/// The seqs of an answer.
pub(super) fn seqs(answer: &Value) -> Vec<u64> {
    let published = answer["published"].as_array().unwrap();
    let seq = |item: &Value| item["seq"].as_u64().unwrap();
    published.iter().map(seq).collect()
}

/// The answer, if it came whole.
async fn post(agent: &Agent, ids: &[String]) -> Option<Value> {
    let bodies: Vec<_> = ids.iter().map(|id| body(id)).collect();
    let call = agent.call(Method::POST, "/events").json(&bodies);
    let response = call.header("idempotency-key", &ids[0]).send().await.ok()?;
    assert!(response.status().is_success(), "{response:?}");
    response.json().await.ok()
}
