//! Whether the built dashboard still fits its sources.
//!
//! The stamp holds one hash of everything that goes in and of everything that came out. With the
//! second, a dashboard that `trunk serve` or a hand has changed since is built again as well.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::all_files;
use crate::failure::Failure;

/// What the dashboard is made of, from the root; folders with all that is in them.
const SOURCES: [&str; 6] = [
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "rust-toolchain.toml",
    "shared",
    "web",
];
const OUTPUT: &str = "web/dist";

/// Whether the sources and web/dist under `root` are as they were when `stamp` was written.
pub(crate) fn is_fresh(stamp: &Path, root: &Path) -> Result<bool, Failure> {
    let Ok(written) = fs::read_to_string(stamp) else {
        return Ok(false);
    };
    Ok(written == both(&sources(root)?, root)?)
}

/// Records web/dist under `root` and the state that the sources had before it was built: what is changed
/// during a build is not in it.
pub(crate) fn write(stamp: &Path, sources: &str, root: &Path) -> Result<(), Failure> {
    fs::write(stamp, both(sources, root)?).map_err(Failure::file(stamp))
}

fn both(sources: &str, root: &Path) -> Result<String, Failure> {
    let output = hash(root, &all_files(&root.join(OUTPUT))?)?;
    Ok(format!("{sources} {output:016x}\n"))
}

/// The state of the sources under `root`.
pub(crate) fn sources(root: &Path) -> Result<String, Failure> {
    let output = root.join(OUTPUT);
    let mut sources = Vec::new();
    for source in SOURCES.map(|name| root.join(name)) {
        if source.is_dir() {
            sources.extend(all_files(&source)?)
        } else {
            sources.push(source)
        }
    }
    sources.retain(|path| !path.starts_with(&output));
    // Where the workspace lies matters to neither: paths are hashed from the root.
    Ok(format!("{:016x}", hash(root, &sources)?))
}

fn hash(root: &Path, files: &[PathBuf]) -> Result<u64, Failure> {
    let mut hasher = DefaultHasher::new();
    for path in files {
        path.strip_prefix(root).unwrap_or(path).hash(&mut hasher);
        if path.exists() {
            fs::read(path)
                .map_err(Failure::file(path))?
                .hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{is_fresh, sources, write};

    struct Built {
        root: tempfile::TempDir,
        stamp: PathBuf,
    }

    fn built() -> Built {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("web/src")).unwrap();
        fs::create_dir_all(root.path().join("web/dist")).unwrap();
        fs::write(root.path().join("web/src/main.rs"), "fn main() {}").unwrap();
        fs::write(root.path().join("web/dist/index.html"), "<!doctype html>").unwrap();
        let stamp = root.path().join("stamp");
        write(&stamp, &sources(root.path()).unwrap(), root.path()).unwrap();
        Built { root, stamp }
    }

    impl Built {
        fn change(&self, path: &str) -> bool {
            fs::write(self.root.path().join(path), "changed").unwrap();
            is_fresh(&self.stamp, self.root.path()).unwrap()
        }
    }

    #[test]
    fn an_unchanged_dashboard_is_fresh() {
        let built = built();
        assert!(is_fresh(&built.stamp, built.root.path()).unwrap());
    }

    #[test]
    fn a_changed_source_a_new_source_and_a_changed_output_are_each_stale() {
        assert!(!built().change("web/src/main.rs"));
        assert!(!built().change("web/src/new.rs"));
        assert!(!built().change("Cargo.lock"));
        assert!(!built().change("web/dist/index.html"));
    }

    /// It used to be recorded as built.
    #[test]
    fn a_source_that_is_changed_during_a_build_is_stale() {
        let built = built();
        let before = sources(built.root.path()).unwrap();
        built.change("web/src/main.rs");
        write(&built.stamp, &before, built.root.path()).unwrap();
        assert!(!is_fresh(&built.stamp, built.root.path()).unwrap());
    }

    #[test]
    fn a_file_elsewhere_changes_nothing() {
        assert!(built().change("README.md"));
    }

    #[test]
    fn without_a_stamp_nothing_is_fresh() {
        let built = built();
        assert!(!is_fresh(&built.root.path().join("none"), built.root.path()).unwrap());
    }
}
