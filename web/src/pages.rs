//! The pages.

pub(crate) mod admin;
pub(crate) mod channel;
pub(crate) mod fleet;
pub(crate) mod inbox;
pub(crate) mod missing;
