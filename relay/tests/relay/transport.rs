//! The three ways to follow a channel, as one: a socket, Server-Sent Events, one long-poll after the
//! other. Each must give the same events, and say the same of what it cannot prove.

use std::collections::VecDeque;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, Socket, soon};

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    WebSocket,
    Sse,
    LongPoll,
}

impl Transport {
    pub(crate) const ALL: [Self; 3] = [Self::WebSocket, Self::Sse, Self::LongPoll];
}

/// A place in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) epoch: String,
    pub(crate) seq: u64,
}

impl Position {
    pub(crate) fn at(&self, seq: u64) -> Self {
        let epoch = self.epoch.clone();
        Self { epoch, seq }
    }

    fn of(value: &Value) -> Self {
        Self {
            epoch: value["epoch"].as_str().unwrap().to_owned(),
            seq: value["seq"].as_u64().unwrap(),
        }
    }
}

/// Somebody who follows the channel `c`.
pub(crate) struct Reader<'a> {
    relay: &'a Relay,
    member: &'static str,
    way: Way,
    pub(crate) position: Position,
    /// What it was told when it came with a position.
    pub(crate) recovered: Option<bool>,
}

enum Way {
    Socket(Box<Socket>),
    Stream(EventStream),
    /// Frames of the last page that are not looked at yet.
    Poll(VecDeque<Value>),
}

impl<'a> Reader<'a> {
    /// Follows from now on.
    pub(crate) async fn new(transport: Transport, relay: &'a Relay) -> Self {
        Self::open(transport, relay, "reader", None).await
    }

    /// Goes on after a position.
    pub(crate) async fn after(transport: Transport, relay: &'a Relay, after: &Position) -> Self {
        Self::open(transport, relay, "reader", Some(after)).await
    }

    pub(crate) async fn open(
        transport: Transport,
        relay: &'a Relay,
        member: &'static str,
        after: Option<&Position>,
    ) -> Self {
        let (way, told) = match transport {
            Transport::WebSocket => {
                let mut socket = relay.member(member, "human").await;
                let mut frame = json!({"type": "subscribe", "channel": "c", "history": 0});
                if let Some(Position { epoch, seq }) = after {
                    frame["after"] = json!({"epoch": epoch, "seq": seq});
                }
                let reply = socket.ask(frame).await;
                (Way::Socket(Box::new(socket)), reply)
            }
            Transport::Sse => {
                let request = request(relay, member, "stream?history=0");
                let request = match after {
                    Some(Position { epoch, seq }) => {
                        request.header("last-event-id", format!("{epoch}:{seq}"))
                    }
                    None => request,
                };
                let mut stream = EventStream::open(request).await;
                let (_, reply) = stream.next().await.unwrap();
                (Way::Stream(stream), reply)
            }
            Transport::LongPoll => match after {
                Some(after) => {
                    let page = poll(relay, member, after, 0).await.json();
                    let frames = frames(&page);
                    // A page that begins anew begins before its first event.
                    let position = match page["recovered"] == true {
                        true => after.clone(),
                        false => Position::of(&page["position"])
                            .at(page["floor"].as_u64().unwrap().saturating_sub(1)),
                    };
                    let told = json!({
                        "position": {"epoch": position.epoch, "seq": position.seq},
                        "recovered": page["recovered"],
                    });
                    (Way::Poll(frames), told)
                }
                None => {
                    let page = request(relay, member, "events?limit=1");
                    (Way::Poll(VecDeque::new()), Answer::to(page).await.json())
                }
            },
        };
        Self {
            relay,
            member,
            way,
            position: Position::of(&told["position"]),
            recovered: told.get("recovered").and_then(Value::as_bool),
        }
    }

    /// Reads on up to `seq`; gives the seqs of the events it was shown. Each frame follows on the one
    /// before.
    pub(crate) async fn up_to(&mut self, seq: u64) -> Vec<u64> {
        let mut seen = Vec::new();
        while self.position.seq < seq {
            let frame = self.next().await;
            let (from, to) = match frame["type"].as_str().unwrap() {
                "gap" => panic!("nothing was pruned: {frame}"),
                // A page leaves out what it does not show.
                "position" => (self.position.seq, frame["seq"].as_u64().unwrap()),
                _ => (
                    frame["prev"].as_u64().unwrap(),
                    frame["seq"].as_u64().unwrap(),
                ),
            };
            let is_page = matches!(self.way, Way::Poll(_));
            assert!(
                from == self.position.seq || is_page && from > self.position.seq,
                "{frame} does not follow on {:?}",
                self.position
            );
            self.position.seq = to;
            if frame["type"] == "event" {
                seen.push(to);
            }
        }
        assert_eq!(self.position.seq, seq);
        seen
    }

    async fn next(&mut self) -> Value {
        match &mut self.way {
            Way::Socket(socket) => {
                let is_meant = |frame: &Value| {
                    ["event", "skipped", "gap"].contains(&frame["type"].as_str().unwrap())
                };
                socket.until("event", is_meant).await
            }
            Way::Stream(stream) => loop {
                let (name, frame) = stream.next().await.unwrap();
                if ["event", "skipped", "gap"].contains(&name.as_str()) {
                    return frame;
                }
            },
            Way::Poll(pending) => loop {
                if let Some(frame) = pending.pop_front() {
                    return frame;
                }
                let page = poll(self.relay, self.member, &self.position, 60).await;
                let page = page.json();
                assert_eq!(page["recovered"], true, "{page}");
                *pending = frames(&page);
            },
        }
    }

    /// Waits until it is told that the channel is gone.
    pub(crate) async fn hears_of_the_end(mut self) {
        match &mut self.way {
            Way::Socket(socket) => {
                let is_end = |frame: &Value| frame["type"] == "unsubscribed";
                assert_eq!(socket.until("end", is_end).await["reason"], "removed");
            }
            Way::Stream(stream) => {
                let mut last = None;
                while let Some((name, frame)) = stream.next().await {
                    last = Some((name, frame["reason"].clone()));
                }
                assert_eq!(last, Some(("unsubscribed".to_owned(), json!("removed"))));
            }
            Way::Poll(_) => {
                let answer = poll(self.relay, self.member, &self.position, 60).await;
                answer.refused(404, "not_found");
            }
        }
    }
}

fn request(relay: &Relay, member: &str, what: &str) -> RequestBuilder {
    let request = relay.request(Method::GET, &format!("/api/channels/c/{what}"));
    request
        .header("pilothouse-member", member)
        .header("pilothouse-kind", "human")
}

async fn poll(relay: &Relay, member: &str, after: &Position, wait: u64) -> Answer {
    let Position { epoch, seq } = after;
    let what = format!("events?after={seq}&epoch={epoch}&wait={wait}&limit=1000");
    Answer::to(request(relay, member, &what)).await
}

/// What a page has, as the frames that another transport would bring, and where it ends.
fn frames(page: &Value) -> VecDeque<Value> {
    let mut frames = VecDeque::new();
    for event in page["events"].as_array().unwrap() {
        let mut frame = event.clone();
        frame["type"] = json!("event");
        frames.push_back(frame);
    }
    let end = page["position"]["seq"].as_u64().unwrap();
    if frames.back().is_none_or(|last| last["seq"] != end) {
        frames.push_back(json!({"type": "position", "seq": end}));
    }
    frames
}

/// Server-Sent Events, each checked to carry the position after it.
struct EventStream {
    response: Response,
    text: String,
}

impl EventStream {
    async fn open(request: RequestBuilder) -> Self {
        let response = soon("answer", request.send()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let text = String::new();
        Self { response, text }
    }

    /// The name and the frame of the next one; `None` at the end of the stream.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let found = event(block);
                self.text = rest.to_owned();
                if found.is_some() {
                    return found;
                }
            }
            let chunk = soon("chunk", self.response.chunk()).await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

fn event(block: &str) -> Option<(String, Value)> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
    let data: Value = serde_json::from_str(field("data: ")?).unwrap();
    let (_, seq) = field("id: ").unwrap().rsplit_once(':').unwrap();
    let moved = [&data["position"]["seq"], &data["to"], &data["seq"]];
    if let Some(to) = moved.iter().find_map(|value| value.as_u64()) {
        assert_eq!(seq, to.to_string(), "{block}");
    }
    Some((field("event: ").unwrap().to_owned(), data))
}
