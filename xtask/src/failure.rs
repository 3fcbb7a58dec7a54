//! Why a command could not do its work.

use std::io;
use std::path::{Path, PathBuf};

/// What went wrong, in words for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A program is not installed, or cannot be started.
    #[error("`{program}` could not be started: {source}")]
    NotStarted { program: String, source: io::Error },
    /// A program ran and said no; its own output tells why.
    #[error("`{command}` failed ({status})")]
    Refused { command: String, status: String },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// This machine cannot be asked; the text says why, and where it can be done.
    #[error("{0}")]
    NotHere(&'static str),
    /// A measurement went wrong; the text says how.
    #[error("not measured: {0}")]
    Measurement(String),
    /// Something is missing that this command cannot provide; the text says what to do.
    #[error("{0}")]
    Missing(String),
}

impl Failure {
    /// Turns an I/O error about `path` into a failure.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }
}
