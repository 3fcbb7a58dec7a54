//! The relay.

pub mod client;
pub mod config;
