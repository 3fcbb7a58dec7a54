//! Settings on disk: read whole, replaced whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::Builder;

/// Largest settings that are read, in bytes: far more than anybody writes by hand.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// A file of settings, as it was when it was read.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where it is, as the user knows it.
    path: PathBuf,
    /// Where it is really: behind its symbolic links.
    target: PathBuf,
    /// What it says; `None` when there is no file.
    text: Option<String>,
}

impl Settings {
    /// Reads a file, which need not exist.
    ///
    /// # Errors
    /// A sentence that names the file and says what to do.
    pub(crate) fn read(path: PathBuf) -> Result<Self, String> {
        let target = match path.symlink_metadata() {
            Ok(_) => path.canonicalize().map_err(|error| {
                let path = path.display();
                format!("{path} leads nowhere ({error}); mend or remove the link first")
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.clone(),
            Err(error) => return Err(format!("cannot look at {}: {error}", path.display())),
        };
        let text = contents(&target)?;
        Ok(Self { path, target, text })
    }

    /// Where it is, as the user knows it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What it says; `None` when there is no file.
    pub(crate) fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Makes the file say this instead, or removes it. After a failure it says what it said before.
    ///
    /// # Errors
    /// A sentence that names the file and says what to do.
    pub(crate) fn replace(&self, text: Option<&str>) -> Result<(), String> {
        let path = self.path.display();
        // An agent may have saved its settings while somebody thought about the change.
        if contents(&self.target)? != self.text {
            return Err(format!(
                "{path} has been changed meanwhile; nothing was written, run the command again"
            ));
        }
        let written = match text {
            Some(text) => self.write(text),
            None => fs::remove_file(&self.target),
        };
        written.map_err(|error| format!("cannot write {path}: {error}; it is as it was"))
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let folder = self.target.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = Builder::new().prefix(".pilothouse-").tempfile_in(folder)?;
        match fs::metadata(&self.target) {
            Ok(metadata) if metadata.permissions().readonly() => {
                return Err(io::Error::other("the file is read-only"));
            }
            Ok(metadata) => file.as_file().set_permissions(metadata.permissions())?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => make_usual(file.as_file())?,
            Err(error) => return Err(error),
        }
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.target).map_err(|error| error.error)?;
        // The name of the new file on disk; some systems cannot, and need not.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

/// What a file says; `None` when there is none.
fn contents(path: &Path) -> Result<Option<String>, String> {
    let cannot = |error: io::Error| format!("cannot read {}: {error}", path.display());
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot(error)),
        Ok(metadata) if metadata.len() > MAX_BYTES => {
            return Err(cannot(io::Error::other("it is too large for settings")));
        }
        Ok(_) => {}
    }
    fs::read_to_string(path).map(Some).map_err(cannot)
}

/// Temporary files are for their owner alone; settings are as the user's other new files.
#[cfg(unix)]
fn make_usual(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_usual(_file: &File) -> io::Result<()> {
    Ok(())
}
