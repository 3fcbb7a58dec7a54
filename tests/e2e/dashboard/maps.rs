//! The map of files, the board of stages, terminals and parameters on the page.

use pilothouse_tests::{Browser, Engine, Key, until};
use serde_json::{Value, json};

use super::{Scene, hint};

const TEXT: &str = "[data-testid=display-text]";
const PICTURE: &str = "[data-testid=display]";

fn accessed(path: &str, access: &str) -> Value {
    json!({"type": "file_accessed", "path": path, "access": access})
}

/// Waits until an element says something.
async fn says(browser: &Browser, css: &str, text: &str) {
    let said = || async { browser.text(css).await.contains(text).then_some(()) };
    until(format!("{css} to say {text:?}"), said).await;
}

/// The text beside the picture of a terminal, which is not seen.
async fn shows(browser: &Browser, text: &str) {
    let script = "return document.querySelector(arguments[0])?.textContent ?? ''";
    let shown = || async {
        let shown = browser.ask(script, &[json!(TEXT)]).await;
        shown.as_str().unwrap().contains(text).then_some(())
    };
    until(format!("{text:?} on the display"), shown).await;
}

/// How many pixels of a canvas have a colour in which one of red, green and blue (0 to 2) stands out.
async fn pixels(browser: &Browser, css: &str, channel: usize) -> u64 {
    let script = "const canvas = document.querySelector(arguments[0]);
        if (!canvas || !canvas.width || !canvas.height) return 0;
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let n = 0;
        for (let at = 0; at < data.length; at += 4) {
            const [own, ...rest] = [0, 1, 2].map(i => data[at + (i + arguments[1]) % 3]);
            if (data[at + 3] > 60 && rest.every(other => own > other + 40)) n++;
        }
        return n;";
    let n_pixels = browser.ask(script, &[json!(css), json!(channel)]).await;
    n_pixels.as_u64().unwrap()
}

/// The channel is there, and nothing in it yet.
fn started() -> serde_json::Value {
    json!({"type": "session_started", "agent": "claude"})
}

pub(crate) async fn a_terminal_is_drawn_in_its_colours_and_said_as_text(engine: Engine) {
    let scene = Scene::on(engine, started()).await;
    let Scene { agent, browser, .. } = &scene;
    scene.open("/c/build/display").await;
    browser.until(".how-to").await;
    let rows = json!({"0": "\u{1b}[48;2;255;0;0m      \u{1b}[m plain", "1": "漢字 \u{1b}]0;title\u{7}end"});
    let whole = json!({"set": {"width": 40, "height": 5, "rows": rows}});
    agent.signal("display/sh", &whole).await;
    shows(browser, "漢字 end").await;
    assert!(
        pixels(browser, PICTURE, 0).await > 100,
        "the red block is drawn"
    );
    says(browser, "[data-testid=display-facts]", "40×5").await;

    let part = json!({"rows": {"width": 40, "height": 5, "rows": {"0": "\u{1b}[48;5;21m      \u{1b}[m blue"}}});
    agent.signal("display/sh", &part).await;
    shows(browser, "blue").await;
    shows(browser, "漢字 end").await;
    assert_eq!(
        pixels(browser, PICTURE, 0).await,
        0,
        "the red block is drawn over"
    );
    assert!(pixels(browser, PICTURE, 2).await > 100);
    browser.picture("display").await;

    agent.signal("display/sh", &json!({"clear": true})).await;
    browser.until("[data-testid=display-cleared]").await;
    agent.signal("display/sh", &whole).await;
    browser.until_gone("[data-testid=display-cleared]").await;
    shows(browser, "plain").await;
    scene.end().await;
}

#[tokio::test]
async fn what_is_typed_on_the_page_reaches_the_program_that_takes_it() {
    let scene = Scene::with(started()).await;
    let Scene { agent, browser, .. } = &scene;
    scene.open("/c/build/display").await;
    let mut display = json!({"width": 20, "height": 4, "rows": {"0": "$"}});
    agent.signal("display/sh", &json!({"set": display})).await;
    says(browser, ".display__watched", "Watched only").await;
    display["input"] = json!("claude");
    agent.signal("display/sh", &json!({"set": display})).await;
    browser.click("[data-testid=display-type]").await;
    browser.press("ls é").await;
    browser.press(Key::Enter).await;
    browser.press(Key::Up).await;
    let typed = || async {
        let events = agent.events(0, 0).await;
        let inputs = events
            .iter()
            .filter(|event| event["body"]["name"] == "display_input");
        let keys: Vec<_> = inputs
            .filter_map(|event| event["body"]["data"]["keys"].as_str())
            .collect();
        (keys.concat() == "ls é\r\u{1b}[A").then(|| events.last().cloned())
    };
    let last = until("the keys", typed).await.unwrap();
    assert_eq!(last["visibility"], json!({"only": ["claude"]}));
    assert_eq!(last["body"]["data"]["display"], "sh");

    browser.press(Key::Escape).await;
    browser.press(Key::Escape).await;
    says(browser, "[data-testid=display-type]", "Type here").await;
    browser.click("[data-testid=display-fit]").await;
    let resized = || async {
        let events = agent.events(0, 0).await;
        let mut sizes = events.iter().map(|event| &event["body"]["data"]["size"]);
        sizes.find_map(|size| size["width"].as_u64())
    };
    assert!(until("the size", resized).await > 40);
    scene.end().await;
}

#[tokio::test]
async fn a_terminal_is_right_again_after_the_relay_was_gone() {
    let mut scene = Scene::with(started()).await;
    let first = json!({"set": {"width": 20, "height": 4, "rows": {"0": "before"}}});
    scene.agent.signal("display/sh", &first).await;
    scene.open("/c/build/display").await;
    shows(&scene.browser, "before").await;
    scene.relay.kill().await;
    let lost = "[data-testid=link-banner][data-kind=lost]";
    scene.browser.until(lost).await;
    scene.relay.restart().await;
    // Of the version that the page knows: it was taken for the picture that was drawn already.
    let second = json!({"set": {"width": 20, "height": 4, "rows": {"0": "after"}}});
    scene.agent.signal("display/sh", &second).await;
    // If the page has not come back by itself just now.
    let retry = "document.querySelector('[data-testid=retry-now]')?.click()";
    scene.browser.ask(retry, &[]).await;
    shows(&scene.browser, "after").await;
    let third = json!({"rows": {"width": 20, "height": 4, "rows": {"1": "the storm"}}});
    scene.agent.signal("display/sh", &third).await;
    shows(&scene.browser, "after\nthe storm").await;
    // A browser reports every connection that could not be made.
    let errors = scene.browser.errors().await;
    let other = errors.iter().filter(|error| !error.contains("net::ERR_"));
    assert_eq!(other.count(), 0, "{errors:#?}");
    scene.end().await;
}

pub(crate) async fn a_person_points_at_a_file_on_the_map_and_in_the_list(engine: Engine) {
    let scene = Scene::on(engine, started()).await;
    let Scene { agent, browser, .. } = &scene;
    scene.open("/c/build/files").await;
    browser.until(".how-to").await;
    agent.publish(&accessed("src/main.rs", "write")).await;
    browser
        .until("[data-testid=map-file][data-path='src/main.rs']")
        .await;
    let drawn =
        || async { (pixels(browser, "[data-testid=files-map]", 0).await > 100).then_some(()) };
    until("the warm tile", drawn).await;
    browser.picture("files").await;
    browser.click("[data-testid=files-map]").await;
    browser.click("[data-testid=point-here]").await;
    // It waits in the composer, which has the focus, for words to go with it.
    says(browser, "[data-testid=chip]", "src/main.rs").await;
    browser.press(Key::Enter).await;
    let hints = agent.hints(30).await;
    assert_eq!(
        hints[0]["hint"],
        json!({"kind": "click", "target": "src/main.rs"})
    );

    let many: Vec<_> = (0..40)
        .map(|n| accessed(&format!("docs/page-{n}.md"), "read"))
        .collect();
    agent.publish(&json!(many)).await;
    browser.write("[data-testid=files-filter]", "page-17").await;
    browser
        .until("[data-testid=map-file][data-path='docs/page-17.md']")
        .await;
    browser
        .until_gone("[data-testid=map-file][data-path='docs/page-18.md']")
        .await;
    browser.click("[data-testid=list-point-here]").await;
    browser.press(Key::Enter).await;
    assert_eq!(
        agent.hints(30).await[0]["hint"]["target"],
        "docs/page-17.md"
    );
    browser.until(&hint("delivered")).await;
    scene.end().await;
}

pub(crate) async fn an_item_moves_over_the_board(engine: Engine) {
    let board = json!({"type": "pipeline", "stages": [
        {"name": "Doing", "items": [{"item": "i-1", "title": "Mend the sail"}]}, {"name": "Done", "items": []}]});
    let scene = Scene::on(engine, board).await;
    let Scene { agent, browser, .. } = &scene;
    scene.open("/c/build/pipeline").await;
    browser.until("[data-stage=Doing] [data-item=i-1]").await;
    says(browser, "[data-stage=Done]", "Nothing here").await;
    agent
        .publish(&json!([
            {"type": "work_item_changed", "item": "i-1", "stage": "Done", "action": "moved", "commit": "Sew it"},
            {"type": "reconciliation_progress", "item": "i-1", "status": "gates_running", "message": "tests"},
            {"type": "config_changed", "what": "gates.toml"}]))
        .await;
    browser.until("[data-stage=Done] [data-item=i-1]").await;
    says(browser, "[data-item=i-1]", "Sew it").await;
    says(browser, "[data-testid=reconciliation]", "gates running").await;
    says(browser, "[data-testid=config-changed]", "gates.toml").await;
    browser.picture("pipeline").await;
    scene.end().await;
}

pub(crate) async fn a_switch_and_a_number_are_moved_and_their_receipt_is_beside_them(
    engine: Engine,
) {
    let declared = json!({"type": "parameters_declared", "parameters": [
        {"name": "sails", "min": 0, "max": 1, "step": 1, "value": 0},
        {"name": "seed", "min": 0, "max": 1_000_000_000, "step": 1, "value": 7}]});
    let scene = Scene::on(engine, declared).await;
    let Scene { agent, browser, .. } = &scene;
    browser
        .click("[data-parameter=sails] input[role=switch]")
        .await;
    says(browser, "[data-parameter=sails]", "on").await;
    let hints = agent.hints(30).await;
    let given = &hints[0]["hint"];
    assert_eq!(given["name"], "sails");
    assert_eq!(given["value"].as_f64(), Some(1.0));
    browser
        .until("[data-parameter=sails] [data-testid=parameter-receipt][data-state=delivered]")
        .await;

    browser
        .write("[data-parameter=seed] input[type=number]", "3")
        .await;
    browser.press(Key::Enter).await;
    let hints = agent.hints(30).await;
    assert_eq!(hints[0]["hint"]["name"], "seed");
    // The agent knows better, and everybody sees it.
    agent
        .signal("parameter/seed", &json!({"set": {"value": 12}}))
        .await;
    says(browser, "[data-parameter=seed] output", "12").await;
    scene.end().await;
}
