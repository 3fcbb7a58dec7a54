//! One relay for a folder: two writers would give the same seq to different events.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::{StoreError, StoreResult, failure};

/// Name of the file that is locked. It stays when the relay is gone; only the lock counts.
const FILE: &str = "pilothouse.lock";

/// Takes the folder's lock; it is held until the file is dropped or the process ends.
pub(super) fn take(folder: &Path) -> StoreResult<File> {
    let path = folder.join(FILE);
    let failed = |error: &_| failure::of_file(&format!("cannot lock {}", path.display()), error);
    let options = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = options.map_err(|error| failed(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::failed(format!(
            "another relay uses {}; stop it, or name another folder with --data-dir",
            folder.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_relay_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = take(folder.path()).unwrap();
        let refused = take(folder.path()).unwrap_err();
        assert!(
            refused.to_string().contains("another relay uses"),
            "{refused}"
        );
        drop(held);
        take(folder.path()).unwrap();
    }
}
