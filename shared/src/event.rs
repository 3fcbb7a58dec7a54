//! Events: immutable records in a channel's history.

use serde::Serialize;
use serde_json::Value;

use crate::read::{Read, Reading, deserialize_by_reading, read_fields, required, words};
use crate::{Body, Epoch, EventId, Extra, MemberId, Millis, Seq};

/// An immutable record in a channel's history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// Its number in the channel, strictly increasing within an epoch.
    pub seq: Seq,
    /// The seq before it; 0 for the first. A reader whose last seq differs has missed something.
    pub prev: Seq,
    /// Stable id, chosen by the publisher or the relay.
    pub id: EventId,
    /// When the relay accepted it.
    pub at: Millis,
    /// Who published it.
    pub author: Author,
    /// Who may see it; absent means everybody.
    #[serde(skip_serializing_if = "Visibility::is_public")]
    pub visibility: Visibility,
    /// What happened.
    pub body: Body,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(Event {
    required: [seq, prev, id, at, author, body],
    optional: [visibility],
    extra
});

/// Who speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Author {
    /// Stable id of the member.
    pub member: MemberId,
    /// What people call it.
    pub name: String,
    /// Program or person.
    pub kind: MemberKind,
}

read_fields!(Author {
    required: [member, name],
    optional: [kind]
});

/// Whether a member is a program or a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum MemberKind {
    /// A person's connected view.
    #[default]
    Human,
    /// A program that publishes.
    Agent,
}

words!(MemberKind {
    "human" => Human,
    "agent" => Agent
});

/// Who may see an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody who may watch the channel.
    #[default]
    Public,
    /// Agents only.
    Agents,
    /// These members only. The author is always included.
    Only(Vec<MemberId>),
}

impl Read for Visibility {
    fn take(value: Value, reading: &mut Reading) -> Self {
        match value {
            Value::Object(mut fields) => Self::Only(required(&mut fields, "only", reading)),
            value => match value.as_str() {
                Some("public") => Self::Public,
                Some("agents") => Self::Agents,
                _ => {
                    reading.fail_none_of(&["public", "agents", "only"]);
                    Self::Agents
                }
            },
        }
    }
}

deserialize_by_reading!(Visibility);

impl Visibility {
    /// Whether everybody may see it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        *self == Self::Public
    }

    /// Whether `viewer` may see something that `author` published with this visibility.
    #[must_use]
    pub fn allows(&self, author: &MemberId, viewer: &MemberId, kind: MemberKind) -> bool {
        match self {
            Self::Public => true,
            _ if author == viewer => true,
            Self::Agents => kind == MemberKind::Agent,
            Self::Only(members) => members.contains(viewer),
        }
    }
}

impl Visibility {
    /// Whether all who may see what `other_author` published with `other` may see what `author`
    /// published with this visibility.
    #[must_use]
    pub fn covers(&self, author: &Author, other: &Self, other_author: &Author) -> bool {
        match (self, other) {
            (Self::Public, _) => true,
            (Self::Agents, Self::Agents) => {
                other_author.kind == MemberKind::Agent || author.member == other_author.member
            }
            (Self::Only(mine), Self::Only(theirs)) => {
                let sees = |member: &MemberId| *member == author.member || mine.contains(member);
                theirs.iter().chain([&other_author.member]).all(sees)
            }
            _ => false,
        }
    }
}

impl Event {
    /// Whether a member may see this event.
    #[must_use]
    pub fn is_visible_to(&self, viewer: &MemberId, kind: MemberKind) -> bool {
        self.visibility.allows(&self.author.member, viewer, kind)
    }
}

/// A place in a channel: all a watcher has to remember.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The run of seqs it belongs to.
    pub epoch: Epoch,
    /// The last seq seen.
    pub seq: Seq,
}

read_fields!(Position {
    required: [epoch, seq],
    optional: []
});
