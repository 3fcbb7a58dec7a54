//! The load generator: one process, one thread, one loop over all its connections, so that one core
//! can take millions of events a second. It copies no frame and parses no JSON.

mod acknowledged;
mod arrival;
mod burst;
mod connection;
mod crowd;
mod durable;
mod fanout;
pub(crate) mod followers;
mod foreign;
pub(crate) mod frames;
mod gauge;
mod hear;
mod hints;
mod hooks;
mod idle;
mod line;
mod message;
pub(crate) mod poll;
mod publication;
mod publisher;
mod resume;
mod saturation;
mod speech;
mod storm;
mod stuck;

use std::io;
use std::time::Instant;

use crowd::Crowd;
use gauge::Gauge;

use super::plan::{Figure, Plan, Work};
use crate::failure::Failure;
use crate::say;

/// The channel of every workload that needs only one.
const CHANNEL: &str = "bench";

/// Carries out the plan, which is JSON, and prints the figures as one line of JSON.
pub(crate) fn perform(plan: &str) -> Result<(), Failure> {
    let plan: Plan = serde_json::from_str(plan).map_err(|error| failure(&error))?;
    let figures = measure(&plan).map_err(|error| failure(&error))?;
    let line = serde_json::to_string(&figures).map_err(|error| failure(&error))?;
    say::line(&line);
    Ok(())
}

fn failure(error: &dyn std::error::Error) -> Failure {
    Failure::Measurement(error.to_string())
}

fn measure(plan: &Plan) -> io::Result<Vec<Figure>> {
    let bench = &mut Bench {
        crowd: Crowd::new(plan.target, plan.dialect)?,
        gauge: Gauge::new(plan),
        plan,
    };
    match plan.work {
        Work::Fanout {
            subscribers,
            per_second,
            seconds,
            body_bytes,
        } => fanout::measure(bench, subscribers, (per_second, seconds), body_bytes),
        Work::Saturation {
            subscribers,
            window,
            seconds,
            body_bytes,
        } => saturation::measure(bench, subscribers, (window, seconds), body_bytes),
        Work::Burst {
            subscribers,
            events,
            body_bytes,
        } => burst::measure(bench, subscribers, events, body_bytes),
        Work::Idle {
            connections,
            seconds,
        } => idle::measure(bench, connections, seconds),
        Work::Storm { connections } => storm::measure(bench, connections),
        Work::Durable {
            publishers,
            depth,
            seconds,
            body_bytes,
        } => durable::measure(bench, (publishers, depth), seconds, body_bytes),
        Work::Resume {
            clients,
            behind,
            body_bytes,
        } => resume::measure(bench, clients, behind, body_bytes),
        Work::Stuck {
            readers,
            stuck,
            events,
            per_second,
            body_bytes,
        } => stuck::measure(bench, (readers, stuck), (events, per_second), body_bytes),
        Work::Hooks {
            watchers,
            per_second,
            seconds,
        } => hooks::measure(bench, watchers, (per_second, seconds)),
        Work::Hints {
            way,
            per_second,
            seconds,
        } => hints::measure(bench, way, (per_second, seconds)),
    }
}

/// Waits for the time of something that keeps a pace.
fn pause_until(due: Instant) {
    while let Some(left) = due
        .checked_duration_since(Instant::now())
        .filter(|it| !it.is_zero())
    {
        std::thread::park_timeout(left);
    }
}

/// What every workload has at hand.
struct Bench<'a> {
    crowd: Crowd,
    gauge: Gauge,
    plan: &'a Plan,
}

#[cfg(test)]
mod tests;
