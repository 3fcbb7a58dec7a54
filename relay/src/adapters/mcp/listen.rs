//! Listening: what others said since a place in the channel.

use std::collections::VecDeque;
use std::time::Duration;

use pilothouse_shared::{Body, ChannelId, Event, MemberId, MessageKind, Position};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::api::ApiCall;
use super::arguments;
use super::backend::{Backend, Fault, unreadable};
use super::call::{Call, Outcome};
use super::channels::{cursor, place};
use super::hints::{MAX_SECONDS, ONE_WAIT, TRY_AGAIN_AFTER};

/// Most messages one listener is told at once; of more the oldest are left out and counted.
const MAX_HEARD: usize = 500;

/// Past events that one who was never in the channel begins with.
const FIRST_EVENTS: usize = 50;

/// Events of one page while catching up: all that the API gives.
const PAGE_EVENTS: usize = 1000;

/// A page of events, as the API answers it.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) events: Vec<Event>,
    pub(super) more: bool,
    /// Where the page ends.
    pub(super) position: Position,
    /// False when something between the place asked for and the page cannot be had any more.
    recovered: Option<bool>,
}

/// What somebody has heard.
#[derive(Debug)]
pub(super) struct Heard {
    /// Oldest first; at most [`MAX_HEARD`].
    messages: VecDeque<Value>,
    n_evicted: usize,
    is_broken: bool,
    place: Position,
}

impl<B: Backend> Call<'_, B> {
    pub(super) async fn listen(&self, listen: arguments::Listen) -> Outcome {
        let channel = self.channel(listen.channel.as_deref())?;
        let seconds = listen.wait_seconds.unwrap_or(0);
        if seconds > MAX_SECONDS {
            let message = format!("`wait_seconds` is at most {MAX_SECONDS}, not {seconds}");
            return Err(Fault::Misused(message));
        }
        let start = match listen.cursor.as_deref() {
            Some(cursor) => Some(place(cursor)?),
            None => self.memory.place(&self.who.member, &channel),
        };
        self.join(&channel).await?;
        let _here = match seconds {
            0 => None,
            _ => Some(self.backend.enter(&self.who, &channel).await),
        };
        let hearing = self.hear(&channel, start, Duration::from_secs(seconds));
        let heard = self.while_waited("listening", hearing).await?;
        self.remember(&channel, heard.place.clone());
        Ok(heard.told(&channel))
    }

    /// What others said after a place; waits for it if there is nothing.
    pub(super) async fn hear(
        &self,
        channel: &ChannelId,
        start: Option<Position>,
        wait: Duration,
    ) -> Result<Heard, Fault> {
        let deadline = Instant::now() + wait;
        let mut heard = match start {
            Some(place) => Heard::new(place),
            None => {
                let page = self.newest(channel).await?;
                let mut heard = Heard::new(page.position);
                heard.take(&page.events, &self.who.member);
                heard
            }
        };
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = match heard.messages.is_empty() {
                true => left.min(ONE_WAIT),
                false => Duration::ZERO,
            };
            let page = match self.after(channel, &heard.place, wait).await {
                Err(Fault::Unreachable(_)) if !left.is_zero() => {
                    sleep(TRY_AGAIN_AFTER).await;
                    continue;
                }
                page => page?,
            };
            heard.is_broken |= page.recovered == Some(false);
            heard.take(&page.events, &self.who.member);
            heard.place = page.position;
            let is_enough = !heard.messages.is_empty() || left.is_zero();
            if !page.more && is_enough {
                return Ok(heard);
            }
        }
    }

    async fn after(
        &self,
        channel: &ChannelId,
        place: &Position,
        wait: Duration,
    ) -> Result<Page, Fault> {
        let query = [
            ("after", place.seq.to_string()),
            ("epoch", place.epoch.to_string()),
            ("limit", PAGE_EVENTS.to_string()),
            ("wait", wait.as_millis().div_ceil(1000).to_string()),
        ];
        self.page(channel, &query).await
    }

    /// The last events.
    pub(super) async fn newest(&self, channel: &ChannelId) -> Result<Page, Fault> {
        self.page(channel, &[("limit", FIRST_EVENTS.to_string())])
            .await
    }

    pub(super) async fn page(
        &self,
        channel: &ChannelId,
        query: &[(&str, String)],
    ) -> Result<Page, Fault> {
        let call = ApiCall::get(&["channels", channel.as_str(), "events"], query);
        let page = self.ask_api(call).await?;
        serde_json::from_value(page).map_err(unreadable)
    }
}

impl Heard {
    fn new(place: Position) -> Self {
        Self {
            messages: VecDeque::new(),
            n_evicted: 0,
            is_broken: false,
            place,
        }
    }

    pub(super) fn n_messages(&self) -> usize {
        self.messages.len() + self.n_evicted
    }

    /// Takes what others said.
    fn take(&mut self, events: &[Event], me: &MemberId) {
        let others = events.iter().filter(|event| event.author.member != *me);
        for message in others.filter_map(said) {
            if self.messages.len() == MAX_HEARD {
                self.messages.pop_front();
                self.n_evicted += 1;
            }
            self.messages.push_back(message);
        }
    }

    fn told(&self, channel: &ChannelId) -> String {
        let mut told = json!({
            "channel": channel, "messages": self.messages, "evicted": self.n_evicted,
            "cursor": cursor(&self.place),
        });
        if self.is_broken {
            told["note"] = Value::from(
                "the relay cannot prove that nothing is missing before these; it holds no more",
            );
        }
        told.to_string()
    }
}

/// An event as something that was said; `None` for what is not talk.
pub(super) fn said(event: &Event) -> Option<Value> {
    let (kind, text) = match &event.body {
        Body::Message(message) => (kind(message.kind), message.text.as_str()),
        Body::ChannelCreated(_) => ("system", "created the channel"),
        Body::Joined(_) => ("system", "joined"),
        Body::Left(_) => ("system", "left"),
        _ => return None,
    };
    Some(json!({
        "seq": event.seq, "id": event.id, "at": event.at, "from": event.author.name,
        "member": event.author.member, "is": event.author.kind, "kind": kind, "text": text,
    }))
}

fn kind(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "text",
        MessageKind::System => "system",
        MessageKind::ToolResult => "tool_result",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: u64, member: &str, body: &Value) -> Event {
        let event = json!({
            "seq": seq, "prev": seq - 1, "id": format!("e{seq}"), "at": 7, "body": body,
            "author": {"member": member, "name": member, "kind": "agent"},
        });
        serde_json::from_value(event).unwrap()
    }

    fn message(seq: u64, member: &str) -> Event {
        event(
            seq,
            member,
            &json!({"type": "message", "role": "assistant", "text": seq.to_string()}),
        )
    }

    fn heard(events: &[Event]) -> Heard {
        let mut heard = Heard::new(place("e:0").unwrap());
        heard.take(events, &"me".parse().unwrap());
        heard
    }

    #[test]
    fn a_listener_never_hears_itself() {
        let heard = heard(&[message(1, "me"), message(2, "you")]);
        assert_eq!(heard.messages.len(), 1);
        assert_eq!(heard.messages[0]["member"], "you");
    }

    #[test]
    fn of_more_than_a_listener_can_hold_the_oldest_leave_and_are_counted() {
        let events: Vec<_> = (1..=503).map(|seq| message(seq, "you")).collect();
        let heard = heard(&events);
        assert_eq!((heard.messages.len(), heard.n_evicted), (500, 3));
        assert_eq!(heard.messages[0]["text"], "4");
        assert_eq!(heard.n_messages(), 503);
    }

    #[test]
    fn coming_and_going_is_heard_and_work_is_not() {
        let joined = event(1, "you", &json!({"type": "joined"}));
        let tool = event(
            2,
            "you",
            &json!({"type": "tool_started", "call": "c", "tool": "Bash"}),
        );
        let heard = heard(&[joined, tool]);
        assert_eq!(heard.messages.len(), 1);
        assert_eq!(heard.messages[0]["kind"], "system");
    }

    #[test]
    fn a_cursor_is_read_back_as_it_was_written() {
        let place_of = place("0d1e:12").unwrap();
        assert_eq!(cursor(&place_of), "0d1e:12");
        for bad in ["", "12", "e:", ":1", "e:x"] {
            assert!(place(bad).is_err(), "{bad}");
        }
    }
}
