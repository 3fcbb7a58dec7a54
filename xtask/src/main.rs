//! `cargo xtask`: the few commands that need more than cargo.
//!
//! Here only exit codes are decided; each command has its own module.

#[cfg(target_os = "linux")]
mod bench;
mod cli;
mod command;
mod dashboard;
mod demo;
mod dist;
mod failure;
mod fuzz;
mod relay;
mod run;
mod say;
mod setup;
mod shots;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Verb};
use failure::Failure;
use setup::cache::Cache;
use workspace::Workspace;

fn main() -> ExitCode {
    match perform(Cli::parse()) {
        Ok(code) => code,
        Err(failure) => {
            say::failed(&failure);
            ExitCode::FAILURE
        }
    }
}

fn perform(cli: Cli) -> Result<ExitCode, Failure> {
    // What the bench starts is started often, and needs neither workspace nor cache.
    #[cfg(target_os = "linux")]
    match &cli.verb {
        Verb::BenchLoad { plan } => {
            return bench::load::perform(plan).map(|()| ExitCode::SUCCESS);
        }
        Verb::BenchFloor { per_write } => {
            return bench::floor::serve(*per_write).map(|()| ExitCode::SUCCESS);
        }
        _ => {}
    }
    let workspace = Workspace::find()?;
    let cache = Cache::open(cli.tools_dir)?;
    match cli.verb {
        Verb::Run(wanted) => run::run(&workspace, &cache, &wanted),
        Verb::Test(wanted) => test::test(&workspace, &cache, &wanted.only),
        Verb::Fuzz(wanted) => fuzz::fuzz(&workspace, &wanted),
        Verb::Shots(wanted) => shots::shots(&workspace, &cache, &wanted),
        Verb::Dist => dist::dist(&workspace, &cache),
        #[cfg(target_os = "linux")]
        Verb::Bench(wanted) => bench::bench(&workspace, &cache, &wanted),
        #[cfg(target_os = "linux")]
        Verb::BenchLoad { .. } | Verb::BenchFloor { .. } => Ok(ExitCode::SUCCESS),
    }
}
