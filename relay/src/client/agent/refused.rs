//! Why something is not going to happen.

use pilothouse_shared::ErrorCode;
use pilothouse_shared::link::StopReason;
use thiserror::Error;

/// Why something is not going to happen. A relay that is away is no reason: that is waited out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// The relay says no.
    #[error("{message}")]
    Relay {
        /// Why, for programs.
        code: ErrorCode,
        /// Why, and what to do, for people.
        message: String,
    },
    /// The link has stopped for good.
    #[error("{0}")]
    Stopped(String),
    /// The agent was closed.
    #[error("the link to the relay was closed; connect again")]
    Closed,
}

impl Refused {
    /// The code, when the relay gave one.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Relay { code, .. } => Some(*code),
            _ => None,
        }
    }

    pub(super) fn relay(code: ErrorCode, message: &str) -> Self {
        let message = message.to_owned();
        Self::Relay { code, message }
    }

    pub(super) fn stopped(reason: &StopReason) -> Self {
        match reason {
            StopReason::Asked => Self::Closed,
            StopReason::Unauthenticated => {
                Self::Stopped("the relay wants credentials, or newer ones".to_owned())
            }
            StopReason::Refused { reason, .. } => {
                Self::Stopped(format!("the relay sent us away: {reason}"))
            }
        }
    }
}
