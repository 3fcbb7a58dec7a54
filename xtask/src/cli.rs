//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

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

/// Check everything: format, lints, documents, tests, dashboard size, end to end in a browser
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
