//! What the dashboard costs a browser: `cargo xtask bench page` starts this and lays out what it prints.
//!
//! Arguments: seconds of the steady traffic, minutes of the traffic in the background. Prints what it does as
//! lines, and all figures as a last one, in JSON.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what cannot be measured ends the program, with the reason"
)]

mod burst;
mod figures;
mod hidden;
mod load;
mod painted;
mod scene;
mod steady;
mod traffic;

use std::io::Write;

use figures::Table;
use scene::Scene;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|word| {
        word.parse::<u64>()
            .expect("seconds and minutes are numbers")
    });
    let seconds = numbers.next().unwrap_or(60);
    let minutes = numbers.next().unwrap_or(1);
    let scene = Scene::start().await;
    let mut tables = Vec::<Table>::new();
    say("cold load");
    tables.push(load::measure(&scene).await);
    say("from publish to painted row");
    tables.push(painted::measure(&scene).await);
    say("a burst of 10,000 events");
    tables.push(burst::measure(&scene).await);
    say(&format!("1,000 events a second for {seconds} s"));
    tables.push(steady::measure(&scene, seconds).await);
    say(&format!(
        "20 events a second for {minutes} min, the page hidden"
    ));
    tables.push(hidden::measure(&scene, minutes).await);
    scene.end().await;
    say(&serde_json::to_string(&figures::json(&tables)).unwrap());
}

fn say(line: &str) {
    let mut output = std::io::stdout();
    writeln!(output, "{line}").unwrap();
}
