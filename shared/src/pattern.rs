//! Patterns of ids: `ops`, `claude-*`, `*`.

/// Begins the ids of channels that belong to the relay itself. No pattern matches them.
pub const SYSTEM_PREFIX: &str = "pilothouse-system-";

/// Whether an id fits a pattern: each `*` stands for any number of any characters, all else for itself.
#[must_use]
pub fn matches(pattern: &str, id: &str) -> bool {
    if id.starts_with(SYSTEM_PREFIX) {
        return false;
    }
    let mut parts = pattern.split('*');
    let Some(rest) = id.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    // The first place that fits leaves most for what comes after it.
    let after = parts.try_fold(rest, |rest, part| Some(rest.split_once(part)?.1));
    after.is_some_and(|rest| rest.ends_with(last))
}

/// Whether a pattern matches every id.
#[must_use]
pub fn is_any(pattern: &str) -> bool {
    pattern.bytes().all(|byte| byte == b'*')
}
