//! A thousand events a second.

use std::time::{Duration, Instant};

use pilothouse_tests::{Agent, pause_for};

use crate::figures::{Table, Times, slope};
use crate::scene::{Memory, Scene};
use crate::traffic;

const PER_SECOND: u64 = 1000;
const PER_CALL: u64 = 20;
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Seconds until what has a bound is full enough to be told from what grows.
const WARM_UP: u64 = 10;

/// The time between frames, beside that of an empty page, and what memory does.
pub(crate) async fn measure(scene: &Scene, seconds: u64) -> Table {
    let floor = empty(scene).await;
    let agent = scene.open("steady").await;
    scene.until_painted(1).await;
    traffic::steady(&agent, PER_SECOND, PER_CALL, WARM_UP).await;
    let before = scene.memory(true).await;
    scene.record(true).await;
    let (start, cpu) = (Instant::now(), scene.cpu_ms().await);
    let (last, looks) = watched(scene, agent, seconds).await;
    let took = start.elapsed().as_secs_f64();
    scene.until_painted(last).await;
    let cpu = scene.cpu_ms().await - cpu;
    scene.record(false).await;
    let mut row = frames(&Times::of(&scene.probe("frames").await));
    let tasks = Times::of(&scene.probe("tasks").await);
    let after = scene.memory(true).await;
    let lost = (PER_SECOND * seconds) as f64 - scene.count("events").await;
    row.extend([
        ("longest task ms", tasks.longest()),
        ("CPU %", cpu / took / 10.0),
        ("CPU µs/event", cpu * 1e3 / (PER_SECOND * seconds) as f64),
        ("events/s", (PER_SECOND * seconds) as f64 / took),
        ("lost", lost),
        ("heap MB before", before.heap),
        ("after", after.heap),
        ("MB/min", 60.0 * slope(&lows(&looks))),
        ("wasm MB before", before.wasm),
        ("after ", after.wasm),
    ]);
    let rows = vec![("page", row), ("floor: an empty page", frames(&floor))];
    let title = "1,000 events/s";
    Table { title, rows }
}

fn frames(times: &Times) -> Vec<(&'static str, f64)> {
    vec![
        ("frames", times.count()),
        ("p50 ms", times.at(0.5)),
        ("p95 ms", times.at(0.95)),
        ("p99 ms", times.at(0.99)),
        ("longest ms", times.longest()),
    ]
}

async fn empty(scene: &Scene) -> Times {
    scene.browser.go("about:blank").await;
    scene.record(true).await;
    pause_for(Duration::from_secs(WARM_UP)).await;
    scene.record(false).await;
    Times::of(&scene.probe("frames").await)
}

/// The last seq, and the memory in between, each with its second.
async fn watched(scene: &Scene, agent: Agent, seconds: u64) -> (u64, Vec<(f64, Memory)>) {
    let publishing =
        tokio::spawn(async move { traffic::steady(&agent, PER_SECOND, PER_CALL, seconds).await });
    let (start, mut looks) = (Instant::now(), Vec::new());
    while !publishing.is_finished() {
        pause_for(LOOK_EVERY).await;
        looks.push((start.elapsed().as_secs_f64(), scene.memory(false).await));
    }
    (publishing.await.unwrap(), looks)
}

/// The lowest of each five looks: a heap goes up and down between two collections.
fn lows(looks: &[(f64, Memory)]) -> Vec<(f64, f64)> {
    let low = |looks: &[(f64, Memory)]| {
        let lowest = looks.iter().min_by(|a, b| a.1.heap.total_cmp(&b.1.heap));
        lowest.map(|(at, memory)| (*at, memory.heap))
    };
    looks.chunks(5).filter_map(low).collect()
}
