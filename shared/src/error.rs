//! Refusals: what went wrong, and what the client can do about it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::read::words;

/// The machine-readable half of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The frame or request is malformed, or a field has the wrong type. Mend the sender.
    BadFrame,
    /// The frame's `type` is not one a client may send.
    UnknownType,
    /// Larger than a limit allows. Send less.
    TooLarge,
    /// Credentials are missing or no longer valid.
    Unauthenticated,
    /// The credentials do not allow it.
    Forbidden,
    /// No such channel, hint, request or page.
    NotFound,
    /// The channel exists already.
    AlreadyExists,
    /// Somebody else was first.
    AlreadyResolved,
    /// Too many. Wait, or let something go first.
    RateLimited,
    /// Well-formed, but against a rule. The message names it.
    Invalid,
    /// The relay cannot do it now. Try again.
    Unavailable,
    /// A code of a later version; treat it as final.
    Unknown,
}

words!(ErrorCode {
    "bad_frame" => BadFrame,
    "unknown_type" => UnknownType,
    "too_large" => TooLarge,
    "unauthenticated" => Unauthenticated,
    "forbidden" => Forbidden,
    "not_found" => NotFound,
    "already_exists" => AlreadyExists,
    "already_resolved" => AlreadyResolved,
    "rate_limited" => RateLimited,
    "invalid" => Invalid,
    "unavailable" => Unavailable;
    "unknown" => Unknown
});

/// A refused operation: a code, and one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Error)]
#[error("{message}")]
pub struct Refusal {
    /// For programs.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
}

impl Refusal {
    /// A refusal from its two halves.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}
