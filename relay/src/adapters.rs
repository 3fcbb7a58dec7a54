//! What programs that do not know Pilothouse say, in its words. Pure: values in, values out.

pub(crate) mod otlp;
