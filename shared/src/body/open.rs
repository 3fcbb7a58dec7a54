//! Anything else.

use serde::Serialize;
use serde_json::Value;

use crate::Extra;
use crate::read::read_fields;

/// The name of a `custom` body by which a watcher touches a display: `data` has `display`, the name, and
/// any of `keys`, `signal` and `size`, as `PROTOCOL.md` says in section 8.
pub const DISPLAY_INPUT: &str = "display_input";

/// Something Pilothouse has no word for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Custom {
    /// The publisher's word for it.
    pub name: String,
    /// Whatever it is.
    pub data: Value,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(Custom {
    required: [name, data],
    optional: [],
    extra
});
