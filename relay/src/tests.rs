//! Nothing is lost, doubled or shown to the wrong one, whatever happens: random schedules drive the
//! real hub, channels and store, and watchers with real links and replicas, against an oracle that
//! holds every acknowledged event.
//!
//! Each schedule is a list of acts and the same every time; one that fails is made as small as it
//! will go, printed, and becomes a test of [`regressions`]. The normal run plays the same 10,000
//! schedules each time. `PILOTHOUSE_SCHEDULES=1000000` plays that many, `PILOTHOUSE_SEED=7` others.

mod act;
mod deeds;
mod faults;
mod gate;
mod oracle;
mod pipe;
mod regressions;
mod sayings;
mod settled;
mod track;
mod verdict;
mod watcher;
mod wire;
mod world;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use act::{Act, act, heavy_act};
use world::World;

/// Schedules of a normal run.
const SCHEDULES: u32 = 10_000;

/// Acts of one schedule, at most.
const ACTS: usize = 40;

/// Plays a share of all schedules, in tenths of a percent.
fn play(
    share: u32,
    seed: u64,
    act: impl Strategy<Value = Act>,
    folder: impl Fn() -> Option<TempDir>,
) {
    let runtime = runtime();
    let schedules = (vec(act, 0..ACTS), prop_oneof![Just(1000), 1..12u64]);
    let mut runner = TestRunner::new(Config {
        cases: (u64::from(number("PILOTHOUSE_SCHEDULES", SCHEDULES)) * u64::from(share) / 1000)
            .try_into()
            .unwrap(),
        rng_seed: RngSeed::Fixed(seed + u64::from(number("PILOTHOUSE_SEED", 0)) * 1000),
        // Four times as fast as the other one, and as good for this.
        rng_algorithm: RngAlgorithm::XorShift,
        failure_persistence: None,
        max_shrink_iters: 5000,
        ..Config::default()
    });
    let outcome = runner.run(&schedules, |(acts, keep_events)| {
        run_on(&runtime, keep_events, folder(), &acts);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// Plays one schedule.
fn run(keep_events: u64, folder: Option<TempDir>, acts: &[Act]) {
    run_on(&runtime(), keep_events, folder, acts);
}

fn run_on(runtime: &Runtime, keep_events: u64, folder: Option<TempDir>, acts: &[Act]) {
    let mut world = World::new(runtime, keep_events, folder);
    acts.iter().for_each(|act| world.play(*act));
    world.settle();
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "how much is tested is no setting of the relay"
)]
fn number(name: &str, otherwise: u32) -> u32 {
    let value = std::env::var(name).ok();
    value.map_or(otherwise, |value| value.parse().expect("a number"))
}

#[test]
fn no_schedule_loses_doubles_or_leaks_an_event() {
    play(450, 1, act(), || None);
}

#[test]
fn no_other_schedule_does_either() {
    play(450, 2, act(), || None);
}

#[test]
fn no_schedule_does_when_the_relay_restarts_on_its_files() {
    play(100, 3, act(), || Some(tempfile::tempdir().unwrap()));
}

#[test]
fn no_schedule_does_when_memory_holds_only_the_newest() {
    play(1, 4, heavy_act(), || None);
}
