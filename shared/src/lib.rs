//! The contract of Pilothouse.
