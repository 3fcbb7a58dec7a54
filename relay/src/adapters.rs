//! What programs that do not know Pilothouse say, in its words, and what they are answered. What is said is
//! pure; what is HTTP about it is in `http`.

pub(crate) mod hooks;
pub(crate) mod mcp;
pub(crate) mod otlp;
