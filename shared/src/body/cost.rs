//! What it costs.

use serde::Serialize;
use serde_with::skip_serializing_none;

use crate::Extra;
use crate::read::read_fields;

/// Tokens and money since the last `usage` of this author.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Usage {
    /// The model.
    pub model: Option<String>,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Tokens read from a cache.
    pub cache_read_tokens: Option<u64>,
    /// US dollars.
    pub cost_usd: Option<f64>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(Usage {
    required: [input_tokens, output_tokens],
    optional: [model, cache_read_tokens, cost_usd],
    extra
});
