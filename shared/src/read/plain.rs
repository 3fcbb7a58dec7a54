//! Reading what has no fields of its own.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Read, ReadError};
use crate::Extra;

impl Read for Value {
    fn read(value: Value) -> Result<Self, ReadError> {
        Ok(value)
    }
}

impl Read for Extra {
    fn read(value: Value) -> Result<Self, ReadError> {
        match value {
            Value::Object(fields) => Ok(fields),
            _ => Err(ReadError::new("not a map")),
        }
    }
}

impl Read for String {
    fn read(value: Value) -> Result<Self, ReadError> {
        match value {
            Value::String(text) => Ok(text),
            _ => Err(ReadError::new("not a text")),
        }
    }
}

impl Read for bool {
    fn read(value: Value) -> Result<Self, ReadError> {
        value
            .as_bool()
            .ok_or_else(|| ReadError::new("neither true nor false"))
    }
}

impl Read for f64 {
    fn read(value: Value) -> Result<Self, ReadError> {
        value.as_f64().ok_or_else(|| ReadError::new("not a number"))
    }
}

impl Read for u64 {
    fn read(value: Value) -> Result<Self, ReadError> {
        value.as_u64().ok_or_else(not_whole)
    }
}

impl Read for u32 {
    fn read(value: Value) -> Result<Self, ReadError> {
        Self::try_from(u64::read(value)?).map_err(|_| not_whole())
    }
}

impl Read for usize {
    fn read(value: Value) -> Result<Self, ReadError> {
        Self::try_from(u64::read(value)?).map_err(|_| not_whole())
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: Value) -> Result<Self, ReadError> {
        match value {
            Value::Null => Ok(None),
            value => T::read(value).map(Some),
        }
    }
}

impl<T: Read> Read for Box<T> {
    fn read(value: Value) -> Result<Self, ReadError> {
        T::read(value).map(Self::new)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: Value) -> Result<Self, ReadError> {
        match value {
            Value::Array(items) => items.into_iter().map(T::read).collect(),
            _ => Err(ReadError::new("not a list")),
        }
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn read(value: Value) -> Result<Self, ReadError> {
        let mut entries = Self::new();
        // One by one: collecting sorts first, which is more code than the map has itself.
        for (name, value) in Extra::read(value)? {
            entries.insert(name, T::read(value)?);
        }
        Ok(entries)
    }
}

fn not_whole() -> ReadError {
    ReadError::new("not a whole number that fits")
}
