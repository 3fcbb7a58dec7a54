//! The native driver of a link.

mod url;

pub use url::{RelayUrl, UrlError};
