//! The frames that a widget sends, as values. To write every frame with every body takes more bytes than the
//! widget has.

use pilothouse_shared::{Body, ClientFrame, Hint};
use serde_json::{Map, Value};

/// A frame as it stands on the wire; `None` for one that a widget does not send.
#[must_use]
pub fn spoken(frame: &ClientFrame) -> Option<Value> {
    let mut said = Fields::default();
    match frame {
        ClientFrame::Hello(hello) => {
            said.text("type", "hello");
            said.maybe(
                "member",
                hello.member.as_ref().map(|member| member.as_str()),
            );
            said.maybe("name", hello.name.as_deref());
            said.text("kind", hello.kind.name());
            said.maybe("token", hello.token.as_deref());
        }
        ClientFrame::Subscribe(subscribe) => {
            said.text("type", "subscribe");
            said.text("ref", &subscribe.r#ref);
            said.text("channel", subscribe.channel.as_str());
            if let Some(after) = &subscribe.after {
                let mut position = Fields::default();
                position.text("epoch", after.epoch.as_str());
                position.set("seq", after.seq.0.into());
                said.set("after", Value::Object(position.0));
            }
            if let Some(history) = subscribe.history {
                said.set("history", history.into());
            }
        }
        ClientFrame::Unsubscribe(unsubscribe) => {
            said.text("type", "unsubscribe");
            said.text("ref", &unsubscribe.r#ref);
            said.text("channel", unsubscribe.channel.as_str());
        }
        ClientFrame::Publish(publish) => {
            said.text("type", "publish");
            said.text("ref", &publish.r#ref);
            said.text("channel", publish.channel.as_str());
            said.maybe("id", publish.id.as_ref().map(|id| id.as_str()));
            said.set("body", body(&publish.body)?);
        }
        ClientFrame::Ping => said.text("type", "ping"),
        _ => return None,
    }
    Some(Value::Object(said.0))
}

fn body(body: &Body) -> Option<Value> {
    let mut said = Fields::default();
    match body {
        Body::HintGiven(given) => {
            let Hint::Text { text, .. } = &given.hint else {
                return None;
            };
            let mut hint = Fields::default();
            hint.text("kind", "text");
            hint.text("text", text);
            said.text("type", "hint");
            said.set("hint", Value::Object(hint.0));
        }
        Body::CancelRequested(_) => said.text("type", "cancel_requested"),
        _ => return None,
    }
    Some(Value::Object(said.0))
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.set(name, Value::String(text.to_owned()));
    }

    fn maybe(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_widget_says_the_same_as_everybody_else() {
        for frame in [
            json!({"type": "hello", "member": "m", "name": "Keen Tern", "kind": "human", "token": "t"}),
            json!({"type": "hello", "kind": "human"}),
            json!({"type": "subscribe", "ref": "link-1", "channel": "c", "history": 200,
                "after": {"epoch": "e", "seq": 7}}),
            json!({"type": "subscribe", "ref": "link-1", "channel": "c"}),
            json!({"type": "unsubscribe", "ref": "link-2", "channel": "c"}),
            json!({"type": "publish", "ref": "i", "channel": "c", "id": "i",
                "body": {"type": "hint", "hint": {"kind": "text", "text": "mind the \"gap\""}}}),
            json!({"type": "publish", "ref": "i", "channel": "c", "id": "i",
                "body": {"type": "cancel_requested"}}),
            json!({"type": "ping"}),
        ] {
            let read: ClientFrame = serde_json::from_value(frame.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), frame);
            assert_eq!(spoken(&read), Some(frame));
        }
    }
}
