//! One fuzz target: what it begins with, and how libFuzzer is told to run it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Place;
use crate::command;
use crate::failure::Failure;
use crate::say;

/// Seconds that one input may take; those that wait for people give up long before.
const TIMEOUT: &str = "-timeout=20";

/// MiB that the program may take, all its buffers and the relay in it: usually it takes 70.
const MEMORY: &str = "-rss_limit_mb=1024";

/// Bytes of an input: enough for every example, few enough that many are tried.
const LENGTH: &str = "-max_len=8192";

/// What libFuzzer ends with when it found an input that panics, takes too long or too much memory.
const FOUND: [i32; 3] = [77, 70, 71];

/// A target, as `fuzz/src/main.rs` knows it.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) name: &'static str,
    /// A folder of examples that are inputs too, beside the corpus.
    examples: Option<&'static str>,
}

/// Whether an input broke a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// None did.
    Nothing,
    /// One did; it was said which.
    Found,
}

/// Every target, by name.
pub(super) const TARGETS: [Target; 12] = [
    Target::new("bodies", None),
    Target::new("frames", Some("shared/golden")),
    Target::new("hooks", Some("relay/tests/hooks")),
    Target::new("link", Some("shared/golden")),
    Target::new("mcp", None),
    Target::new("otlp", None),
    Target::new("requests", None),
    Target::new("settings", None),
    Target::new("socket", Some("shared/golden")),
    Target::new("terminal", None),
    Target::new("token", None),
    Target::new("websocket", None),
];

impl Target {
    const fn new(name: &'static str, examples: Option<&'static str>) -> Self {
        Self { name, examples }
    }

    /// Runs it for so long, and says what came of it.
    pub(super) fn run(&self, place: &Place, how_long: Duration) -> Result<Outcome, Failure> {
        let found = place.found.join(self.name);
        fs::create_dir_all(&found).map_err(Failure::file(&found))?;
        let log = place.found.join(format!("{}.log", self.name));
        let into = File::create(&log).map_err(Failure::file(&log))?;
        let mut program = self.program(place);
        program
            .args([TIMEOUT, MEMORY, LENGTH, "-seed=1", "-print_final_stats=1"])
            .arg(format!("-max_total_time={}", how_long.as_secs().max(1)))
            .arg(format!("-artifact_prefix={}-", found.display()))
            .arg(&found)
            .args(self.inputs(place))
            .stderr(into);
        let started = |source| Failure::NotStarted {
            program: place.program.display().to_string(),
            source,
        };
        let status = program.status().map_err(started)?;
        let said = fs::read(&log).map_err(Failure::file(&log))?;
        let said = String::from_utf8_lossy(&said);
        match status.code() {
            Some(0) => {
                say::note(&format!("{:<10} {}", self.name, summary(&said)));
                Ok(Outcome::Nothing)
            }
            Some(code) if FOUND.contains(&code) => {
                self.tell(&said, &log);
                Ok(Outcome::Found)
            }
            _ => Err(Failure::Refused {
                command: format!("the target {} (see {})", self.name, log.display()),
                status: status.to_string(),
            }),
        }
    }

    /// Takes of what was found as little as reaches the same code into the corpus, however often it does.
    pub(super) fn keep(&self, place: &Place) -> Result<(), Failure> {
        let mut program = self.program(place);
        let inputs = self.inputs(place);
        program
            .args([
                "-set_cover_merge=1",
                "-use_counters=0",
                TIMEOUT,
                MEMORY,
                LENGTH,
            ])
            .args(&inputs);
        command::output(program.arg(place.found.join(self.name))).map(drop)
    }

    fn program(&self, place: &Place) -> Command {
        let mut program = Command::new(&place.program);
        program
            .env("PILOTHOUSE_FUZZ_TARGET", self.name)
            .current_dir(&place.root);
        program
    }

    fn inputs(&self, place: &Place) -> Vec<PathBuf> {
        let corpus = Path::new("fuzz/corpus").join(self.name);
        let examples = self.examples.map(PathBuf::from);
        let folders = [Some(corpus), examples].into_iter().flatten();
        folders.map(|folder| place.root.join(folder)).collect()
    }

    fn tell(&self, said: &str, log: &Path) {
        say::line(&format!("{}: an input breaks a promise", self.name));
        let is_worth = |line: &&str| {
            ["panicked at", "ERROR: libFuzzer", "Test unit written to"]
                .iter()
                .any(|word| line.contains(word))
        };
        let lines: Vec<_> = said.lines().collect();
        for pair in lines.windows(2).filter(|pair| is_worth(&pair[0])) {
            say::note(pair[0].trim());
            if pair[0].contains("panicked at") {
                say::note(pair[1].trim());
            }
        }
        say::note(&format!(
            "all of it is in {}; mend what it found, and keep the input in fuzz/corpus/{}",
            log.display(),
            self.name
        ));
    }
}

/// How much was tried, of what libFuzzer says at the end.
fn summary(said: &str) -> String {
    let number = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.map_or("?", str::trim).to_owned()
    };
    format!(
        "{:>9} inputs, {:>6} a second, {:>4} MiB: nothing found",
        number("stat::number_of_executed_units:"),
        number("stat::average_exec_per_sec:"),
        number("stat::peak_rss_mb:")
    )
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn what_was_tried_is_said_in_a_line() {
        let said = "#5 DONE cov: 1\nstat::number_of_executed_units: 50504\n\
            stat::average_exec_per_sec:     5611\nstat::peak_rss_mb:              52\n";
        let line = summary(said);
        assert!(
            line.contains("50504 inputs,   5611 a second,   52 MiB"),
            "{line}"
        );
    }
}
