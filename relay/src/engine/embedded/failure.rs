//! From what SQLite and the system say to what is wrong, and keeping the log short about it.

use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use rusqlite::ErrorCode;

use super::{StoreError, StoreResult};
use crate::engine::{Failure, Trouble};

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let trouble = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Trouble::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Trouble::ReadOnly,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => Trouble::Disk,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Trouble::Damaged,
            _ => Trouble::Other,
        };
        let detail = match error.sqlite_error() {
            Some(code) => format!("{error}, code {}", code.extended_code),
            None => error.to_string(),
        };
        Self::Failed(Failure { trouble, detail })
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        unreadable(error)
    }
}

/// What is stored makes no sense.
pub(super) fn unreadable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(Failure {
        trouble: Trouble::Damaged,
        detail: format!("a stored value cannot be read: {error}"),
    })
}

/// What the system said of a file.
pub(super) fn of_file(what: &str, error: &io::Error) -> StoreError {
    let trouble = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Trouble::Full,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Trouble::ReadOnly,
        _ => Trouble::Disk,
    };
    let detail = format!("{what}: {error}");
    StoreError::Failed(Failure { trouble, detail })
}

/// How the store is. A trouble is logged when it begins and when it ends, however many try meanwhile.
#[derive(Debug, Default)]
pub(super) struct Health {
    writing: Mutex<Option<Failure>>,
    reading: Mutex<Option<Failure>>,
    damage: OnceLock<Failure>,
}

impl Health {
    /// What came of a commit.
    pub(super) fn wrote(&self, outcome: &StoreResult<()>) {
        self.note("write", &self.writing, outcome);
    }

    /// What came of a query.
    pub(super) fn read<T>(&self, outcome: &StoreResult<T>) {
        self.note("read", &self.reading, outcome);
    }

    /// Fails once damage is known: it does not go away by itself.
    pub(super) fn is_whole(&self) -> StoreResult<()> {
        match self.damage.get() {
            Some(damage) => Err(damage.clone().into()),
            None => Ok(()),
        }
    }

    fn note<T>(&self, what: &str, last: &Mutex<Option<Failure>>, outcome: &StoreResult<T>) {
        let failure = match outcome {
            Err(StoreError::Failed(failure)) => Some(failure),
            _ => None,
        };
        if let Some(damage) = failure.filter(|failure| failure.trouble == Trouble::Damaged) {
            let _ = self.damage.set(damage.clone());
        }
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref() == failure {
            return;
        }
        match failure {
            Some(failure) => tracing::error!(what, %failure, "the store fails"),
            None => tracing::info!(what, "the store works again"),
        }
        *last = failure.cloned();
    }
}
