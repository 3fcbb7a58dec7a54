//! The terminals that a channel streams.

use crate::dom::{El, el};

/// The terminals that a channel streams.
pub(crate) fn displays() -> El {
    el("section", "display")
}
