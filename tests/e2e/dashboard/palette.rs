//! A person goes everywhere and does everything by keys.

use serde_json::json;

use super::{COMPOSER, Scene};
use pilothouse_tests::{Agent, Browser, Engine, Key, message, until};

const INPUT: &str = "[data-testid=palette-input]";
const CHOSEN: &str = "[data-testid=palette-option][aria-selected=true]";
const DIALOG: &str = "dialog[open]";

/// Waits until the chosen line of the palette says `text`.
async fn chosen(browser: &Browser, text: &str) {
    until(format!("{text:?} to be chosen"), || async {
        browser.text(CHOSEN).await.contains(text).then_some(())
    })
    .await;
}

async fn path_is(browser: &Browser, path: &str) {
    until(format!("the page {path}"), || async {
        let here = browser.ask("return location.pathname", &[]).await;
        (here == path).then_some(())
    })
    .await;
}

/// Waits until what has the focus matches.
async fn focus_is(browser: &Browser, css: &str) {
    let script = "return document.activeElement.matches(arguments[0])";
    until(format!("{css} to have the focus"), || async {
        (browser.ask(script, &[json!(css)]).await == true).then_some(())
    })
    .await;
}

pub(crate) async fn the_palette_finds_a_channel_and_the_focus_goes_along(engine: Engine) {
    let scene = Scene::on(engine, message("at work")).await;
    let browser = &scene.browser;
    Agent::new(&scene.relay.url(), "harbour-notes", "codex")
        .create()
        .await;
    browser.chord(Key::Control, "k").await;
    focus_is(browser, INPUT).await;
    browser.press("hrbr").await;
    chosen(browser, "harbour-notes").await;
    browser.picture("palette").await;
    browser.press(Key::Enter).await;
    path_is(browser, "/c/harbour-notes").await;
    focus_is(browser, "main h1").await;
    browser.chord(Key::Control, "k").await;
    browser.write(INPUT, "all channels").await;
    chosen(browser, "Go to all channels").await;
    browser.press(Key::Enter).await;
    path_is(browser, "/").await;
    browser.chord(Key::Control, "k").await;
    browser.press(Key::Down).await;
    let found = browser.text(CHOSEN).await;
    assert!(found.contains("harbour-notes"), "{found}");
    scene.end().await;
}

#[tokio::test]
async fn a_closed_palette_gives_the_focus_back_and_keeps_what_was_typed() {
    let scene = Scene::with(message("at work")).await;
    let browser = &scene.browser;
    browser.click(COMPOSER).await;
    browser.chord(Key::Control, "k").await;
    browser.write(INPUT, "show hist").await;
    chosen(browser, "Show history").await;
    browser.press(Key::Escape).await;
    browser.until_gone(DIALOG).await;
    focus_is(browser, COMPOSER).await;
    browser.chord(Key::Control, "k").await;
    chosen(browser, "Show history").await;
    browser.press(Key::Enter).await;
    path_is(browser, "/c/build/history").await;
    scene.end().await;
}

#[tokio::test]
async fn keys_do_what_the_list_says_but_where_somebody_types() {
    let scene = Scene::with(message("at work")).await;
    let browser = &scene.browser;
    for (keys, path) in [
        ("2", "/c/build/files"),
        ("5", "/c/build/history"),
        ("1", "/c/build"),
        ("gf", "/"),
    ] {
        browser.press(keys).await;
        path_is(browser, path).await;
    }
    scene.open("/c/build").await;
    browser.press("?").await;
    browser.until(DIALOG).await;
    browser.picture("keys").await;
    // A dialog has its own keys.
    browser.press("2").await;
    browser.press(Key::Escape).await;
    browser.until_gone(DIALOG).await;
    browser.press("p").await;
    browser
        .until("[data-testid=pause][aria-pressed=true]")
        .await;
    browser.press("h").await;
    focus_is(browser, COMPOSER).await;
    browser.press("gf2?").await;
    let typed = "return document.querySelector(arguments[0]).value";
    assert_eq!(browser.ask(typed, &[json!(COMPOSER)]).await, "gf2?");
    path_is(browser, "/c/build").await;
    assert_eq!(browser.count(DIALOG).await, 0);
    scene.end().await;
}

#[tokio::test]
async fn keys_can_be_turned_off() {
    let scene = Scene::with(message("at work")).await;
    let browser = &scene.browser;
    browser.press("?").await;
    browser.click("[data-testid=keys-switch]").await;
    browser.press(Key::Escape).await;
    browser.until_gone(DIALOG).await;
    browser.press("2").await;
    browser.press("?").await;
    // A key that always works shows that the others had their chance.
    browser.chord(Key::Control, "k").await;
    focus_is(browser, INPUT).await;
    path_is(browser, "/c/build").await;
    assert_eq!(browser.count(".keymap[open]").await, 0);
    scene.end().await;
}

#[tokio::test]
async fn a_letter_answers_only_the_request_with_the_focus() {
    let ask = |request: &str| json!({"type": "permission_requested", "request": request, "tool": "Bash", "input": {"command": "cargo publish"}});
    let scene = Scene::with(json!([ask("one"), ask("two")])).await;
    let browser = &scene.browser;
    let open =
        |request: &str| format!("[data-testid=request][data-request={request}][data-outcome=open]");
    browser.until(&open("one")).await;
    browser.press("d").await;
    browser
        .tab_to(&format!("{} [data-testid=allow]", open("one")))
        .await;
    browser.press("d").await;
    browser
        .until("[data-request=one][data-outcome=denied]")
        .await;
    assert_eq!(browser.count(&open("two")).await, 1);
    scene.end().await;
}

#[tokio::test]
async fn a_relay_on_its_own_computer_offers_no_code_for_the_phone() {
    let scene = Scene::with(message("at work")).await;
    let browser = &scene.browser;
    browser.click("[data-testid=palette-button]").await;
    browser.write(INPUT, "phone").await;
    chosen(browser, "Open on your phone").await;
    browser.press(Key::Enter).await;
    let said = browser.text("[data-testid=phone-tunnel]");
    let port = scene.relay.url().rsplit(':').next().unwrap().to_owned();
    browser.until("[data-testid=phone-tunnel]").await;
    assert!(said.await.contains(&format!("tcp:{port}")));
    assert_eq!(browser.count("[data-testid=phone-code]").await, 0);
    scene.end().await;
}
