//! Rights: what a member may do.

use crate::read::words;

/// One of the five rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Publish events and signals.
    Publish,
    /// Read.
    Watch,
    /// Give hints, move parameters, cancel.
    Steer,
    /// Answer requests.
    Approve,
    /// Create and remove.
    Admin,
    /// A right of a later version.
    Unknown,
}

words!(Right {
    "publish" => Publish,
    "watch" => Watch,
    "steer" => Steer,
    "approve" => Approve,
    "admin" => Admin;
    "unknown" => Unknown
});
