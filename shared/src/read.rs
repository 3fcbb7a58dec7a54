//! How structs are read: field by field, out of the map of their fields.
//!
//! serde's derive writes a visitor for every struct and every source, and buffers what it cannot
//! place; that was half of the bytes this crate adds to the dashboard. Everything here passes
//! through one map of values, as frames do anyway.

use serde::de::{DeserializeOwned, Error};

use crate::Extra;

/// Reads a struct from the map of its fields. What is optional has a default when it is absent;
/// the rest is kept in the field named last, or dropped when there is none.
macro_rules! read_fields {
    ($name:ident { $extra:ident }) => {
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self { $extra: $crate::Extra::deserialize(deserializer)? })
            }
        }
    };
    ($name:ident {
        required: [$($required:ident),*], optional: [$($optional:ident),*] $(, $extra:ident)?
    }) => {
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // Not generic, so that there is one of it whatever the source.
                fn read(mut fields: $crate::Extra) -> Result<$name, ::serde_json::Error> {
                    Ok($name {
                        $($required: $crate::read::required(&mut fields, stringify!($required))?,)*
                        $($optional: $crate::read::optional(&mut fields, stringify!($optional))?,)*
                        $($extra: fields,)?
                    })
                }
                read($crate::Extra::deserialize(deserializer)?).map_err(::serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use read_fields;

/// A field that must be there.
pub(crate) fn required<T: DeserializeOwned>(
    fields: &mut Extra,
    name: &str,
) -> Result<T, serde_json::Error> {
    match fields.remove(wire_name(name)) {
        Some(value) => T::deserialize(value),
        None => Err(missing(name)),
    }
}

/// A field that may be absent.
pub(crate) fn optional<T: DeserializeOwned + Default>(
    fields: &mut Extra,
    name: &str,
) -> Result<T, serde_json::Error> {
    match fields.remove(wire_name(name)) {
        Some(value) => T::deserialize(value),
        None => Ok(T::default()),
    }
}

fn missing(name: &str) -> serde_json::Error {
    Error::custom(format_args!("missing field `{}`", wire_name(name)))
}

/// `ref` is a word of Rust's.
fn wire_name(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}
