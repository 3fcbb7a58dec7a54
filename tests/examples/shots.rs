//! Takes pictures of a relay's dashboard while agents work: `cargo xtask shots` plays them.
//!
//! Arguments: the relay's URL, the folder for the pictures, and the views that are wanted, all if none is.
#![expect(
    clippy::unwrap_used,
    reason = "a picture that cannot be taken ends the program, with the reason"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pilothouse_tests::{Browser, pause_for};
use serde_json::json;

/// A view to show.
struct View {
    name: &'static str,
    path: &'static str,
    /// What must be on it: the moment that is worth a picture.
    shows: &'static str,
    /// What is clicked then, where it can be seen; empty for nothing.
    click: &'static str,
    /// As high as the screen at most, in CSS pixels.
    height: u32,
}

impl View {
    const fn new(name: &'static str, path: &'static str, shows: &'static str) -> Self {
        let (click, height) = ("", u32::MAX);
        Self {
            name,
            path,
            shows,
            click,
            height,
        }
    }

    const fn in_height(self, height: u32) -> Self {
        Self { height, ..self }
    }

    const fn after_click(self, click: &'static str) -> Self {
        Self { click, ..self }
    }
}

/// Somebody is asked something.
const ASKED: &str = "[data-testid=request][data-outcome=open]";
const CARD: &str = "[data-testid=channel-card]";

/// In the order in which the demo session has something to show.
const VIEWS: [View; 12] = [
    View::new(
        "display",
        "/c/soak-checkout/display",
        "[data-testid=display]",
    ),
    View::new("fleet", "/", ".card--waiting + .card--waiting"),
    View::new(
        "inbox",
        "/inbox",
        "[data-outcome=open] + [data-outcome=open]",
    ),
    View::new("channel", "/c/fix-flaky-login", ASKED),
    View::new(
        "pipeline",
        "/c/delivery/pipeline",
        ".channel:has(.is-working) [data-stage=Done] [data-item=shop-115]",
    ),
    View::new(
        "files",
        "/c/survey-shop/files",
        "[data-testid=map-file]:nth-child(60)",
    ),
    View::new(
        "parameters",
        "/c/fix-flaky-login",
        "[data-testid=parameter]",
    )
    .after_click(".head__details"),
    View::new(
        "history",
        "/c/fix-flaky-login/history",
        ".history__tick--failure[d^=M]",
    ),
    View::new("widget", "/embed/fix-flaky-login", "pilothouse-widget").in_height(480),
    View::new("palette", "/", CARD).after_click("[data-testid=palette-button]"),
    View::new("settings", "/", CARD).after_click("[data-testid=settings]"),
    // The last: the browser remembers it.
    View::new("list", "/", ".card--waiting").after_click("[data-testid=list]"),
];

/// Width and height in CSS pixels.
const SCREENS: [(&str, u32, u32); 2] = [("desktop", 1280, 800), ("phone", 390, 844)];

/// How long the demo may take until it comes to what a view shows: twice its length.
const PATIENCE: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What comes a moment after the rest, such as a display's next frames and what the relay lists.
const FILL: Duration = Duration::from_millis(1_500);

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
        if let Err(reason) = take(&browser, &relay, view, &folder).await {
            failed.push(reason);
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

/// Each picture is of a page that was loaded for it: what is drawn on a canvas has the theme's colours at once.
async fn take(browser: &Browser, relay: &str, view: &View, folder: &Path) -> Result<(), String> {
    for (screen, width, height) in SCREENS {
        browser.resize(width, height.min(view.height)).await;
        let touch = json!({"enabled": screen == "phone"});
        browser
            .devtools("Emulation.setTouchEmulationEnabled", touch)
            .await;
        for theme in ["light", "dark"] {
            browser.prefer(theme).await;
            show(browser, relay, view).await?;
            let file = folder.join(format!("{}-{screen}-{theme}.webp", view.name));
            std::fs::write(file, picture(browser).await).unwrap();
        }
    }
    Ok(())
}

async fn show(browser: &Browser, relay: &str, view: &View) -> Result<(), String> {
    browser.go(&format!("{relay}{}", view.path)).await;
    let appears = async {
        while browser.count(view.shows).await == 0 {
            pause_for(LOOK_EVERY).await;
        }
    };
    let appeared = tokio::time::timeout(PATIENCE, appears).await;
    appeared.map_err(|_| format!("{}: waited {PATIENCE:?} for {}", view.name, view.shows))?;
    let can_be_seen = "return !!document.querySelector(arguments[0])?.checkVisibility()";
    if !view.click.is_empty() && browser.ask(can_be_seen, &[json!(view.click)]).await == true {
        browser.click(view.click).await;
    }
    pause_for(FILL).await;
    browser.settled().await;
    Ok(())
}

/// WebP: a third of the same as PNG.
async fn picture(browser: &Browser) -> Vec<u8> {
    let format = json!({"format": "webp", "quality": 80});
    let taken = browser.devtools("Page.captureScreenshot", format).await;
    let taken = taken["data"]
        .as_str()
        .map(|data| BASE64_STANDARD.decode(data));
    taken.unwrap().unwrap()
}
