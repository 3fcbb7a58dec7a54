//! What a token allows.

use std::fmt;
use std::str::FromStr;

use pilothouse_shared::{ChannelId, Right};
use serde::{Deserialize, Serialize};

use super::Pattern;

/// Most grants of one token.
pub const MAX_GRANTS: usize = 32;

/// Rights in the channels of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// In which channels.
    pub channels: Pattern,
    /// Which rights. One that this relay does not know allows nothing.
    pub rights: Vec<Right>,
}

/// Sets of rights that people ask for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees
    Observer,
    /// Sees, gives hints, moves parameters, stops agents
    Steerer,
    /// Does what a steerer does, and answers what agents ask
    Approver,
    /// Publishes, takes the hints for it, and asks; does not see what others do
    Agent,
    /// May do everything; with the pattern `*` also make and take back tokens
    Admin,
}

impl Role {
    /// The rights.
    #[must_use]
    pub fn rights(self) -> Vec<Right> {
        match self {
            Self::Observer => vec![Right::Watch],
            Self::Steerer => vec![Right::Watch, Right::Steer],
            Self::Approver => vec![Right::Watch, Right::Steer, Right::Approve],
            Self::Agent => vec![Right::Publish],
            Self::Admin => EVERY_RIGHT.to_vec(),
        }
    }

    /// Those rights in the channels of a pattern.
    #[must_use]
    pub fn grant(self, channels: Pattern) -> Grant {
        let rights = self.rights();
        Grant { channels, rights }
    }
}

/// The five.
pub const EVERY_RIGHT: [Right; 5] = [
    Right::Publish,
    Right::Watch,
    Right::Steer,
    Right::Approve,
    Right::Admin,
];

impl Grant {
    /// Whether it gives one of these rights in a channel.
    #[must_use]
    pub fn covers(&self, any_of: &[Right], channel: &ChannelId) -> bool {
        self.gives(any_of) && self.channels.matches(channel.as_str())
    }

    /// Whether it gives one of these rights in some channel.
    #[must_use]
    pub fn gives(&self, any_of: &[Right]) -> bool {
        any_of.iter().any(|right| self.rights.contains(right))
    }
}

/// As it is typed: `PATTERN:RIGHT[+RIGHT…]`, such as `ops:watch+steer`.
impl FromStr for Grant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (channels, rights) = text.rsplit_once(':').ok_or_else(|| {
            format!("`{text}` is no grant; write PATTERN:RIGHTS, such as ops:watch+steer")
        })?;
        let channels = channels
            .parse()
            .map_err(|error: super::PatternError| error.to_string())?;
        let rights = rights.split('+').map(right).collect::<Result<_, _>>()?;
        Ok(Self { channels, rights })
    }
}

fn right(word: &str) -> Result<Right, String> {
    let found = EVERY_RIGHT.into_iter().find(|right| name(*right) == word);
    found.ok_or_else(|| {
        format!("`{word}` is no right; there are publish, watch, steer, approve and admin")
    })
}

/// The right as it is typed and written.
pub(super) fn name(right: Right) -> &'static str {
    match right {
        Right::Publish => "publish",
        Right::Watch => "watch",
        Right::Steer => "steer",
        Right::Approve => "approve",
        Right::Admin => "admin",
        Right::Unknown => "unknown",
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rights: Vec<_> = self.rights.iter().map(|right| name(*right)).collect();
        write!(f, "{}:{}", self.channels, rights.join("+"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_reads_as_it_is_written() {
        for text in ["ops:watch", "claude-*:publish+steer", "*:admin"] {
            assert_eq!(text.parse::<Grant>().unwrap().to_string(), text);
        }
        for bad in [
            "ops",
            "ops:",
            "ops:fly",
            ":watch",
            "ops:watch+",
            "a b:watch",
        ] {
            assert!(bad.parse::<Grant>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_right_of_a_later_version_allows_nothing() {
        let grant: Grant =
            serde_json::from_str(r#"{"channels":"*","rights":["levitate"]}"#).unwrap();
        assert!(!grant.gives(&EVERY_RIGHT));
    }
}
