//! Where the workspace is and what its lock file says.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;
use crate::failure::Failure;

/// The paths every command starts from.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds; settings and `CARGO_TARGET_DIR` can move it.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks cargo for the paths.
    pub(crate) fn find() -> Result<Self, Failure> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let root = root.canonicalize().map_err(Failure::file(&root))?;
        let mut metadata = Command::new("cargo");
        metadata
            .args(["metadata", "--no-deps", "--format-version=1"])
            .current_dir(&root);
        let answer: serde_json::Value = serde_json::from_str(&command::output(&mut metadata)?)
            .map_err(|error| Failure::Missing(format!("`cargo metadata` answered: {error}")))?;
        let target = answer["target_directory"].as_str().map(PathBuf::from);
        Ok(Self {
            target: target.unwrap_or_else(|| root.join("target")),
            root,
        })
    }

    /// `cargo` with `arguments`, in the root, ready to run.
    pub(crate) fn cargo(&self, arguments: &str) -> Command {
        let mut cargo = Command::new("cargo");
        cargo
            .args(arguments.split_whitespace())
            .current_dir(&self.root);
        cargo
    }

    /// Where trunk puts the built dashboard.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("web/dist")
    }

    /// The version of `package` in Cargo.lock.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String, Failure> {
        let path = self.root.join("Cargo.lock");
        let lock = std::fs::read_to_string(&path).map_err(Failure::file(&path))?;
        version_in_lock(&lock, package)
            .ok_or_else(|| Failure::Missing(format!("Cargo.lock does not name `{package}`")))
    }
}

/// The version that follows `name = "package"` in a lock file.
fn version_in_lock(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    Some(version.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::version_in_lock;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.2.1\"\n\n\
        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.126\"\nsource = \"registry\"\n";

    #[test]
    fn the_lock_file_tells_the_version_of_exactly_the_named_package() {
        assert_eq!(
            version_in_lock(LOCK, "wasm-bindgen").as_deref(),
            Some("0.2.126")
        );
        assert_eq!(version_in_lock(LOCK, "wasm"), None);
    }
}
