//! Takes pictures of a relay's dashboard while agents work: `cargo xtask shots` plays them.
//!
//! Arguments: the relay's URL, the folder for the pictures, and the views that are wanted, all if none is.
#![expect(
    clippy::unwrap_used,
    reason = "a picture that cannot be taken ends the program, with the reason"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use pilothouse_tests::{Browser, pause_for};
use serde_json::json;

/// A view to show.
struct View {
    name: &'static str,
    path: &'static str,
    /// What must be on it: the moment that is worth a picture.
    shows: &'static str,
    /// What is clicked then; empty for nothing.
    click: &'static str,
}

impl View {
    const fn new(name: &'static str, path: &'static str, shows: &'static str) -> Self {
        let click = "";
        Self {
            name,
            path,
            shows,
            click,
        }
    }

    const fn after_click(self, click: &'static str) -> Self {
        Self { click, ..self }
    }
}

/// In the order in which the demo session has something to show.
const VIEWS: [View; 8] = [
    View::new(
        "display",
        "/c/soak-checkout/display",
        "[data-testid=display]",
    ),
    View::new(
        "fleet",
        "/",
        "[data-testid=channel-card][data-channel=release-notes].card--waiting",
    ),
    View::new(
        "inbox",
        "/inbox",
        "[data-testid=request][data-outcome=open]",
    ),
    View::new(
        "channel",
        "/c/fix-flaky-login",
        "[data-testid=request][data-outcome=open]",
    ),
    View::new(
        "pipeline",
        "/c/delivery/pipeline",
        "[data-testid=work-item]",
    ),
    View::new("files", "/c/survey-shop/files", "[data-testid=files-map]"),
    View::new(
        "history",
        "/c/fix-flaky-login/history",
        "[data-testid=history-slider]",
    ),
    View::new("settings", "/", "[data-testid=settings]").after_click("[data-testid=settings]"),
];

/// Width and height in CSS pixels, and the device's pixels to each.
const SCREENS: [(&str, u32, u32, u32); 2] = [("desktop", 1280, 800, 1), ("phone", 390, 844, 2)];

/// How long the demo may take until it comes to what a view shows: twice its length.
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let (Some(relay), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("give the relay's URL and a folder, or run `cargo xtask shots`".to_owned());
    };
    let views = wanted(&arguments.collect::<Vec<_>>())?;
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let browser = Browser::start().await;
    let hidden = json!({"hidden": true});
    browser
        .devtools("Emulation.setScrollbarsHidden", hidden)
        .await;
    let mut failed = Vec::new();
    for view in views {
        match show(&browser, &relay, view).await {
            Ok(()) => take(&browser, view, &folder).await,
            Err(reason) => failed.push(reason),
        }
    }
    browser.close().await;
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("; ")),
    }
}

fn wanted(names: &[String]) -> Result<Vec<&'static View>, String> {
    let known = VIEWS.map(|view| view.name);
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!(
            "there is no view {name}: give some of {}",
            known.join(", ")
        )),
        None => Ok(VIEWS
            .iter()
            .filter(|view| names.is_empty() || names.iter().any(|name| name == view.name))
            .collect()),
    }
}

async fn show(browser: &Browser, relay: &str, view: &View) -> Result<(), String> {
    browser.screen(1280, 800, 1).await;
    browser.go(&format!("{relay}{}", view.path)).await;
    let appears = async {
        while browser.count(view.shows).await == 0 {
            pause_for(LOOK_EVERY).await;
        }
    };
    let appeared = tokio::time::timeout(PATIENCE, appears).await;
    appeared.map_err(|_| format!("{}: waited {PATIENCE:?} for {}", view.name, view.shows))?;
    if !view.click.is_empty() {
        browser.click(view.click).await;
    }
    Ok(())
}

async fn take(browser: &Browser, view: &View, folder: &Path) {
    for (screen, width, height, scale) in SCREENS {
        browser.screen(width, height, scale).await;
        for theme in ["light", "dark"] {
            browser.prefer(theme).await;
            browser.settled().await;
            let file = folder.join(format!("{}-{theme}-{screen}.png", view.name));
            std::fs::write(file, browser.png().await).unwrap();
        }
    }
}
