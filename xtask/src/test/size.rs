//! The size budget of the dashboard.

use std::fs;
use std::path::{Path, PathBuf};

use crate::dashboard::{files, sidecars};
use crate::failure::Failure;
use crate::say;

/// What may be so large, in bytes of brotli.
#[derive(Debug)]
struct Budget {
    /// What it is for.
    name: &'static str,
    /// Endings of the names of the files that count.
    extensions: &'static [&'static str],
    n_bytes: u64,
}

const BUDGETS: [Budget; 2] = [
    Budget {
        name: "dashboard",
        extensions: &["js", "wasm", "css", "html", "svg", "webmanifest"],
        n_bytes: 250_000,
    },
    Budget {
        name: "style sheets",
        extensions: &["css"],
        n_bytes: 15_000,
    },
];

/// A file of the dashboard and its size in brotli, in bytes.
#[derive(Debug)]
pub(crate) struct Measured {
    name: PathBuf,
    n_bytes: u64,
}

/// Measures the files under `dist` that count.
fn measure(dist: &Path, budget: &Budget) -> Result<Vec<Measured>, Failure> {
    let measured = files(dist, budget.extensions)?.into_iter().map(|path| {
        let compressed = sidecars::beside(&path, "br");
        let n_bytes = fs::metadata(&compressed)
            .map_err(Failure::file(&compressed))?
            .len();
        let name = path.strip_prefix(dist).unwrap_or(&path).to_path_buf();
        Ok(Measured { name, n_bytes })
    });
    measured.collect()
}

/// Prints each size, and each sum beside its budget.
pub(crate) fn print(dist: &Path) -> Result<(), Failure> {
    for file in measure(dist, &BUDGETS[0])? {
        let name = file.name.display();
        say::note(&format!("{:>8} bytes brotli  {name}", file.n_bytes));
    }
    for budget in &BUDGETS {
        let sum = total(&measure(dist, budget)?);
        let Budget { name, n_bytes, .. } = budget;
        say::note(&format!("{sum:>8} bytes of {n_bytes}  {name} in all"));
    }
    Ok(())
}

/// Fails when something is over its budget, or is not there.
pub(crate) fn check(dist: &Path) -> Result<(), Failure> {
    print(dist)?;
    for budget in &BUDGETS {
        keeps(budget, total(&measure(dist, budget)?))?;
    }
    Ok(())
}

fn keeps(budget: &Budget, sum: u64) -> Result<(), Failure> {
    let problem = match sum {
        0 => "not there to be measured".to_owned(),
        over if over > budget.n_bytes => format!("{} bytes over budget", over - budget.n_bytes),
        _ => return Ok(()),
    };
    Err(Failure::Missing(format!("{}: {problem}", budget.name)))
}

fn total(measured: &[Measured]) -> u64 {
    measured.iter().map(|file| file.n_bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::{BUDGETS, keeps};

    #[test]
    fn within_the_budget_passes_and_one_byte_more_fails() {
        for budget in &BUDGETS {
            assert!(keeps(budget, budget.n_bytes).is_ok());
            assert!(keeps(budget, budget.n_bytes + 1).is_err());
        }
    }

    #[test]
    fn nothing_to_measure_is_a_failure() {
        assert!(keeps(&BUDGETS[0], 0).is_err());
    }
}
