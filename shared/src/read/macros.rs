//! What types say of how they are read.

/// Reads a struct from the map of its fields. What is optional has a default when it is absent;
/// the rest is kept in the field named last, or dropped when there is none.
#[macro_export]
macro_rules! read_fields {
    ($name:ident { $extra:ident }) => {
        impl $crate::read::Read for $name {
            fn take(value: ::serde_json::Value, reading: &mut $crate::read::Reading) -> Self {
                let $extra = $crate::read::Read::take(value, reading);
                Self { $extra }
            }
        }

        $crate::deserialize_by_reading!($name);
    };
    ($name:ident {
        required: [$($required:ident),*], optional: [$($optional:ident),*] $(, $extra:ident)?
    }) => {
        impl $crate::read::Read for $name {
            fn take(value: ::serde_json::Value, reading: &mut $crate::read::Reading) -> Self {
                let mut fields: $crate::Extra = $crate::read::Read::take(value, reading);
                Self {
                    $($required: $crate::read::required(&mut fields, stringify!($required), reading),)*
                    $($optional: $crate::read::optional(&mut fields, stringify!($optional), reading),)*
                    $($extra: fields,)?
                }
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
/// after a semicolon have none. The expression stands in the place of what is not known.
macro_rules! tagged {
    ($name:ident {
        $($wire:literal => $variant:ident),* $(; $($bare_wire:literal => $bare:ident),*)?
    } else $unknown:expr) => {
        impl $name {
            /// Every `type` this version knows.
            pub const TYPES: [&'static str; [$($wire,)* $($($bare_wire),*)?].len()] =
                [$($wire,)* $($($bare_wire),*)?];

            fn take_known(
                value: ::serde_json::Value,
                reading: &mut $crate::read::Reading,
            ) -> Self {
                let mut fields: $crate::Extra = $crate::read::Read::take(value, reading);
                let name: String = $crate::read::required(&mut fields, "type", reading);
                let rest = ::serde_json::Value::Object(fields);
                match name.as_str() {
                    $($wire => Self::$variant($crate::read::Read::take(rest, reading)),)*
                    $($($bare_wire => Self::$bare,)*)?
                    _ => {
                        reading.fail_none_of(&Self::TYPES);
                        $unknown
                    }
                }
            }
        }
    };
}

/// Reads an enum of which only the known variants can be read.
macro_rules! read_tagged {
    ($name:ident $variants:tt else $unknown:expr) => {
        $crate::read::tagged!($name $variants else $unknown);

        impl $crate::read::Read for $name {
            fn take(value: ::serde_json::Value, reading: &mut $crate::read::Reading) -> Self {
                Self::take_known(value, reading)
            }
        }

        $crate::deserialize_by_reading!($name);
    };
}

/// Reads and writes an enum of words. The variant after a semicolon stands for words of later
/// versions.
macro_rules! words {
    ($name:ident { $first_wire:literal => $first:ident $(, $wire:literal => $variant:ident)* }) => {
        $crate::read::words!(
            $name { $first_wire => $first $(, $wire => $variant)* } else reading {
                reading.fail_none_of(&[$first_wire $(, $wire)*]);
                Self::$first
            }
        );
    };
    ($name:ident { $($wire:literal => $variant:ident),*; $other_wire:literal => $other:ident }) => {
        $crate::read::words!(
            $name { $($wire => $variant,)* $other_wire => $other } else reading { Self::$other }
        );
    };
    ($name:ident { $($wire:literal => $variant:ident),* } else $reading:ident $otherwise:block) => {
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
            fn take(value: ::serde_json::Value, $reading: &mut $crate::read::Reading) -> Self {
                let name: String = $crate::read::Read::take(value, $reading);
                match name.as_str() {
                    $($wire => Self::$variant,)*
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
