//! The size budget of the dashboard.

use std::fs;
use std::path::{Path, PathBuf};

use crate::dashboard::{files, sidecars};
use crate::failure::Failure;
use crate::say;

/// Most bytes of WebAssembly and JavaScript, in brotli, that the dashboard may take.
const BUDGET_BYTES: u64 = 220_000;

/// A file of the dashboard and its size in brotli, in bytes.
#[derive(Debug)]
pub(crate) struct Measured {
    name: PathBuf,
    n_bytes: u64,
}

/// Measures the WebAssembly and JavaScript under `dist`.
pub(crate) fn measure(dist: &Path) -> Result<Vec<Measured>, Failure> {
    let measured = files(dist, &["js", "wasm"])?.into_iter().map(|path| {
        let compressed = sidecars::beside(&path, "br");
        let n_bytes = fs::metadata(&compressed)
            .map_err(Failure::file(&compressed))?
            .len();
        let name = path.strip_prefix(dist).unwrap_or(&path).to_path_buf();
        Ok(Measured { name, n_bytes })
    });
    measured.collect()
}

/// Prints each size and their sum beside the budget.
pub(crate) fn print(measured: &[Measured]) {
    for file in measured {
        say::note(&format!(
            "{:>8} bytes brotli  {}",
            file.n_bytes,
            file.name.display()
        ));
    }
    say::note(&format!(
        "{:>8} bytes of {BUDGET_BYTES} in all",
        total(measured)
    ));
}

/// Fails when the dashboard is over its budget, or is not there.
pub(crate) fn check(dist: &Path) -> Result<(), Failure> {
    let measured = measure(dist)?;
    print(&measured);
    match total(&measured) {
        0 => Err(Failure::Missing(
            "there is no dashboard to measure".to_owned(),
        )),
        n_bytes if n_bytes > BUDGET_BYTES => Err(Failure::Missing(format!(
            "the dashboard is {} bytes over its budget",
            n_bytes - BUDGET_BYTES
        ))),
        _ => Ok(()),
    }
}

fn total(measured: &[Measured]) -> u64 {
    measured.iter().map(|file| file.n_bytes).sum()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::{BUDGET_BYTES, check};

    #[test]
    fn a_dashboard_within_its_budget_passes_and_one_byte_more_fails() {
        let dist = tempfile::tempdir().unwrap();
        fs::write(dist.path().join("app.wasm"), "").unwrap();
        let compressed = File::create(dist.path().join("app.wasm.br")).unwrap();
        compressed.set_len(BUDGET_BYTES).unwrap();
        assert!(check(dist.path()).is_ok());
        compressed.set_len(BUDGET_BYTES + 1).unwrap();
        assert!(check(dist.path()).is_err());
    }

    #[test]
    fn no_dashboard_is_a_failure() {
        let dist = tempfile::tempdir().unwrap();
        assert!(check(dist.path()).is_err());
    }
}
