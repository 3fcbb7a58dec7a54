//! The pages.

pub(crate) mod channel;
pub(crate) mod missing;
pub(crate) mod overview;
