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
    /// Takes the value apart. What does not fit is noted in `reading`; what is returned then stands in
    /// its place and is of no use. Without a result at each field nothing half built has to be given
    /// back there, which was most of the code of reading.
    fn take(value: Value, reading: &mut Reading) -> Self;

    /// Reads it.
    ///
    /// # Errors
    /// [`ReadError`] when the value is of another shape.
    fn read(value: Value) -> Result<Self, ReadError> {
        let mut reading = Reading::default();
        let read = Self::take(value, &mut reading);
        reading.done(read)
    }
}

/// Why a value could not be read: where, and what belongs there. Never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ReadError(String);

/// How far the reading of one value has come: where it is, and the first thing that did not fit.
#[derive(Debug, Default)]
pub struct Reading {
    /// The fields on the way here, the outermost first.
    path: Vec<&'static str>,
    problem: Option<ReadError>,
}

impl Reading {
    /// Notes what is wrong here, in words, unless something was wrong before.
    pub(crate) fn fail(&mut self, problem: &str) {
        if self.has_failed() {
            return;
        }
        let mut whole = String::new();
        for name in &self.path {
            whole.push('`');
            whole.push_str(name);
            whole.push_str("`: ");
        }
        whole.push_str(problem);
        self.problem = Some(ReadError(whole));
    }

    /// Whether something did not fit: what is read from then on is of no use.
    pub(crate) fn has_failed(&self) -> bool {
        self.problem.is_some()
    }

    /// Notes that none of these words is here.
    pub(crate) fn fail_none_of(&mut self, words: &[&str]) {
        self.fail(&format!("none of `{}`", words.join("`, `")));
    }

    /// What was read, when all of it fitted.
    pub(crate) fn done<T>(self, read: T) -> Result<T, ReadError> {
        match self.problem {
            None => Ok(read),
            Some(problem) => Err(problem),
        }
    }

    fn enter(&mut self, fields: &mut Extra, name: &'static str) -> Option<Value> {
        // `ref` is a word of Rust's.
        let name = name.strip_prefix("r#").unwrap_or(name);
        self.path.push(name);
        fields.remove(name)
    }

    fn enter_required(&mut self, fields: &mut Extra, name: &'static str) -> Value {
        let value = self.enter(fields, name);
        if value.is_none() {
            let name = self.path.pop().unwrap_or_default();
            self.fail(&format!("missing field `{name}`"));
            self.path.push(name);
        }
        value.unwrap_or_default()
    }

    fn leave(&mut self) {
        self.path.pop();
    }
}

/// A field that must be there.
pub fn required<T: Read>(fields: &mut Extra, name: &'static str, reading: &mut Reading) -> T {
    let value = reading.enter_required(fields, name);
    let read = T::take(value, reading);
    reading.leave();
    read
}

/// A field that may be absent.
pub fn optional<T: Read + Default>(
    fields: &mut Extra,
    name: &'static str,
    reading: &mut Reading,
) -> T {
    let read = match reading.enter(fields, name) {
        Some(value) => T::take(value, reading),
        None => T::default(),
    };
    reading.leave();
    read
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use std::cell::Cell;

    use serde_json::Value;

    use super::{Read, Reading};
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

    thread_local! {
        static N_TAKEN: Cell<usize> = const { Cell::new(0) };
    }

    /// Counts how often it is read, and is never there.
    struct Counted;

    impl Read for Counted {
        fn take(_: Value, reading: &mut Reading) -> Self {
            N_TAKEN.set(N_TAKEN.get() + 1);
            reading.fail("not counted");
            Self
        }
    }

    /// Each item used to be made, however many there were: a small frame took a large memory.
    #[test]
    fn a_list_of_nonsense_is_read_up_to_its_first_item() {
        let list = Value::from(vec![0; 100_000]);
        assert!(Vec::<Counted>::read(list).is_err());
        assert_eq!(N_TAKEN.get(), 1);
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
