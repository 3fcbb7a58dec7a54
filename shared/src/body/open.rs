//! Anything else.

use serde::Serialize;
use serde_json::Value;

use crate::Extra;
use crate::read::read_fields;

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
