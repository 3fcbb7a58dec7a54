//! Anything else.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Extra;

/// Something Pilothouse has no word for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Custom {
    /// The publisher's word for it.
    pub name: String,
    /// Whatever it is.
    pub data: Value,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}
