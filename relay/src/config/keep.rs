//! How much of a channel's history is kept, as typed.

use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

/// Seconds of a day. Days here have no time zone.
const DAY: u64 = 24 * 60 * 60;

/// A bound on a channel's history: a number from 1 on, or `forever`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Typed")]
pub enum Keep {
    /// At most so many.
    Most(NonZeroU64),
    /// No bound.
    Forever,
}

/// Why a bound is refused.
#[derive(Debug, Clone, Error)]
#[error(
    "`{0}` is no bound; write a number from 1 on, or forever: with 0 a channel would have no history \
     to resume from"
)]
pub struct KeepError(String);

/// How a bound stands in the file.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Typed {
    Number(i64),
    Word(String),
}

impl Keep {
    /// As a number of events.
    pub(super) fn events(self) -> u64 {
        match self {
            Self::Most(events) => events.get(),
            Self::Forever => u64::MAX,
        }
    }

    /// As a number of days.
    pub(super) fn days(self) -> Duration {
        match self {
            Self::Most(days) => Duration::from_secs(days.get().saturating_mul(DAY)),
            Self::Forever => Duration::MAX,
        }
    }
}

impl FromStr for Keep {
    type Err = KeepError;

    fn from_str(text: &str) -> Result<Self, KeepError> {
        match text {
            "forever" => Ok(Self::Forever),
            number => match number.parse() {
                Ok(number) => Ok(Self::Most(number)),
                Err(_) => Err(KeepError(text.to_owned())),
            },
        }
    }
}

impl TryFrom<Typed> for Keep {
    type Error = KeepError;

    fn try_from(typed: Typed) -> Result<Self, KeepError> {
        match typed {
            Typed::Number(number) => number.to_string().parse(),
            Typed::Word(word) if word == "forever" => Ok(Self::Forever),
            Typed::Word(word) => Err(KeepError(word)),
        }
    }
}
