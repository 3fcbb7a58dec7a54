//! Origins, as browsers write them.

use reqwest::Url;

use super::ConfigError;

/// Reads an origin and writes it the way a browser's `Origin` header does: lower case, without the
/// scheme's own port.
pub(super) fn parse(text: &str) -> Result<String, ConfigError> {
    let refused = || ConfigError::Origin(text.to_owned());
    let url = Url::parse(text).map_err(|_| refused())?;
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    match url.scheme() {
        "http" | "https" if is_bare => Ok(url.origin().ascii_serialization()),
        _ => Err(refused()),
    }
}
