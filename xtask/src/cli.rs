//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

#[cfg(target_os = "linux")]
use crate::bench::cases::Workload;
#[cfg(target_os = "linux")]
use crate::bench::system::Durability;
use crate::test::part::Part;

/// Set up, run, test and package Pilothouse.
///
/// Every command first installs what it needs and is missing, says so, and keeps it in a cache
/// folder keyed by version, so that only the first run is slow.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", version, propagate_version = true)]
pub(crate) struct Cli {
    /// Keep the build tools (trunk, wasm-bindgen, wasm-opt, Python packages) in this folder
    /// [default: pilothouse/tools in the user's cache folder, such as ~/.cache]
    #[arg(long, global = true, value_name = "DIR", env = "PILOTHOUSE_TOOLS_DIR")]
    pub(crate) tools_dir: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Run(Run),
    Test(Test),
    /// Build one release binary with the dashboard inside and print its size
    ///
    /// The binary is put into target/dist, named after its version and the platform it runs on.
    Dist,
    Fuzz(Fuzz),
    Shots(Shots),
    #[cfg(target_os = "linux")]
    Bench(Bench),
    /// The load generator, one measurement
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    BenchLoad {
        /// What to measure, as JSON
        plan: String,
    },
    /// The floor server
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    BenchFloor {
        /// Frames in one write, at most
        per_write: usize,
    },
}

/// Build the dashboard and the relay, and start the relay on 127.0.0.1:8420
///
/// What did not change since the last run is not built again. Ctrl-C shuts the relay down
/// gracefully; the relay's exit code becomes this command's.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask run                              the dashboard at http://127.0.0.1:8420
  cargo xtask run --demo                       with an agent at work, to see every part move
  cargo xtask run -- --listen 127.0.0.1:9000   flags after -- go to `pilothouse serve`")]
pub(crate) struct Run {
    /// Also play a realistic agent session: tools, files, progress, tokens, a permission request
    #[arg(long)]
    pub(crate) demo: bool,

    /// Flags for `pilothouse serve`, see `pilothouse serve --help`
    #[arg(last = true, value_name = "SERVE FLAGS")]
    pub(crate) serve: Vec<String>,
}

/// Check everything: format, dependencies, lints, documents, tests, fuzzing, dashboard size, end to end in a browser
///
/// The last line is `N passed, N failed`: tests one by one, every other part as one.
/// A part that failed does not stop the parts that do not need it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask test                      everything
  cargo xtask test --only fmt clippy    two parts
  cargo xtask test --only e2e           the end-to-end tests and what they need")]
pub(crate) struct Test {
    /// Run only these parts, and the parts they need
    #[arg(long, value_name = "PART", num_args = 1..)]
    pub(crate) only: Vec<Part>,
}

/// Try every parser of outside bytes with inputs that libFuzzer makes up
///
/// Begins with the inputs of fuzz/corpus, which grew out of earlier runs, and goes on from those that reach
/// new code. An input that panics, takes too long or too much memory ends its target and is written to
/// target/fuzz. A part of `cargo xtask test` does the same for a minute in all.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask fuzz                           every target, three minutes each
  cargo xtask fuzz frames --seconds 3600     one of them, for an hour
  cargo xtask fuzz --keep                    and keep in fuzz/corpus what reached new code")]
pub(crate) struct Fuzz {
    /// Run these targets only; a wrong name is answered with the list
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<String>,

    /// Run each target so long
    #[arg(long, value_name = "N", default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seconds: u32,

    /// Keep in fuzz/corpus, of what was found, as little as reaches the same code
    #[arg(long)]
    pub(crate) keep: bool,
}

/// Take pictures of every view, light and dark, on a desk and on a phone
///
/// Plays the demo session to a relay of its own, opens each view in Chromium, waits until it has something
/// to show, and writes docs/images/VIEW-SCREEN-THEME.webp.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask shots                  every view; some minutes
  cargo xtask shots fleet channel    two of them
  cargo xtask shots --out pictures   into another folder")]
pub(crate) struct Shots {
    /// Take pictures of these views only; a wrong name is answered with the list
    #[arg(value_name = "VIEW")]
    pub(crate) views: Vec<String>,

    /// Write into this folder [default: docs/images]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Show this relay instead of building one
    #[arg(long, value_name = "FILE")]
    pub(crate) relay: Option<PathBuf>,
}

/// Measure what the relay costs, beside a floor of bare sockets
///
/// Starts the relay on one core and a load generator on another, prints a table for each workload
/// and writes all figures to target/bench. The floor is a bare program that writes the same bytes
/// to the same number of sockets, with one write for each event or for up to 16. Compare figures of
/// one run only; relay/PERFORMANCE.md tells how to read them.
#[cfg(target_os = "linux")]
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask bench                              everything, medians of three runs; half an hour
  cargo xtask bench fanout saturation --runs 1   two workloads, once
  cargo xtask bench --quick --runs 1             small numbers, to see that it works
  cargo xtask bench page                         what the dashboard costs a browser, instead")]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Bench {
    /// What to measure instead of the relay
    #[command(subcommand)]
    pub(crate) instead: Option<Instead>,

    /// Measure these only
    #[arg(value_name = "WORKLOAD")]
    pub(crate) workloads: Vec<Workload>,

    /// Measure each so often, in turn, and give the medians
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,

    /// Fewer subscribers and seconds: the figures say little
    #[arg(long)]
    pub(crate) quick: bool,

    /// What the relay's acknowledged events survive, except in the workload that compares it
    #[arg(long, value_name = "LEVEL", default_value = "full")]
    pub(crate) durability: Durability,

    /// Leave the floor out
    #[arg(long)]
    pub(crate) no_floor: bool,

    /// Measure other servers too: uWebSockets, nginx nchan, mosquitto, nats-server
    ///
    /// Installed from npm into the tools cache, or with apt-get (as root, on Debian).
    #[arg(long)]
    pub(crate) peers: bool,

    /// Measure this relay instead of building one
    #[arg(long, value_name = "FILE")]
    pub(crate) relay: Option<PathBuf>,
}

/// What else can be measured.
#[cfg(target_os = "linux")]
#[derive(Debug, Subcommand)]
pub(crate) enum Instead {
    Page(Page),
}

/// Measure what the dashboard costs a browser
///
/// Opens the dashboard of a fresh relay in headless Chromium and measures: cold load; the time from a publish to
/// the painted row; a burst of 10,000 events; 1,000 events a second; memory while the page is hidden. Beside
/// each stands a floor of the same run where there is one. Writes all figures to target/bench.
/// web/PERFORMANCE.md tells how to read them.
#[cfg(target_os = "linux")]
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask bench page                 everything; four minutes
  cargo xtask bench page --minutes 60    an hour in the background
  cargo xtask bench page --seconds 10    to see that it works")]
pub(crate) struct Page {
    /// How long 1,000 events a second come
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seconds: u32,

    /// How long the page is in the background
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) minutes: u32,

    /// Measure this relay and its dashboard instead of building them
    #[arg(long, value_name = "FILE")]
    pub(crate) relay: Option<PathBuf>,
}
