//! What a client shows to be let in.

use std::fmt;
use std::path::{Path, PathBuf};

/// A token, or the file that has it, which is read anew for each connection. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials(Source);

#[derive(Clone, PartialEq, Eq)]
enum Source {
    Token(String),
    File(PathBuf),
}

impl Credentials {
    /// This token.
    #[must_use]
    pub fn token(token: String) -> Self {
        Self(Source::Token(token))
    }

    /// The token in this file.
    #[must_use]
    pub fn file(path: PathBuf) -> Self {
        Self(Source::File(path))
    }

    /// The file that has it.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Source::Token(_) => None,
            Source::File(path) => Some(path),
        }
    }

    /// The header that shows it.
    pub(super) fn header(&self) -> Result<http::HeaderValue, String> {
        let token = match &self.0 {
            Source::Token(token) => token.clone(),
            Source::File(path) => std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read the token in {}: {error}", path.display()))?,
        };
        let header = http::HeaderValue::from_str(&format!("Bearer {}", token.trim()));
        let mut header =
            header.map_err(|_| "the token has a character that none has".to_owned())?;
        header.set_sensitive(true);
        Ok(header)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Token(_) => f.write_str("Credentials(…)"),
            Source::File(path) => f.debug_tuple("Credentials").field(path).finish(),
        }
    }
}
