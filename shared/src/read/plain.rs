//! Reading what has no fields of its own.

use serde_json::Value;

use super::{Read, Reading};
use crate::Extra;

impl Read for Value {
    fn take(value: Value, _: &mut Reading) -> Self {
        value
    }
}

impl Read for Extra {
    fn take(value: Value, reading: &mut Reading) -> Self {
        match value {
            Value::Object(fields) => fields,
            _ => {
                reading.fail("not a map");
                Self::new()
            }
        }
    }
}

impl Read for String {
    fn take(value: Value, reading: &mut Reading) -> Self {
        match value {
            Value::String(text) => text,
            _ => {
                reading.fail("not a text");
                Self::new()
            }
        }
    }
}

impl Read for bool {
    fn take(value: Value, reading: &mut Reading) -> Self {
        value.as_bool().unwrap_or_else(|| {
            reading.fail("neither true nor false");
            false
        })
    }
}

impl Read for f64 {
    fn take(value: Value, reading: &mut Reading) -> Self {
        value.as_f64().unwrap_or_else(|| {
            reading.fail("not a number");
            0.0
        })
    }
}

impl Read for u64 {
    fn take(value: Value, reading: &mut Reading) -> Self {
        value.as_u64().unwrap_or_else(|| not_whole(reading))
    }
}

impl Read for u32 {
    fn take(value: Value, reading: &mut Reading) -> Self {
        Self::try_from(u64::take(value, reading)).unwrap_or_else(|_| not_whole(reading))
    }
}

impl Read for usize {
    fn take(value: Value, reading: &mut Reading) -> Self {
        Self::try_from(u64::take(value, reading)).unwrap_or_else(|_| not_whole(reading))
    }
}

impl<T: Read> Read for Option<T> {
    fn take(value: Value, reading: &mut Reading) -> Self {
        match value {
            Value::Null => None,
            value => Some(T::take(value, reading)),
        }
    }
}

impl<T: Read> Read for Box<T> {
    fn take(value: Value, reading: &mut Reading) -> Self {
        Self::new(T::take(value, reading))
    }
}

impl<T: Read> Read for Vec<T> {
    fn take(value: Value, reading: &mut Reading) -> Self {
        let items = match value {
            Value::Array(items) => items,
            _ => {
                reading.fail("not a list");
                Vec::new()
            }
        };
        let mut read = Self::new();
        for item in items {
            // A long list of nonsense takes no more than its first item.
            if reading.has_failed() {
                break;
            }
            read.push(T::take(item, reading));
        }
        read
    }
}

fn not_whole<T: Default>(reading: &mut Reading) -> T {
    reading.fail("not a whole number that fits");
    T::default()
}
