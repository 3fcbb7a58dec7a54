//! What is said outside the page: on its tab, and in notifications.

use super::ask::Asked;
use super::ask::about::plain;
use super::number::compact;

/// Longest text of a notification or a tab, in characters; what agents say may be longer.
const LONGEST: usize = 120;

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Who asks for what.
    pub title: String,
    /// What it is about, and where.
    pub body: String,
    /// Of two with the same tag, as from two tabs, one is shown.
    pub tag: String,
}

impl Notice {
    /// What is said of a request.
    #[must_use]
    pub fn of(asked: &Asked) -> Self {
        let request = &asked.request;
        Self {
            title: cut(&request.title),
            body: cut(&format!("{} — {}", asked.place, request.subject)),
            tag: key(asked),
        }
    }
}

/// Tells a request from every other of the relay.
#[must_use]
pub fn key(asked: &Asked) -> String {
    format!("{} {}", asked.channel, asked.request.id)
}

/// The text on the tab: how many requests wait, and what the page is about.
#[must_use]
pub fn tab(n_waiting: u64, page: &str) -> String {
    let count = match n_waiting {
        0 => String::new(),
        n => format!("({}) ", compact(n)),
    };
    let page = match page {
        "" => String::new(),
        page => format!("{} · ", cut(page)),
    };
    format!("{count}{page}Pilothouse")
}

fn cut(text: &str) -> String {
    let shown = plain(text);
    match shown.char_indices().nth(LONGEST) {
        Some(_) => shown.chars().take(LONGEST - 1).chain(['…']).collect(),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use pilothouse_shared::{ChannelId, RequestEntry};
    use serde_json::json;

    use super::*;
    use crate::view::ask::Request;

    #[test]
    fn the_tab_says_how_many_wait() {
        assert_eq!(tab(0, ""), "Pilothouse");
        assert_eq!(tab(2, "Inbox"), "(2) Inbox · Pilothouse");
        assert_eq!(tab(1, ""), "(1) Pilothouse");
        assert_eq!(tab(0, "a\u{202e}b"), "a⟨U+202E⟩b · Pilothouse");
    }

    #[test]
    fn a_notification_says_little_however_much_an_agent_does() {
        let entry: RequestEntry = serde_json::from_value(json!({
            "request": "r", "seq": 1, "at": 1,
            "author": {"member": "a", "name": "n".repeat(100), "kind": "agent"},
            "ask": {"kind": "permission", "tool": "t".repeat(900), "input": {"command": "c".repeat(900)}},
        }))
        .unwrap();
        let asked = Asked {
            channel: ChannelId::new("build").unwrap(),
            place: "p".repeat(900),
            request: Request::of(&entry),
        };
        let notice = Notice::of(&asked);
        assert_eq!(notice.title.chars().count(), LONGEST);
        assert_eq!(notice.body.chars().count(), LONGEST);
        assert_eq!(notice.tag, "build r");
    }
}
