//! What types say of how they are read.

/// Reads a struct from the map of its fields. What is optional has a default when it is absent;
/// the rest is kept in the field named last, or dropped when there is none.
#[macro_export]
macro_rules! read_fields {
    ($name:ident { $extra:ident }) => {
        impl $crate::read::Read for $name {
            fn read(value: ::serde_json::Value) -> Result<Self, $crate::read::ReadError> {
                let $extra = $crate::read::Read::read(value)?;
                Ok(Self { $extra })
            }
        }

        $crate::deserialize_by_reading!($name);
    };
    ($name:ident {
        required: [$($required:ident),*], optional: [$($optional:ident),*] $(, $extra:ident)?
    }) => {
        impl $crate::read::Read for $name {
            fn read(value: ::serde_json::Value) -> Result<Self, $crate::read::ReadError> {
                let mut fields: $crate::Extra = $crate::read::Read::read(value)?;
                Ok(Self {
                    $($required: $crate::read::required(&mut fields, stringify!($required))?,)*
                    $($optional: $crate::read::optional(&mut fields, stringify!($optional))?,)*
                    $($extra: fields,)?
                })
            }
        }

        $crate::deserialize_by_reading!($name);
    };
}

/// Lets serde read what can be read out of a value, or out of something simpler that a value can be
/// made from.
#[macro_export]
macro_rules! deserialize_by_reading {
    ($name:ident) => {
        $crate::deserialize_by_reading!($name from ::serde_json::Value);
    };
    ($name:ident from $source:ty) => {
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                $crate::read::deserialize::<$source, _, _>(deserializer)
            }
        }
    };
}

/// Knows an enum's variants by the text under `type`; the other fields are the variant's. Variants
/// after a semicolon have none.
macro_rules! tagged {
    ($name:ident { $($wire:literal => $variant:ident),* $(; $($bare_wire:literal => $bare:ident),*)? }) => {
        impl $name {
            /// Every `type` this version knows.
            pub const TYPES: [&'static str; [$($wire,)* $($($bare_wire),*)?].len()] =
                [$($wire,)* $($($bare_wire),*)?];

            fn read_known(value: ::serde_json::Value) -> Result<Self, $crate::read::ReadError> {
                let mut fields: $crate::Extra = $crate::read::Read::read(value)?;
                let name: String = $crate::read::required(&mut fields, "type")?;
                let rest = ::serde_json::Value::Object(fields);
                match name.as_str() {
                    $($wire => $crate::read::Read::read(rest).map(Self::$variant),)*
                    $($($bare_wire => Ok(Self::$bare),)*)?
                    _ => Err($crate::read::ReadError::none_of(&Self::TYPES)),
                }
            }
        }
    };
}

/// Reads an enum of which only the known variants can be read.
macro_rules! read_tagged {
    ($name:ident $variants:tt) => {
        $crate::read::tagged!($name $variants);

        impl $crate::read::Read for $name {
            fn read(value: ::serde_json::Value) -> Result<Self, $crate::read::ReadError> {
                Self::read_known(value)
            }
        }

        $crate::deserialize_by_reading!($name);
    };
}

/// Reads and writes an enum of words. The variant after a semicolon stands for words of later
/// versions.
macro_rules! words {
    ($name:ident { $($wire:literal => $variant:ident),* }) => {
        $crate::read::words!(
            $name { $($wire => $variant),* } else Err($crate::read::ReadError::none_of(&[$($wire),*]))
        );
    };
    ($name:ident { $($wire:literal => $variant:ident),*; $other_wire:literal => $other:ident }) => {
        $crate::read::words!(
            $name { $($wire => $variant,)* $other_wire => $other } else Ok(Self::$other)
        );
    };
    ($name:ident { $($wire:literal => $variant:ident),* } else $otherwise:expr) => {
        impl $name {
            /// The word on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)*
                }
            }
        }

        impl $crate::read::Read for $name {
            fn read(value: ::serde_json::Value) -> Result<Self, $crate::read::ReadError> {
                let name: String = $crate::read::Read::read(value)?;
                match name.as_str() {
                    $($wire => Ok(Self::$variant),)*
                    _ => $otherwise,
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        $crate::deserialize_by_reading!($name from String);
    };
}

pub(crate) use {read_tagged, tagged, words};
