//! The page in the background, for a long time.

use std::time::{Duration, Instant};

use pilothouse_tests::{pause_for, until};

use crate::figures::{Table, slope};
use crate::scene::Scene;
use crate::traffic;

const PER_SECOND: u64 = 20;
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What the page holds while nobody looks, garbage collected before each look; and that it is there at once
/// when somebody does.
pub(crate) async fn measure(scene: &Scene, minutes: u64) -> Table {
    let agent = scene.open("hidden").await;
    scene.until_painted(1).await;
    scene.browser.hide().await;
    let hidden = || async {
        let state = scene
            .browser
            .ask("return document.visibilityState", &[])
            .await;
        (state == "hidden").then_some(())
    };
    until("the page to be hidden", hidden).await;
    scene.record(true).await;
    let (start, mut looks) = (Instant::now(), vec![(0.0, scene.memory(true).await)]);
    let seconds = 60 * minutes;
    let publishing =
        tokio::spawn(async move { traffic::steady(&agent, PER_SECOND, 1, seconds).await });
    while !publishing.is_finished() {
        pause_for(LOOK_EVERY).await;
        looks.push((
            start.elapsed().as_secs_f64() / 3600.0,
            scene.memory(true).await,
        ));
    }
    let last = publishing.await.unwrap();
    let shown = Instant::now();
    scene.browser.show().await;
    scene.until_painted(last).await;
    let shown = shown.elapsed().as_secs_f64() * 1e3;
    let heap: Vec<_> = looks
        .iter()
        .map(|(hour, memory)| (*hour, memory.heap))
        .collect();
    let (first, end) = (looks[0].1, looks[looks.len() - 1].1);
    let row = vec![
        ("events", (PER_SECOND * seconds) as f64),
        (
            "lost",
            (PER_SECOND * seconds) as f64 - scene.count("events").await,
        ),
        ("heap MB before", first.heap),
        ("after", end.heap),
        ("MB/h", slope(&heap)),
        ("wasm MB before", first.wasm),
        ("after ", end.wasm),
        ("shown again ms", shown),
    ];
    let title = "in the background, 20 events/s";
    Table {
        title,
        rows: vec![("page", row)],
    }
}
