//! Nothing is cached, and somebody opens a channel.

use serde_json::json;

use crate::figures::{Table, Times};
use crate::scene::Scene;
use crate::traffic;

const RUNS: usize = 5;

/// From the navigation to the first row, beside a page of one line from the same relay.
pub(crate) async fn measure(scene: &Scene) -> Table {
    let agent = scene.agent("load").await;
    let events: Vec<_> = (0..50).map(traffic::event).collect();
    agent.publish(&json!(events)).await;
    let url = scene.relay.url();
    Table {
        title: "cold load, ms",
        rows: vec![
            (
                "first row of a channel",
                runs(scene, &format!("{url}/c/load"), "firstRow").await,
            ),
            (
                "its first frame",
                runs(scene, &format!("{url}/c/load"), "firstFrame").await,
            ),
            (
                "floor: a page of one line",
                runs(scene, &format!("{url}/health"), "firstFrame").await,
            ),
        ],
    }
}

async fn runs(scene: &Scene, url: &str, what: &str) -> Vec<(&'static str, f64)> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        scene.browser.go("about:blank").await;
        scene
            .browser
            .devtools("Network.clearBrowserCache", json!({}))
            .await;
        scene.browser.go(url).await;
        let reached = || async {
            let at = scene.count(what).await;
            (at > 0.0).then_some(at)
        };
        times.push(pilothouse_tests::until(what, reached).await);
    }
    let times = Times::of(&json!(times));
    vec![("median", times.at(0.5)), ("longest", times.longest())]
}
