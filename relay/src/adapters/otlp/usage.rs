//! What a call of a model cost.

use pilothouse_shared::limits::MAX_LABEL_BYTES;
use pilothouse_shared::{Extra, Usage};
use serde_json::Value;

use super::attributes::Attributes;

/// Of Claude Code's `api_request`. What was written to the cache has no field of its own and is kept as it
/// came.
pub(super) fn of_claude_code(attributes: &Attributes<'_>) -> Usage {
    let micros = || {
        attributes
            .number("cost_usd_micros")
            .map(|micros| micros / 1e6)
    };
    let mut extra = Extra::new();
    for key in ["cache_creation_tokens", "duration_ms"] {
        let count = attributes.count(key).filter(|count| *count > 0);
        extra.extend(count.map(|count| (key.to_owned(), Value::from(count))));
    }
    Usage {
        model: label(attributes, &["model"]),
        input_tokens: attributes.count("input_tokens").unwrap_or(0),
        output_tokens: attributes.count("output_tokens").unwrap_or(0),
        cache_read_tokens: attributes.count("cache_read_tokens"),
        cost_usd: attributes.number("cost_usd").or_else(micros),
        extra,
    }
}

/// Of a record with the conventions' `gen_ai.usage.*`; `None` when it has none. Where the tokens from a
/// cache are counted, they are part of the input.
pub(super) fn of_conventions(attributes: &Attributes<'_>) -> Option<Usage> {
    let input = attributes.count("gen_ai.usage.input_tokens");
    let output = attributes.count("gen_ai.usage.output_tokens");
    if input.is_none() && output.is_none() {
        return None;
    }
    let cached = attributes.count("gen_ai.usage.cache_read.input_tokens");
    Some(Usage {
        model: label(
            attributes,
            &["gen_ai.response.model", "gen_ai.request.model"],
        ),
        input_tokens: input.unwrap_or(0).saturating_sub(cached.unwrap_or(0)),
        output_tokens: output.unwrap_or(0),
        cache_read_tokens: cached,
        cost_usd: None,
        extra: Extra::new(),
    })
}

/// The first of these that is there and short enough to be stored.
fn label(attributes: &Attributes<'_>, keys: &[&str]) -> Option<String> {
    let mut found = keys.iter().filter_map(|key| attributes.word(key));
    found
        .find(|text| text.len() <= MAX_LABEL_BYTES)
        .map(str::to_owned)
}
