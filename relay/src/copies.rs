//! Copies of a relay's history.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::engine;

pub use engine::Copied;

/// Why there is no copy. Says what to do.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct CopyError(String);

/// Writes the history of a relay to one new file, as it is at one moment, while the relay goes on. The file
/// is on disk when this returns.
///
/// # Errors
/// [`CopyError`] when the file exists, there is no history in `data_dir`, or the disk does not take it.
pub fn backup(data_dir: &Path, to: &Path) -> Result<Copied, CopyError> {
    engine::backup(data_dir, to).map_err(|error| CopyError(error.to_string()))
}

/// Puts a copy in the place of the history of `data_dir`, where no relay may run. What was there is kept
/// under the name that is returned. Every channel has a new epoch then: the copy may be older than what
/// watchers have seen.
///
/// # Errors
/// [`CopyError`] when it is no copy of a history, or a relay uses the folder; nothing was changed then.
pub fn restore(from: &Path, data_dir: &Path) -> Result<Option<PathBuf>, CopyError> {
    engine::restore(from, data_dir).map_err(|error| CopyError(error.to_string()))
}
