//! The folder that keeps installed tools, one sub-folder per name and version.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use directories::BaseDirs;

use crate::failure::Failure;
use crate::say;

/// An open cache folder.
#[derive(Debug)]
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// Opens `wanted`, or the user's cache folder, creating it if need be.
    pub(crate) fn open(wanted: Option<PathBuf>) -> Result<Self, Failure> {
        let usual = || BaseDirs::new().map(|dirs| dirs.cache_dir().join("pilothouse/tools"));
        let root = wanted.or_else(usual).ok_or_else(|| {
            Failure::Missing("there is no home folder: name a folder with --tools-dir".to_owned())
        })?;
        fs::create_dir_all(&root).map_err(Failure::file(&root))?;
        let root = root.canonicalize().map_err(Failure::file(&root))?;
        Ok(Self { root })
    }

    /// The folder called `key`, made by `make` unless `present` finds it complete.
    ///
    /// `make` fills a folder of another name, which is renamed when it is done: an interrupted
    /// installation is never taken for a whole one. Two commands at once wait for each other.
    pub(crate) fn provide(
        &self,
        key: &str,
        present: impl Fn(&Path) -> bool,
        make: impl FnOnce(&Path) -> Result<(), Failure>,
    ) -> Result<PathBuf, Failure> {
        let place = self.root.join(key);
        if present(&place) {
            return Ok(place);
        }
        let _guard = self.lock()?;
        if present(&place) {
            return Ok(place);
        }
        let partial = self.root.join(format!("{key}.partial"));
        remove(&partial)?;
        fs::create_dir_all(&partial).map_err(Failure::file(&partial))?;
        make(&partial)?;
        remove(&place)?;
        fs::rename(&partial, &place).map_err(Failure::file(&place))?;
        if present(&place) {
            Ok(place)
        } else {
            Err(Failure::Missing(format!(
                "{} was installed but does not work",
                place.display()
            )))
        }
    }

    /// Locked until the returned file is dropped.
    fn lock(&self) -> Result<File, Failure> {
        let path = self.root.join("lock");
        let file = File::create(&path).map_err(Failure::file(&path))?;
        if file.try_lock().is_err() {
            say::note("another xtask is installing tools: waiting for it");
            file.lock().map_err(Failure::file(&path))?;
        }
        Ok(file)
    }
}

fn remove(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Failure::file(folder))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::Cache;
    use crate::failure::Failure;

    fn has_tool(folder: &Path) -> bool {
        folder.join("tool").exists()
    }

    fn make_tool(folder: &Path) -> Result<(), Failure> {
        let path = folder.join("tool");
        fs::write(&path, "").map_err(Failure::file(&path))
    }

    #[test]
    fn what_is_present_is_not_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(folder.path().to_path_buf())).unwrap();
        let made = cache.provide("tool-1", has_tool, make_tool).unwrap();
        let found = cache
            .provide("tool-1", has_tool, |_| panic!("made twice"))
            .unwrap();
        assert_eq!(made, found);
    }

    #[test]
    fn an_interrupted_installation_counts_as_absent_and_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(folder.path().to_path_buf())).unwrap();
        let interrupted = cache.provide("tool-1", has_tool, |partial| {
            make_tool(partial)?;
            Err(Failure::Missing("interrupted".to_owned()))
        });
        assert!(interrupted.is_err());
        assert!(!folder.path().join("tool-1").exists());
        assert!(cache.provide("tool-1", has_tool, make_tool).is_ok());
    }

    #[test]
    fn an_installation_that_does_not_work_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(folder.path().to_path_buf())).unwrap();
        assert!(cache.provide("tool-1", has_tool, |_| Ok(())).is_err());
    }
}
