//! Signals: live, keyed values that are replaced, not recorded.

use serde::{Serialize, Serializer};
use serde_json::Value;
use thiserror::Error;

use crate::read::{Read, Reading, deserialize_by_reading, read_fields};
use crate::{Extra, SignalKey, Sorted};

/// A change of a signal: the whole value, or what to do to the version before.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Replaces the value.
    Set(Value),
    /// Appends text to a text value; an absent one counts as empty.
    Append(String),
    /// Replaces the named rows of a display.
    Rows(RowsPatch),
    /// Removes the signal. The content is always `true`.
    Clear(True),
}

impl Read for Op {
    fn take(value: Value, reading: &mut Reading) -> Self {
        let mut entries = Extra::take(value, reading).into_iter();
        let (Some((name, value)), None) = (entries.next(), entries.next()) else {
            reading.fail("not a map with one entry");
            return Self::Clear(True);
        };
        match name.as_str() {
            "set" => Self::Set(value),
            "append" => Self::Append(String::take(value, reading)),
            "rows" => Self::Rows(RowsPatch::take(value, reading)),
            "clear" => Self::Clear(True::take(value, reading)),
            _ => {
                reading.fail_none_of(&["set", "append", "rows", "clear"]);
                Self::Clear(True)
            }
        }
    }
}

deserialize_by_reading!(Op);

/// The changed rows of a display.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowsPatch {
    /// Columns after the change.
    pub width: u32,
    /// Rows after the change; rows at or beyond it are dropped.
    pub height: u32,
    /// Row number, from 0, to its text.
    pub rows: Sorted<String, String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(RowsPatch {
    required: [width, height, rows],
    optional: [],
    extra
});

/// A terminal-like grid: the value of `display/<name>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Display {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Row number, from 0, to its text; absent rows are empty.
    pub rows: Sorted<String, String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(Display {
    required: [width, height, rows],
    optional: [],
    extra
});

/// A signal as a snapshot carries it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signal {
    /// Its name in the channel.
    pub key: SignalKey,
    /// Grows by one with every change.
    pub version: u64,
    /// The whole value.
    pub value: Value,
}

read_fields!(Signal {
    required: [key, version, value],
    optional: []
});

/// Why an op does not fit the value it meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OpError {
    /// `append` met something that is not text.
    #[error("append needs a text value; set the signal first")]
    NotText,
    /// `rows` met something that is not a display, or named a row that is not a number.
    #[error("rows needs a display value and rows numbered from 0 to height - 1")]
    NotDisplay,
}

impl Op {
    /// The value after this op on `before`; `None` when the signal is cleared.
    ///
    /// # Errors
    /// [`OpError`] when the op does not fit the value.
    pub fn apply(&self, before: Option<&Value>) -> Result<Option<Value>, OpError> {
        match self {
            Self::Set(value) => Ok(Some(value.clone())),
            Self::Append(text) => append(before, text).map(Some),
            Self::Rows(patch) => patch.apply(before).map(Some),
            Self::Clear(True) => Ok(None),
        }
    }
}

fn append(before: Option<&Value>, text: &str) -> Result<Value, OpError> {
    match before {
        None => Ok(Value::from(text)),
        Some(Value::String(held)) => Ok(Value::from(format!("{held}{text}"))),
        Some(_) => Err(OpError::NotText),
    }
}

impl RowsPatch {
    fn apply(&self, before: Option<&Value>) -> Result<Value, OpError> {
        let mut display = match before {
            None => Display {
                width: 0,
                height: 0,
                rows: Sorted::default(),
                extra: Extra::new(),
            },
            Some(value) => Display::read(value.clone()).map_err(|_| OpError::NotDisplay)?,
        };
        let inside = |row: &str| row.parse::<u32>().is_ok_and(|row| row < self.height);
        if !self.rows.iter().all(|(row, _)| inside(row)) {
            return Err(OpError::NotDisplay);
        }
        display.width = self.width;
        display.height = self.height;
        display.rows.extend(self.rows.clone());
        display.extra.extend(self.extra.clone());
        display.rows.retain(|(row, _)| inside(row));
        serde_json::to_value(display).map_err(|_| OpError::NotDisplay)
    }
}

/// The literal `true`; nothing else decodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct True;

impl Serialize for True {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(true)
    }
}

impl Read for True {
    fn take(value: Value, reading: &mut Reading) -> Self {
        if value != Value::Bool(true) {
            reading.fail("neither true nor absent");
        }
        Self
    }
}

deserialize_by_reading!(True);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn op(value: Value) -> Op {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn appending_to_nothing_starts_a_text() {
        let op = op(json!({"append": "He"}));
        assert_eq!(op.apply(None), Ok(Some(json!("He"))));
        assert_eq!(op.apply(Some(&json!("He"))), Ok(Some(json!("HeHe"))));
        assert_eq!(op.apply(Some(&json!(1))), Err(OpError::NotText));
    }

    #[test]
    fn rows_replace_only_the_rows_they_name() {
        let before = json!({"width": 9, "height": 3, "rows": {"0": "a", "2": "c"}});
        let op = op(json!({"rows": {"width": 9, "height": 2, "rows": {"1": "b"}}}));
        let after = json!({"width": 9, "height": 2, "rows": {"0": "a", "1": "b"}});
        assert_eq!(op.apply(Some(&before)), Ok(Some(after)));
    }

    #[test]
    fn a_row_outside_the_display_is_refused() {
        let op = op(json!({"rows": {"width": 9, "height": 2, "rows": {"2": "b"}}}));
        assert_eq!(op.apply(None), Err(OpError::NotDisplay));
    }

    #[test]
    fn clear_is_true_or_nothing() {
        assert_eq!(op(json!({"clear": true})).apply(Some(&json!(1))), Ok(None));
        assert!(serde_json::from_value::<Op>(json!({"clear": false})).is_err());
    }
}
