//! What is read out to those who do not look: finished things only, and not one by one.

use pilothouse_shared::{Body, Event, MemberKind};

use super::number::counted;

/// What happened since the last sentence.
#[derive(Debug, Default)]
pub struct News {
    n_tools: u64,
    n_failed: u64,
    n_messages: u64,
    last: Option<String>,
}

impl News {
    /// Takes note of an event.
    pub fn note(&mut self, event: &Event) {
        match &event.body {
            Body::ToolFinished(tool) => {
                self.n_tools += 1;
                self.n_failed += u64::from(!tool.ok);
            }
            Body::Message(message) if event.author.kind == MemberKind::Agent => {
                self.n_messages += 1;
                self.last = Some(format!(
                    "{}: {}",
                    event.author.name,
                    super::summary::line(&message.text)
                ));
            }
            _ => {}
        }
    }

    /// One sentence about what happened, and begins anew; nothing when nothing did.
    pub fn take(&mut self) -> Option<String> {
        let news = std::mem::take(self);
        let mut parts = Vec::new();
        if news.n_tools > 0 {
            parts.push(counted(news.n_tools, "tool call"));
        }
        if news.n_failed > 0 {
            parts.push(format!("{} failed", news.n_failed));
        }
        match (news.n_messages, news.last) {
            (1, Some(message)) => parts.push(message),
            (0, _) => {}
            (n_messages, _) => parts.push(counted(n_messages, "message")),
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(body: &Value) -> Event {
        let author = json!({"member": "m", "name": "Claude", "kind": "agent"});
        serde_json::from_value(
            json!({"seq": 1, "prev": 0, "id": "e", "at": 1, "author": author, "body": body}),
        )
        .unwrap()
    }

    #[test]
    fn many_things_make_one_sentence() {
        let mut news = News::default();
        for ok in [true, true, false] {
            news.note(&event(
                &json!({"type": "tool_finished", "call": "c", "tool": "Bash", "ok": ok}),
            ));
        }
        news.note(&event(
            &json!({"type": "message", "role": "assistant", "text": "All done"}),
        ));
        assert_eq!(
            news.take().as_deref(),
            Some("3 tool calls, 1 failed, Claude: All done")
        );
        assert_eq!(news.take(), None);
    }
}
