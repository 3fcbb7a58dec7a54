//! A hint and its receipt, from the moment it is typed.

use pilothouse_shared::link::{Outgoing, SendState};
use pilothouse_shared::{Body, HintEntry, HintState, Millis};

use super::dial::moved;
use super::row::said;

/// A hint on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The hint's id.
    pub id: String,
    /// What it says.
    pub text: String,
    /// Who gave it; `None` for one of this page's own that is still on its way.
    pub from: Option<String>,
    /// How far it has come.
    pub stage: Stage,
    /// What is known of that: to whom, by which path, with which note, why not.
    pub detail: Option<String>,
    /// When it was given; `None` while it is on its way.
    pub at: Option<Millis>,
    /// The parameter it moves, if it does.
    pub parameter: Option<String>,
}

/// How far a hint has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Not acknowledged by the relay.
    Pending,
    /// Stored by the relay.
    Accepted,
    /// Handed to an agent.
    Delivered,
    /// Taken into account.
    Acknowledged,
    /// Taken by nobody in time.
    Expired,
    /// Refused by the relay.
    Failed,
}

impl Stage {
    /// For class names and tests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Acknowledged => "acknowledged",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }

    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Pending => "Sending",
            Self::Accepted => "Waiting for the agent",
            Self::Delivered => "Delivered",
            Self::Acknowledged => "Acknowledged",
            Self::Expired => "Expired",
            Self::Failed => "Not sent",
        }
    }
}

/// The receipts of a channel, oldest first: what the relay knows, then what is on its way to it.
pub fn receipts<'a>(
    entries: &'a [HintEntry],
    outbox: impl Iterator<Item = &'a Outgoing>,
    is_online: bool,
) -> Vec<Receipt> {
    let known = entries.iter().map(of_entry);
    let is_new = |out: &&Outgoing| !entries.iter().any(|entry| entry.id == out.id);
    let coming = outbox
        .filter(is_new)
        .filter_map(|out| of_outgoing(out, is_online));
    known.chain(coming).collect()
}

fn of_entry(entry: &HintEntry) -> Receipt {
    let taker = entry
        .delivered
        .as_ref()
        .map(|taken| format!("to {} via {}", taken.to.name, taken.via));
    let (stage, detail) = match entry.state {
        HintState::Accepted => (Stage::Accepted, None),
        HintState::Delivered => (Stage::Delivered, taker),
        HintState::Acknowledged => {
            let note = entry.acknowledged.as_ref().map(|ack| match &ack.note {
                Some(note) => format!("{}: {note}", ack.by.name),
                None => format!("by {}", ack.by.name),
            });
            (Stage::Acknowledged, note.or(taker))
        }
        HintState::Expired => (Stage::Expired, Some("no agent took it in time".to_owned())),
    };
    Receipt {
        id: entry.id.to_string(),
        text: said(&entry.hint),
        from: Some(entry.author.name.clone()),
        stage,
        detail,
        at: Some(entry.at),
        parameter: moved(&entry.hint).map(str::to_owned),
    }
}

fn of_outgoing(out: &Outgoing, is_online: bool) -> Option<Receipt> {
    let (text, parameter) = match &out.body {
        Body::HintGiven(given) => (said(&given.hint), moved(&given.hint).map(str::to_owned)),
        // What was stored stands in the feed.
        Body::Message(message) if !matches!(out.state, SendState::Accepted { .. }) => {
            (message.text.clone(), None)
        }
        _ => return None,
    };
    let (stage, detail) = match &out.state {
        SendState::Accepted { .. } => (Stage::Accepted, None),
        SendState::Failed { message, .. } => (Stage::Failed, Some(message.clone())),
        SendState::Pending | SendState::Sent if is_online => (Stage::Pending, None),
        SendState::Pending | SendState::Sent => (
            Stage::Pending,
            Some("kept here until the relay is back".to_owned()),
        ),
    };
    Some(Receipt {
        id: out.id.to_string(),
        text,
        from: None,
        stage,
        detail,
        at: None,
        parameter,
    })
}

#[cfg(test)]
mod tests {
    use pilothouse_shared::{ChannelId, ErrorCode, EventId, Seq, Visibility};
    use serde_json::json;

    use super::*;

    fn entry(state: &str, rest: &serde_json::Value) -> HintEntry {
        let author = json!({"member": "p", "name": "Ada"});
        let mut entry = json!({
            "id": "h1", "seq": 1, "at": 5, "author": author, "state": state,
            "hint": {"kind": "text", "text": "slow down"},
        });
        entry
            .as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        serde_json::from_value(entry).unwrap()
    }

    fn outgoing(id: &str, state: SendState) -> Outgoing {
        Outgoing {
            id: EventId::new(id).unwrap(),
            channel: ChannelId::new("c").unwrap(),
            body: serde_json::from_value(
                json!({"type": "hint", "hint": {"kind": "text", "text": "x"}}),
            )
            .unwrap(),
            visibility: Visibility::Public,
            state,
        }
    }

    #[test]
    fn an_acknowledged_hint_shows_the_note() {
        let by = json!({"member": "a", "name": "Claude", "kind": "agent"});
        let entry = entry(
            "acknowledged",
            &json!({"acknowledged": {"by": by, "note": "done", "at": 9}}),
        );
        let receipt = &receipts(&[entry], std::iter::empty(), true)[0];
        assert_eq!(
            (receipt.stage, receipt.detail.as_deref()),
            (Stage::Acknowledged, Some("Claude: done"))
        );
    }

    #[test]
    fn a_delivered_hint_names_who_has_it_and_how() {
        let to = json!({"member": "a", "name": "Claude", "kind": "agent"});
        let entry = entry(
            "delivered",
            &json!({"delivered": {"to": to, "via": "poll", "at": 9}}),
        );
        let receipt = &receipts(&[entry], std::iter::empty(), true)[0];
        assert_eq!(receipt.detail.as_deref(), Some("to Claude via poll"));
    }

    #[test]
    fn a_hint_on_its_way_is_shown_once() {
        let outbox = [
            outgoing("h1", SendState::Accepted { seq: Seq(1) }),
            outgoing("h2", SendState::Pending),
        ];
        let shown = receipts(&[entry("accepted", &json!({}))], outbox.iter(), false);
        let stages: Vec<_> = shown
            .iter()
            .map(|hint| (hint.id.as_str(), hint.stage))
            .collect();
        assert_eq!(stages, [("h1", Stage::Accepted), ("h2", Stage::Pending)]);
        assert!(shown[1].detail.is_some());
    }

    #[test]
    fn a_refused_hint_says_why() {
        let failed = SendState::Failed {
            code: ErrorCode::Forbidden,
            message: "no right to steer".to_owned(),
        };
        let shown = receipts(&[], [outgoing("h1", failed)].iter(), true);
        assert_eq!(
            (shown[0].stage, shown[0].detail.as_deref()),
            (Stage::Failed, Some("no right to steer"))
        );
    }
}
