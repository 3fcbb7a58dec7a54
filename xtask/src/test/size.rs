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
    /// Whether a file counts, by its path in the folder.
    counts: fn(&Path) -> bool,
    /// What it may take.
    n_bytes: u64,
    /// How much more that is where the standard library could not be built for size.
    ready_made: u64,
}

const BUDGETS: [Budget; 4] = [
    Budget {
        name: "dashboard",
        counts: |path| !is_widget(path),
        n_bytes: 250_000,
        ready_made: 22_000,
    },
    Budget {
        name: "style sheets",
        counts: |path| !is_widget(path) && path.extension().is_some_and(|end| end == "css"),
        n_bytes: 15_000,
        ready_made: 0,
    },
    // What a page loads to show a widget, once it has the loader.
    Budget {
        name: "widget",
        counts: |path| {
            let parts = ["embed/widget.js", "embed/widget.wasm", "embed/widget.css"];
            parts.iter().any(|part| path == Path::new(part))
        },
        n_bytes: 120_000,
        ready_made: 12_000,
    },
    Budget {
        name: "widget's loader",
        counts: |path| path == Path::new("embed.js"),
        n_bytes: 3_000,
        ready_made: 0,
    },
];

/// Endings of the names of the files that count at all.
const EXTENSIONS: [&str; 6] = ["js", "wasm", "css", "html", "svg", "webmanifest"];

fn is_widget(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.starts_with("embed.") || path.starts_with("embed")
}

/// A file of the dashboard and its size in brotli, in bytes.
#[derive(Debug)]
pub(crate) struct Measured {
    name: PathBuf,
    n_bytes: u64,
}

/// Measures the files under `dist`.
fn measure(dist: &Path) -> Result<Vec<Measured>, Failure> {
    let measured = files(dist, &EXTENSIONS)?.into_iter().map(|path| {
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
    let measured = measure(dist)?;
    for file in &measured {
        let name = file.name.display();
        say::note(&format!("{:>8} bytes brotli  {name}", file.n_bytes));
    }
    for budget in &BUDGETS {
        let sum = total(&measured, budget);
        let Budget { name, n_bytes, .. } = budget;
        say::note(&format!("{sum:>8} bytes of {n_bytes}  {name} in all"));
    }
    Ok(())
}

/// Fails when something is over its budget, or is not there. `is_small` says whether the standard library was
/// built for size.
pub(crate) fn check(dist: &Path, is_small: bool) -> Result<(), Failure> {
    print(dist)?;
    if !is_small {
        say::note("with the standard library that comes with the compiler, they may be larger");
    }
    let measured = measure(dist)?;
    for budget in &BUDGETS {
        keeps(budget, total(&measured, budget), is_small)?;
    }
    Ok(())
}

fn keeps(budget: &Budget, sum: u64, is_small: bool) -> Result<(), Failure> {
    let n_bytes = match is_small {
        true => budget.n_bytes,
        false => budget.n_bytes + budget.ready_made,
    };
    let problem = match sum {
        0 => "not there to be measured".to_owned(),
        over if over > n_bytes => format!("{} bytes over budget", over - n_bytes),
        _ => return Ok(()),
    };
    Err(Failure::Missing(format!("{}: {problem}", budget.name)))
}

fn total(measured: &[Measured], budget: &Budget) -> u64 {
    let counted = measured.iter().filter(|file| (budget.counts)(&file.name));
    counted.map(|file| file.n_bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::{BUDGETS, Measured, keeps, total};

    #[test]
    fn within_the_budget_passes_and_one_byte_more_fails() {
        for budget in &BUDGETS {
            assert!(keeps(budget, budget.n_bytes, true).is_ok());
            assert!(keeps(budget, budget.n_bytes + 1, true).is_err());
            let ready_made = budget.n_bytes + budget.ready_made;
            assert!(keeps(budget, ready_made, false).is_ok());
            assert!(keeps(budget, ready_made + 1, false).is_err());
        }
    }

    #[test]
    fn nothing_to_measure_is_a_failure() {
        assert!(keeps(&BUDGETS[0], 0, true).is_err());
    }

    #[test]
    fn the_widget_and_the_dashboard_have_budgets_of_their_own() {
        let file = |name: &str, n_bytes| Measured {
            name: name.into(),
            n_bytes,
        };
        let measured = [
            file("index.html", 1),
            file("row-0123.css", 2),
            file("embed.js", 10),
            file("embed.html", 20),
            file("embed/frame.js", 30),
            file("embed/widget.css", 100),
            file("embed/widget.js", 200),
            file("embed/widget.wasm", 400),
        ];
        let sums = BUDGETS.each_ref().map(|budget| total(&measured, budget));
        assert_eq!(sums, [3, 2, 700, 10]);
    }
}
