//! Stages and the items in them.

use crate::dom::{El, el};

/// Stages and the items in them.
pub(crate) fn pipeline() -> El {
    el("section", "pipeline")
}
