//! What people may do to the terminal from afar, if they are let.

use std::time::Duration;

use pilothouse_relay::client::{Agent, Happened, Receipt, Refused};
use pilothouse_shared::limits::MAX_HISTORY;
use pilothouse_shared::{Body, ChannelId, DISPLAY_INPUT, Extra, Message, MessageKind, Role};
use rustix::process::Signal;
use tokio::sync::mpsc;

use super::ending::signal;
use super::frames::Size;
use super::terminal::Keys;

/// How long to wait before asking again for a channel that the relay ended.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Follows the channel: that is being present in it, and hearing what people type.
pub(super) struct Remote {
    pub(super) agent: Agent,
    pub(super) channel: ChannelId,
    pub(super) display: String,
    /// Absent when nobody but the local user may touch the terminal.
    pub(super) hands: Option<Hands>,
}

/// Through what a watcher touches the terminal.
pub(super) struct Hands {
    pub(super) keys: Keys,
    pub(super) controls: mpsc::Sender<Control>,
}

/// What is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    Signal(Signal),
    Size(Size),
}

/// What one event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    Keys(String),
    Control(Control),
}

impl Remote {
    /// Follows from the event that began the session on, until the link ends.
    pub(super) async fn follow(self, began: Receipt) -> Result<(), Refused> {
        let mut since = Some(began.stored().await?);
        let history = self.hands.as_ref().map_or(0, |_| MAX_HISTORY);
        let mut following = self.agent.subscribe(&self.channel, history).await;
        loop {
            match following.next().await? {
                Happened::Event(event) if since.is_none_or(|since| event.seq > since) => {
                    self.hear(&event.body).await;
                }
                Happened::Event(_) => {}
                // What was typed before may come again: it must not be typed twice.
                Happened::Anew => {
                    since = None;
                    let _ = following.skip().await;
                    self.missed().await;
                }
                Happened::Missed { .. } => self.missed().await,
                Happened::Ended { .. } => {
                    tokio::time::sleep(ASK_AGAIN_AFTER).await;
                    following.again().await;
                }
            }
        }
    }

    async fn hear(&self, body: &Body) {
        let Some(hands) = &self.hands else { return };
        for act in acts(body, &self.display) {
            match act {
                Act::Keys(keys) => hands.keys.type_in(keys.into_bytes()).await,
                Act::Control(control) => {
                    let _ = hands.controls.send(control).await;
                }
            }
        }
    }

    /// Says that something may not have been typed.
    async fn missed(&self) {
        if self.hands.is_none() {
            return;
        }
        let text = "Some events did not reach the command: what was typed may be lost.";
        let body = Body::Message(Message {
            role: Role::System,
            text: text.to_owned(),
            kind: MessageKind::System,
            message: None,
            extra: Extra::new(),
        });
        drop(self.agent.submit(&self.channel, body).await);
    }
}

/// What a body asks of this display, in the order it is done.
fn acts(body: &Body, display: &str) -> Vec<Act> {
    let Body::Custom(custom) = body else {
        return Vec::new();
    };
    if custom.name != DISPLAY_INPUT || custom.data["display"] != display {
        return Vec::new();
    }
    let data = &custom.data;
    let side = |name: &str| data["size"][name].as_u64().filter(|side| *side > 0);
    let size = side("width").zip(side("height"));
    let size = size.map(|(width, height)| Act::Control(Control::Size(Size::new(width, height))));
    let keys = data["keys"].as_str().map(|keys| Act::Keys(keys.to_owned()));
    let signal = data["signal"].as_str().and_then(signal);
    let signal = signal.map(|signal| Act::Control(Control::Signal(signal)));
    size.into_iter().chain(keys).chain(signal).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn asked(data: &Value) -> Vec<Act> {
        let body = json!({"type": "custom", "name": "display_input", "data": data});
        acts(&serde_json::from_value(body).unwrap(), "bash")
    }

    #[test]
    fn keys_signals_and_sizes_of_this_display_are_done() {
        assert_eq!(
            asked(&json!({"display": "bash", "keys": "ls\r"})),
            [Act::Keys("ls\r".to_owned())]
        );
        assert_eq!(
            asked(&json!({"display": "bash", "signal": "SIGINT"})),
            [Act::Control(Control::Signal(Signal::INT))]
        );
        let size = Size::new(100, 30);
        assert_eq!(
            asked(&json!({"display": "bash", "size": {"width": 100, "height": 30}})),
            [Act::Control(Control::Size(size))]
        );
    }

    #[test]
    fn what_does_not_fit_is_left() {
        for data in [
            json!({"display": "other", "keys": "x"}),
            json!({"keys": "x"}),
            json!({"display": "bash", "keys": 1}),
            json!({"display": "bash", "signal": "STOP THE PRESS"}),
            json!({"display": "bash", "size": {"width": 0, "height": 30}}),
            json!({"display": "bash", "size": {"width": 10}}),
            json!("bash"),
            Value::Null,
        ] {
            assert_eq!(asked(&data), [], "{data}");
        }
        let message = json!({"type": "message", "role": "user", "text": "ls"});
        assert_eq!(acts(&serde_json::from_value(message).unwrap(), "bash"), []);
    }

    #[test]
    fn a_size_beyond_all_reason_is_brought_back() {
        let size = json!({"display": "bash", "size": {"width": 1_000_000, "height": 3}});
        assert_eq!(
            asked(&size),
            [Act::Control(Control::Size(Size::new(500, 3)))]
        );
    }
}
