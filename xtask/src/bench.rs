//! `cargo xtask bench`: what the relay costs, beside a floor of bare sockets.
//!
//! This process only starts others and waits: a server on one core, the load generator on another,
//! a fresh pair for each measurement.

pub(crate) mod cases;
pub(crate) mod floor;
pub(crate) mod load;
mod machine;
mod page;
mod peers;
mod pin;
pub(crate) mod plan;
mod process;
mod record;
mod server;
mod statistics;
pub(crate) mod system;
mod table;

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use crate::cli;
use crate::command;
use crate::failure::Failure;
use crate::relay;
use crate::say;
use crate::setup::cache::Cache;
use crate::workspace::Workspace;
use cases::{Case, Workload};
use load::followers::FRAME_BYTES;
use machine::Machine;
use peers::{Installed, Peer};
use pin::Cores;
use plan::{Figure, Plan};
use record::Record;
use server::Server;
use system::System;

/// Connections of the largest workload, and some more files.
const FILES: u64 = 10_000 + 500;

/// Length of an event on the wire that the floor writes when no relay was measured before, in bytes.
const USUAL_FRAME_BYTES: usize = 470;

/// Measures, prints the tables and writes the record.
pub(crate) fn bench(
    workspace: &Workspace,
    cache: &Cache,
    wanted: &cli::Bench,
) -> Result<ExitCode, Failure> {
    if let Some(cli::Instead::Page(wanted)) = &wanted.instead {
        return page::bench(workspace, cache, wanted);
    }
    let (peers, missing) = installed(cache, wanted);
    let mut place = Place::prepare(workspace, wanted)?;
    let machine = Machine::describe();
    say::line(&format!("\n{machine}"));
    let workloads = Workload::or_all(&wanted.workloads);
    let mut record = Record::new(machine, wanted, missing);
    for workload in workloads {
        let cases = workload.cases(wanted, &peers);
        record.add(workload, &cases);
        for run in 1..=wanted.runs {
            for (number, case) in cases.iter().enumerate() {
                say::note(&format!("{}, {}: run {run}", workload.title(), case.row));
                record.measured(number, place.measure(case));
            }
        }
        say::line(&record.table());
    }
    let path = record.write(&place.folder)?;
    say::line(&format!("All figures: {}", path.display()));
    Ok(match record.has_failed() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// The peers, if they are asked for; and of those that cannot be had, why.
fn installed(cache: &Cache, wanted: &cli::Bench) -> (Vec<Installed>, Vec<String>) {
    let (mut installed, mut missing) = (Vec::new(), Vec::new());
    for peer in Peer::ALL.into_iter().filter(|_| wanted.peers) {
        match peer.ready(cache) {
            Ok(ready) => installed.push(ready),
            Err(failure) => missing.push(format!("without {}: {failure}", peer.name())),
        }
    }
    (installed, missing)
}

/// What every measurement starts from.
#[derive(Debug)]
pub(crate) struct Place {
    /// The relay's binary.
    relay: PathBuf,
    /// This program, optimised: it is also the load generator and the floor.
    generator: PathBuf,
    /// For data, logs and records.
    folder: PathBuf,
    /// `None` where there is only one core to share.
    cores: Option<Cores>,
    /// Length of the relay's events on the wire in the last measurement that tells.
    frame_bytes: usize,
}

impl Place {
    fn prepare(workspace: &Workspace, wanted: &cli::Bench) -> Result<Self, Failure> {
        let relay = match &wanted.relay {
            Some(relay) => relay.clone(),
            None => relay::build(workspace)?,
        };
        say::step(
            "Building the load generator",
            "optimised, so that one core of it can drive the relay on another",
        );
        command::run(&mut workspace.cargo("build --release --locked -p xtask"))?;
        let folder = workspace.target.join("bench");
        std::fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
        let n_files = pin::allow_files(FILES);
        if n_files < FILES {
            say::note(&format!(
                "only {n_files} files may be open: the largest workloads will fail"
            ));
        }
        let cores = Cores::find().map_err(failed)?;
        if cores.is_none() {
            say::note("there is one core only: the client takes its time from the server");
        }
        Ok(Self {
            relay,
            generator: workspace.target.join("release/xtask"),
            folder,
            cores,
            frame_bytes: USUAL_FRAME_BYTES,
        })
    }

    /// Measures `case` once, with a server of its own.
    fn measure(&mut self, case: &Case) -> Result<Vec<Figure>, Failure> {
        let server = Server::start(self, &case.system)?;
        let plan = Plan {
            target: server.address,
            dialect: case.system.dialect(),
            process: server.id(),
            frame_bytes: self.frame_bytes,
            work: case.work.clone(),
        };
        let figures = self.generate(&plan)?;
        let frame_bytes = figures.iter().find(|figure| figure.name == FRAME_BYTES);
        if let (System::Relay(_), Some(figure)) = (&case.system, frame_bytes) {
            self.frame_bytes = figure.value.round() as usize;
        }
        Ok(figures)
    }

    fn generate(&self, plan: &Plan) -> Result<Vec<Figure>, Failure> {
        let plan = serde_json::to_string(plan).map_err(failed)?;
        let mut generator = Command::new(&self.generator);
        generator.args(["bench-load", &plan]).stderr(Stdio::piped());
        generator.stdout(Stdio::piped());
        let core = self.cores.map(|cores| cores.client);
        let started = pin::on_core(core, || generator.spawn()).map_err(failed)?;
        let output = started.and_then(std::process::Child::wait_with_output);
        let output = output.map_err(Failure::file(&self.generator))?;
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            let error = error.trim().trim_start_matches("error: not measured: ");
            return Err(Failure::Measurement(error.to_owned()));
        }
        serde_json::from_slice(&output.stdout).map_err(failed)
    }
}

fn failed(error: impl std::error::Error) -> Failure {
    Failure::Measurement(error.to_string())
}
