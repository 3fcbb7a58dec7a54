//! The files that were touched, as a map.

use crate::dom::{El, el};

/// The files that were touched, as a map.
pub(crate) fn files() -> El {
    el("section", "files")
}
