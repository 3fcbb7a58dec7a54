//! Whether something is what a masked copy was made of, as far as that shows.

use serde_json::Value;

use super::shown;

/// Whether `masked` is `raw` with no more changed than what its masks stand for.
pub(crate) fn is_like(masked: &Value, raw: &Value) -> bool {
    match (masked, raw) {
        (Value::String(masked), Value::String(raw)) => is_text_like(masked, raw),
        (Value::Array(masked), Value::Array(raw)) => {
            masked.len() == raw.len() && masked.iter().zip(raw).all(|(m, r)| is_like(m, r))
        }
        (Value::Object(masked), Value::Object(raw)) => {
            let is_same = |(name, value)| raw.get(name).is_some_and(|raw| is_like(value, raw));
            masked.len() == raw.len() && masked.iter().all(is_same)
        }
        (masked, raw) => masked == raw,
    }
}

/// The same of texts: what stands between the masks is there, in this order.
fn is_text_like(masked: &str, raw: &str) -> bool {
    let masks = shown::masks(masked);
    let Some((first, last)) = masks.first().zip(masks.last()) else {
        return masked == raw;
    };
    let Some(rest) = raw.strip_prefix(&masked[..first.start]) else {
        return false;
    };
    let Some(mut rest) = rest.strip_suffix(&masked[last.end..]) else {
        return false;
    };
    for pair in masks.windows(2) {
        let between = &masked[pair[0].end..pair[1].start];
        match rest.find(between) {
            Some(at) => rest = &rest[at + between.len()..],
            None => return false,
        }
    }
    true
}
