//! Somebody looks at a channel in which something happens now and then.

use std::time::Duration;

use pilothouse_tests::{message, pause_for};

use crate::figures::{Table, Times};
use crate::scene::Scene;
use crate::traffic::now_us;

const EVENTS: u64 = 300;
/// Not a multiple of a frame, so that events come at every moment of one.
const EVERY: Duration = Duration::from_micros(37_300);

/// From the publish to the socket of the page, and to the frame that shows the row.
pub(crate) async fn measure(scene: &Scene) -> Table {
    let agent = scene.open("painted").await;
    scene.until_painted(1).await;
    scene.record(true).await;
    let mut last = 0;
    for _ in 0..EVENTS {
        pause_for(EVERY).await;
        last = agent.publish(&message(&format!("@{}@", now_us()))).await[0];
    }
    scene.until_painted(last).await;
    scene.record(false).await;
    let [frames, heard, painted] = [
        Times::of(&scene.probe("frames").await),
        Times::of(&scene.probe("heard").await),
        Times::of(&scene.probe("painted").await),
    ];
    let row = |times: &Times| {
        vec![
            ("events", times.count()),
            ("p50 ms", times.at(0.5)),
            ("p95 ms", times.at(0.95)),
            ("p99 ms", times.at(0.99)),
            ("p95 in frames", times.at(0.95) / frames.at(0.5).max(1.0)),
        ]
    };
    Table {
        title: "publish to painted row",
        rows: vec![
            ("painted", row(&painted)),
            ("floor: on the socket", row(&heard)),
        ],
    }
}
