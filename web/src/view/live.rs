//! What signals say: who is here, what is being written.

use pilothouse_shared::limits::MAX_PRESENT_MEMBERS;
use pilothouse_shared::read::Read;
use pilothouse_shared::{MemberKind, MessageEntry, Participant, read_fields};
use serde_json::Value;

/// Who is here: the value of `presence`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Presence {
    /// People who watch, each counted once where all are listed.
    pub watchers: u64,
    /// Agents that are connected, likewise.
    pub agents: u64,
    /// Some of both, by name.
    pub members: Vec<Present>,
}

read_fields!(Presence {
    required: [],
    optional: [watchers, agents, members]
});

/// Somebody who is here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Present {
    /// Id.
    pub member: String,
    /// What people call it.
    pub name: String,
    /// Program or person.
    pub kind: MemberKind,
}

read_fields!(Present {
    required: [member, name],
    optional: [kind]
});

/// A member of the channel as the list of people shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Someone {
    /// Who.
    pub who: Present,
    /// Connected now; others joined and have not left.
    pub is_here: bool,
    /// The one who looks.
    pub is_me: bool,
}

/// A message that is still being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Its id.
    pub message: String,
    /// What there is of it.
    pub text: String,
}

impl Presence {
    /// Reads the signal; nobody is here when it makes no sense.
    #[must_use]
    pub fn of(value: Option<&Value>) -> Self {
        let read = value.and_then(|value| Self::read(value.clone()).ok());
        let mut presence = read.unwrap_or_default();
        let mut members: Vec<Present> = Vec::new();
        for present in presence.members {
            if members.iter().all(|known| known.member != present.member) {
                members.push(present);
            }
        }
        // One with two tabs, or an agent with two connections, is one; the relay counts connections.
        if (1..MAX_PRESENT_MEMBERS).contains(&members.len()) {
            let is_agent = |one: &&Present| one.kind == MemberKind::Agent;
            presence.agents = members.iter().filter(is_agent).count() as u64;
            presence.watchers = members.len() as u64 - presence.agents;
        }
        presence.members = members;
        presence
    }
}

impl Someone {
    /// Who is connected, then who joined and is not, each once.
    #[must_use]
    pub fn all(here: &Presence, joined: &[Participant], me: &str) -> Vec<Self> {
        let one = |who: Present, is_here| Self {
            is_me: who.member == me,
            who,
            is_here,
        };
        let mut all: Vec<_> = here
            .members
            .iter()
            .map(|who| one(who.clone(), true))
            .collect();
        for joined in joined {
            let member = joined.member.as_str();
            if !all.iter().any(|one| one.who.member == member) {
                let who = Present {
                    member: member.to_owned(),
                    name: joined.name.clone(),
                    kind: joined.kind,
                };
                all.push(one(who, false));
            }
        }
        all
    }
}

/// Who is typing, as a sentence; nothing when nobody is.
#[must_use]
pub fn typing(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("{one} is typing …"),
        [one, other] => format!("{one} and {other} are typing …"),
        many => format!("{} people are typing …", many.len()),
    }
}

impl Stream {
    /// A `tokens/…` signal, unless its message has been said in full.
    #[must_use]
    pub fn of(message: &str, value: &Value, said: &[MessageEntry]) -> Option<Self> {
        let is_said = said.iter().rev().any(|entry| {
            entry
                .message
                .as_ref()
                .is_some_and(|id| id.as_str() == message)
        });
        let text = value.as_str().filter(|text| !text.is_empty() && !is_said)?;
        Some(Self {
            message: message.to_owned(),
            text: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn presence_that_makes_no_sense_is_nobody() {
        assert_eq!(
            Presence::of(Some(&json!({"watchers": "many"}))),
            Presence::default()
        );
        assert_eq!(Presence::of(Some(&json!({"watchers": 2}))).watchers, 2);
    }

    #[test]
    fn somebody_with_two_tabs_is_listed_and_counted_once() {
        let tab = json!({"member": "p", "name": "Ada"});
        let presence = Presence::of(Some(&json!({"watchers": 2, "members": [tab, tab]})));
        assert_eq!((presence.watchers, presence.members.len()), (1, 1));
    }

    #[test]
    fn who_joined_and_left_the_line_is_listed_as_not_connected() {
        let here = Presence::of(Some(
            &json!({"watchers": 1, "members": [{"member": "p", "name": "Ada"}]}),
        ));
        let joined = |member: &str| -> Participant {
            serde_json::from_value(
                json!({"member": member, "name": "N", "kind": "agent", "joined_at": 1}),
            )
            .unwrap()
        };
        let all = Someone::all(&here, &[joined("p"), joined("a")], "p");
        let flags: Vec<_> = all.iter().map(|one| (one.is_here, one.is_me)).collect();
        assert_eq!(flags, [(true, true), (false, false)]);
    }

    #[test]
    fn typing_is_one_sentence() {
        let names = |n: usize| vec!["Ada".to_owned(); n];
        assert_eq!(typing(&names(0)), "");
        assert_eq!(typing(&names(1)), "Ada is typing …");
        assert_eq!(typing(&names(2)), "Ada and Ada are typing …");
        assert_eq!(typing(&names(3)), "3 people are typing …");
    }

    #[test]
    fn a_stream_ends_when_its_message_is_said() {
        let entry: MessageEntry = serde_json::from_value(json!({
            "id": "e1", "seq": 1, "at": 1, "author": {"member": "a", "name": "A"}, "role": "assistant",
            "kind": "text", "text": "Hello", "message": "m1",
        }))
        .unwrap();
        assert!(Stream::of("m1", &json!("Hel"), &[]).is_some());
        assert!(Stream::of("m1", &json!("Hello"), &[entry]).is_none());
        assert!(Stream::of("m2", &json!(""), &[]).is_none());
    }
}
