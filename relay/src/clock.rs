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
    id(uuid::Uuid::new_v4(), make)
}

/// A new id that sorts after those before it (RFC 9562, version 7): an index of what was made together
/// grows at one place, and a commit writes few of its pages.
pub(crate) fn fresh_in_order<T>(make: impl FnOnce(String) -> Result<T, IdError>) -> T {
    id(uuid::Uuid::now_v7(), make)
}

fn id<T>(uuid: uuid::Uuid, make: impl FnOnce(String) -> Result<T, IdError>) -> T {
    match make(uuid.simple().to_string()) {
        Ok(id) => id,
        Err(error) => unreachable!("32 hexadecimal digits are an id: {error}"),
    }
}
