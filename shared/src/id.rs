//! Small newtypes for every id, displayed as the bare value.

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::limits::{MAX_ID_BYTES, MAX_KEY_BYTES};
use crate::read::{Read, Reading};

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// It has no character, or too many bytes.
    #[error("an id has between 1 and {limit} bytes, this one has {bytes}")]
    Length {
        /// What was given.
        bytes: usize,
        /// What is allowed.
        limit: usize,
    },
    /// It has a character that the kind of id does not allow.
    #[error("{0}")]
    Character(&'static str),
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $limit:expr, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks and wraps a text.
            ///
            /// # Errors
            /// [`IdError`] when it is empty, too long or has a character that is not allowed.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                checked(text.into(), $limit, $check).map(Self)
            }

            /// The bare value.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl Read for $name {
            fn take(value: Value, reading: &mut Reading) -> Self {
                Self(take_checked(value, reading, $limit, $check))
            }
        }

        crate::deserialize_by_reading!($name from String);
    };
}

text_id!(
    /// A channel: `[A-Za-z0-9._-]{1,128}`, and neither `.` nor `..`, which URLs swallow.
    ChannelId, MAX_ID_BYTES, check_channel
);
text_id!(
    /// An event, and the hint it carries; also the idempotency key of a publish.
    EventId, MAX_ID_BYTES, check_printable
);
text_id!(
    /// A member: an agent or a person.
    MemberId, MAX_ID_BYTES, check_printable
);
text_id!(
    /// One socket, for logs and support.
    ConnectionId, MAX_ID_BYTES, check_printable
);
text_id!(
    /// One unbroken run of seqs.
    Epoch, MAX_ID_BYTES, check_printable
);
text_id!(
    /// A permission or a question, chosen by the asker.
    RequestId, MAX_ID_BYTES, check_printable
);
text_id!(
    /// One call of a tool, chosen by the agent.
    CallId, MAX_ID_BYTES, check_printable
);
text_id!(
    /// A message that streams before it is whole, chosen by its author.
    MessageId, MAX_ID_BYTES, check_printable
);
text_id!(
    /// The name of a signal in its channel.
    SignalKey, MAX_KEY_BYTES, check_printable
);

impl SignalKey {
    /// The part after a reserved prefix such as `activity/`.
    #[must_use]
    pub fn strip(&self, prefix: &str) -> Option<&str> {
        self.as_str().strip_prefix(prefix)
    }
}

/// An event's number in its channel; 0 stands before the first event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first event.
    pub const ZERO: Self = Self(0);
}

impl Read for Seq {
    fn take(value: Value, reading: &mut Reading) -> Self {
        Self(u64::take(value, reading))
    }
}

crate::deserialize_by_reading!(Seq from u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Not generic, so that there is one of it for all ids.
fn checked(
    text: String,
    limit: usize,
    check: fn(&str) -> Result<(), IdError>,
) -> Result<Box<str>, IdError> {
    check_length(&text, limit)?;
    check(&text)?;
    Ok(text.into_boxed_str())
}

fn take_checked(
    value: Value,
    reading: &mut Reading,
    limit: usize,
    check: fn(&str) -> Result<(), IdError>,
) -> Box<str> {
    let text = String::take(value, reading);
    checked(text, limit, check).unwrap_or_else(|error| {
        reading.fail(&error.to_string());
        Box::default()
    })
}

fn check_length(text: &str, limit: usize) -> Result<(), IdError> {
    let bytes = text.len();
    if bytes == 0 || bytes > limit {
        return Err(IdError::Length { bytes, limit });
    }
    Ok(())
}

fn check_channel(text: &str) -> Result<(), IdError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !text.chars().all(allowed) || text == "." || text == ".." {
        return Err(IdError::Character(
            "a channel id has only letters, digits, '.', '_' and '-', and is neither '.' nor '..'",
        ));
    }
    Ok(())
}

fn check_printable(text: &str) -> Result<(), IdError> {
    if text.chars().any(char::is_control) {
        return Err(IdError::Character("an id has no control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_id_is_what_a_url_segment_can_carry() {
        for good in ["a", "claude-7f.2_x", &"x".repeat(128)] {
            assert!(ChannelId::new(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "ä", "a b", "a%2f", &"x".repeat(129)] {
            assert!(ChannelId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_control_character_is_refused_in_every_id() {
        assert!(MemberId::new("a\nb").is_err());
        assert!(serde_json::from_str::<EventId>("\"\\u0000\"").is_err());
    }
}
