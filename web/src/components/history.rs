//! Any past moment of a channel.

use crate::dom::{El, el};

/// Any past moment of a channel.
pub(crate) fn history() -> El {
    el("section", "history")
}
