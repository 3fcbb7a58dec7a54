//! What can be wrong with a store, in words for whoever can mend it.

use std::fmt;
use std::path::Path;

use thiserror::Error;

/// What went wrong in a store.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) struct Failure {
    pub(crate) trouble: Trouble,
    /// For the log, never for a client.
    pub(crate) detail: String,
}

/// What ails a store. The text is for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum Trouble {
    /// No space, or no more of it for this user.
    #[error("the disk that holds the history is full; free some space on it")]
    Full,
    /// It may be read and not written.
    #[error("the history may not be written; make its folder and files writable for the relay")]
    ReadOnly,
    /// The system fails to read or write.
    #[error("the disk that holds the history cannot be read or written; the log says more")]
    Disk,
    /// What is stored is not what was written. Nothing more is written, so that nothing gets worse.
    #[error("the history is damaged and only read from now on; stop the relay and restore a copy")]
    Damaged,
    /// Anything else.
    #[error("the store cannot do it now; try again")]
    Other,
}

impl Failure {
    /// A failure that nobody can name better.
    pub(crate) fn other(detail: impl fmt::Display) -> Self {
        Self {
            trouble: Trouble::Other,
            detail: detail.to_string(),
        }
    }

    /// Why a relay cannot start with the history in `folder`, and what to do.
    pub(crate) fn at_start(&self, folder: &Path) -> String {
        let Self { trouble, detail } = self;
        let folder = folder.display();
        match trouble {
            Trouble::Other => detail.clone(),
            Trouble::Full => {
                format!("no space is left for {folder} ({detail}); free some and start again")
            }
            Trouble::ReadOnly => format!(
                "{folder} may not be written ({detail}); make it and its files writable for this \
                 user, or name another folder with --data-dir"
            ),
            Trouble::Disk => format!(
                "{folder} cannot be read or written ({detail}); mend the disk, or name another \
                 folder with --data-dir"
            ),
            Trouble::Damaged => format!(
                "the database in {folder} is damaged or no database at all ({detail}), and was left \
                 as it is; restore a copy of it, or move it away to begin anew"
            ),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.trouble {
            Trouble::Other => f.write_str(&self.detail),
            trouble => write!(f, "{trouble} ({})", self.detail),
        }
    }
}
