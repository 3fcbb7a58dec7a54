//! How what travels is read: out of one JSON value, taken apart field by field.
//!
//! serde's derive writes a visitor for every type and every source, and buffers what it cannot
//! place; that was most of the bytes this crate added to the dashboard. Everything here passes
//! through one value, as frames do anyway.

mod macros;
mod plain;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use thiserror::Error;

pub use crate::{deserialize_by_reading, read_fields};
pub(crate) use macros::{read_tagged, tagged, words};

use crate::Extra;

/// Something that is read out of one JSON value.
pub trait Read: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// [`ReadError`] when the value is of another shape.
    fn read(value: Value) -> Result<Self, ReadError>;
}

/// Why a value could not be read: where, and what belongs there. Never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ReadError(String);

impl ReadError {
    /// What is wrong, in words.
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }

    /// None of the words that belong there.
    pub(crate) fn none_of(words: &[&str]) -> Self {
        Self(format!("none of `{}`", words.join("`, `")))
    }

    fn inside(self, field: &str) -> Self {
        Self(format!("`{field}`: {}", self.0))
    }
}

/// A field that must be there.
///
/// # Errors
/// [`ReadError`] when it is absent, or its value of another shape.
pub fn required<T: Read>(fields: &mut Extra, name: &str) -> Result<T, ReadError> {
    let name = wire_name(name);
    match fields.remove(name) {
        Some(value) => T::read(value).map_err(|error| error.inside(name)),
        None => Err(ReadError(format!("missing field `{name}`"))),
    }
}

/// A field that may be absent.
///
/// # Errors
/// [`ReadError`] when its value is of another shape.
pub fn optional<T: Read + Default>(fields: &mut Extra, name: &str) -> Result<T, ReadError> {
    let name = wire_name(name);
    match fields.remove(name) {
        Some(value) => T::read(value).map_err(|error| error.inside(name)),
        None => Ok(T::default()),
    }
}

/// Reads from any source of serde's that can say an `S`: a value, or what a part of a URL can be.
///
/// # Errors
/// The source's own, or what [`Read::read`] says.
pub fn deserialize<'de, S, T, D>(deserializer: D) -> Result<T, D::Error>
where
    S: Deserialize<'de> + Into<Value>,
    T: Read,
    D: Deserializer<'de>,
{
    T::read(S::deserialize(deserializer)?.into()).map_err(serde::de::Error::custom)
}

/// `ref` is a word of Rust's.
fn wire_name(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Read;
    use crate::{Author, RelayFrame};

    #[test]
    fn an_error_says_where_and_what_belongs_there() {
        let complaint = |value| Author::read(value).unwrap_err().to_string();
        assert_eq!(complaint(json!(1)), "not a map");
        assert_eq!(complaint(json!({"member": "a"})), "missing field `name`");
        assert_eq!(
            complaint(json!({"member": "a", "name": 7})),
            "`name`: not a text"
        );
        assert_eq!(
            complaint(json!({"member": "a", "name": "A", "kind": "cat"})),
            "`kind`: none of `human`, `agent`"
        );
    }

    #[test]
    fn an_error_names_every_field_on_the_way() {
        let frame = json!({"type": "goodbye", "reason": "r", "retry": true, "after_ms": -1});
        let error = RelayFrame::read(frame).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`after_ms`: not a whole number that fits"
        );
    }
}
