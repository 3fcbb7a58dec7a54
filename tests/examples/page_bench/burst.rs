//! Ten thousand events at once.

use std::time::Instant;

use serde_json::Value;

use crate::figures::{Table, Times};
use crate::scene::Scene;
use crate::traffic;

const EVENTS: u64 = 10_000;
/// As many as one call may have.
const PER_CALL: u64 = 1000;

/// The longest task, and whether the page has everything afterwards.
pub(crate) async fn measure(scene: &Scene) -> Table {
    let agent = scene.open("burst").await;
    scene.until_painted(1).await;
    let calls: Vec<Value> = (0..EVENTS / PER_CALL)
        .map(|call| {
            (0..PER_CALL)
                .map(|n| traffic::event(call * PER_CALL + n))
                .collect()
        })
        .collect();
    scene.record(true).await;
    let (start, cpu) = (Instant::now(), scene.cpu_ms().await);
    let mut last = 0;
    for events in &calls {
        last = agent.publish(events).await.last().copied().unwrap();
    }
    let published = start.elapsed();
    scene.until_painted(last).await;
    let painted = start.elapsed();
    let cpu = scene.cpu_ms().await - cpu;
    scene.record(false).await;
    // Asked anew, so that what the observers have not told yet is in.
    scene.browser.settled().await;
    let [tasks, frames] = [
        Times::of(&scene.probe("tasks").await),
        Times::of(&scene.probe("longFrames").await),
    ];
    let row = vec![
        ("longest task ms", tasks.longest()),
        ("tasks > 100 ms", tasks.above(100.0)),
        ("longest frame ms", frames.longest()),
        ("published ms", published.as_secs_f64() * 1e3),
        ("painted ms", painted.as_secs_f64() * 1e3),
        ("CPU µs/event", cpu * 1e3 / EVENTS as f64),
        ("lost", EVENTS as f64 - scene.count("events").await),
        ("holes", scene.count("holes").await),
        ("connections", scene.count("sockets").await),
    ];
    let table = "a burst of 10,000 events";
    Table {
        title: table,
        rows: vec![("page", row)],
    }
}
