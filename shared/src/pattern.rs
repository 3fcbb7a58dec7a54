//! Patterns of ids: `ops`, `claude-*`, `*`.

/// Begins the ids of channels that belong to the relay itself. No pattern matches them.
pub const SYSTEM_PREFIX: &str = "pilothouse-system-";

/// Whether an id fits a pattern: each `*` stands for any number of any characters, all else for itself.
#[must_use]
pub fn matches(pattern: &str, id: &str) -> bool {
    if id.starts_with(SYSTEM_PREFIX) {
        return false;
    }
    let Some((head, mut pattern)) = pattern.split_once('*') else {
        return id == pattern;
    };
    let Some(mut rest) = id.strip_prefix(head) else {
        return false;
    };
    // The first place that fits leaves most for what comes after it.
    while let Some((part, after)) = pattern.split_once('*') {
        let Some((_, found)) = rest.split_once(part) else {
            return false;
        };
        (rest, pattern) = (found, after);
    }
    rest.ends_with(pattern)
}

/// Whether a pattern matches every id.
#[must_use]
pub fn is_any(pattern: &str) -> bool {
    pattern.bytes().all(|byte| byte == b'*')
}
