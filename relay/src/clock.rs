//! The relay's one clock and one source of ids.

use std::time::{SystemTime, UNIX_EPOCH};

use pilothouse_shared::{IdError, Millis};

/// Now, in milliseconds since the Unix epoch.
pub(crate) fn now() -> Millis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// A new id that nobody can guess, 122 random bits.
pub(crate) fn fresh<T>(make: impl FnOnce(String) -> Result<T, IdError>) -> T {
    match make(uuid::Uuid::new_v4().simple().to_string()) {
        Ok(id) => id,
        Err(error) => unreachable!("32 hexadecimal digits are an id: {error}"),
    }
}
