//! What programs that do not know Pilothouse say, in its words. Mapping it is pure: values in, values out.

pub(crate) mod mcp;
pub(crate) mod otlp;
