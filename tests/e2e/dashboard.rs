//! A person watches and steers in a browser.

mod access;
pub(super) mod answers;
mod attached;
pub(super) mod fleet;
pub(super) mod history;
mod hostile;
pub(super) mod inbox;
pub(super) mod maps;
mod needs;
mod offline;
mod outside;
pub(super) mod palette;
mod states;
mod talk;
mod voice;

use pilothouse_tests::{Agent, Browser, Engine, Key, Process, message, until};
use reqwest::Method;
use serde_json::{Value, json};

const BADGE: &str = "[data-testid=link-badge]";
const LIVE: &str = "[data-testid=link-badge][data-state=live]";
const COMPOSER: &str = "[data-testid=composer-input]";
const SEND: &str = "[data-testid=composer-send]";

/// A relay, its channel `build`, and a page.
struct Scene {
    relay: Process,
    agent: Agent,
    browser: Browser,
}

impl Scene {
    /// A page of Chromium that is live on a channel in which `bodies` happened.
    async fn with(bodies: Value) -> Self {
        Self::on(Engine::Chromium, bodies).await
    }

    /// A page of this engine that is live on a channel in which `bodies` happened.
    async fn on(engine: Engine, bodies: Value) -> Self {
        let relay = Process::start().await;
        let agent = Agent::new(&relay.url(), "build", "claude");
        agent.publish(&bodies).await;
        let page = agent.request(Method::GET, "/").send().await.unwrap();
        let page = page.text().await.unwrap();
        let is_there = page.contains("<noscript");
        assert!(
            is_there,
            "the relay has no dashboard; `cargo xtask test` builds it first"
        );
        let browser = Browser::with(engine).await;
        let scene = Self {
            relay,
            agent,
            browser,
        };
        scene.open("/c/build").await;
        scene
    }

    async fn open(&self, path: &str) {
        let url = format!("{}{path}", self.relay.url());
        self.browser.go(&url).await;
        self.browser.until(LIVE).await;
    }

    /// The seqs of the messages in the feed, top to bottom.
    async fn messages(&self) -> Vec<u64> {
        let rows = self.browser.rows().await.into_iter();
        let messages = rows.filter(|row| row.kind == "message");
        messages.map(|row| row.seq).collect()
    }

    /// The page was fine to the end.
    async fn end(self) {
        let errors = self.browser.errors().await;
        self.browser.close().await;
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

/// The hint that stands so.
fn hint(state: &str) -> String {
    format!("[data-testid=hint][data-state={state}]")
}

pub(super) async fn a_channel_appears_and_what_is_published_becomes_a_row(engine: Engine) {
    let scene = Scene::on(engine, message("the first")).await;
    let Scene { agent, browser, .. } = &scene;
    scene.open("/").await;
    Agent::new(&scene.relay.url(), "later", "codex")
        .create()
        .await;
    browser
        .until("[data-testid=channel-card][data-channel=later]")
        .await;
    browser.picture("overview").await;
    browser
        .click("[data-testid=channel-card][data-channel=build]")
        .await;
    browser.row("the first").await;
    let seq = agent.publish(&message("the second")).await[0];
    let row = browser.row("the second").await;
    assert_eq!((row.seq, row.kind.as_str()), (seq, "message"));
    let watchers =
        || async { (browser.text("[data-testid=presence-watchers]").await == "1").then_some(()) };
    until("one watcher", watchers).await;
    scene.end().await;
}

pub(super) async fn a_hint_reaches_an_agent_that_polls_and_its_receipt_comes_back(engine: Engine) {
    let scene = Scene::on(engine, message("at work")).await;
    let Scene { agent, browser, .. } = &scene;
    let polling = tokio::spawn({
        let agent = agent.clone();
        async move { agent.hints(60).await }
    });
    browser.write(COMPOSER, "mind the gap").await;
    browser.click(SEND).await;
    let hints = polling.await.unwrap();
    assert_eq!(hints[0]["hint"]["text"], "mind the gap");
    browser.until(&hint("delivered")).await;
    let id = hints[0]["id"].as_str().unwrap();
    let _ = agent.acknowledge(id, "I do").await.ok();
    let acknowledged = format!("{}[data-hint='{id}']", hint("acknowledged"));
    browser.until(&acknowledged).await;
    assert!(browser.text(&acknowledged).await.contains("I do"));
    browser.picture("hint").await;
    scene.end().await;
}

pub(super) async fn a_killed_relay_shows_a_banner_and_a_restarted_one_loses_and_doubles_nothing(
    engine: Engine,
) {
    let mut scene = Scene::on(engine, json!([message("one"), message("two")])).await;
    scene.browser.row("two").await;
    let mark = "window.isTheSamePage = true";
    scene.browser.ask(mark, &[]).await;
    scene.relay.kill().await;
    scene
        .browser
        .until("[data-testid=link-banner][data-kind=lost]")
        .await;
    scene.browser.write(COMPOSER, "are you there?").await;
    scene.browser.click(SEND).await;
    scene.browser.until(&hint("pending")).await;
    scene.browser.picture("lost").await;

    scene.relay.restart().await;
    scene.agent.publish(&message("three")).await;
    // If the page has not come back by itself just now.
    let retry = "document.querySelector('[data-testid=retry-now]')?.click()";
    scene.browser.ask(retry, &[]).await;
    scene.browser.until(LIVE).await;
    scene.browser.row("three").await;
    scene.browser.until(&hint("accepted")).await;
    scene.agent.publish(&message("four")).await;
    scene.browser.row("four").await;

    let stored = scene.agent.events(0, 0).await;
    let stored = stored
        .iter()
        .filter(|event| event["body"]["type"] == "message");
    let stored: Vec<_> = stored.map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(scene.messages().await, stored);
    assert_eq!(scene.browser.count("[data-testid=hint]").await, 1);
    assert_eq!(scene.agent.hints(0).await.len(), 1);
    assert_eq!(
        scene.browser.ask("return window.isTheSamePage", &[]).await,
        true
    );
    // A browser reports every connection that could not be made.
    let errors = scene.browser.errors().await;
    let other = errors.iter().filter(|error| !error.contains("net::ERR_"));
    assert_eq!(other.count(), 0, "{errors:#?}");
    scene.end().await;
}

#[tokio::test]
async fn the_page_comes_back_by_itself() {
    let mut scene = Scene::with(message("before")).await;
    scene.relay.terminate();
    assert!(scene.relay.ended().await.success());
    scene.browser.until_gone(LIVE).await;
    scene.relay.restart().await;
    scene.agent.publish(&message("after")).await;
    scene.browser.row("after").await;
    assert_eq!(scene.browser.count(BADGE).await, 1);
    let _ = scene.browser.errors().await;
    scene.end().await;
}

pub(super) async fn a_deep_link_leads_to_its_event_however_long_ago(engine: Engine) {
    let many: Vec<_> = (0..300).map(|n| message(&format!("number {n}."))).collect();
    let scene = Scene::on(engine, json!(many)).await;
    let events = scene.agent.events(0, 0).await;
    let wanted = events
        .iter()
        .find(|event| event["body"]["text"] == "number 30.");
    let id = wanted.unwrap()["id"].as_str().unwrap();
    // A change of the fragment alone would load no page.
    scene.browser.go("about:blank").await;
    scene.open(&format!("/c/build#e={id}")).await;
    let is_visible =
        "const row = document.querySelector(`[data-testid=feed-row][data-seq='${arguments[0]}']`);
        const box = row?.getBoundingClientRect();
        return !!box && box.top >= 0 && box.bottom <= innerHeight";
    let seq = wanted.unwrap()["seq"].clone();
    until("the event in sight", || async {
        let answer = scene
            .browser
            .ask(is_visible, std::slice::from_ref(&seq))
            .await;
        (answer == true).then_some(())
    })
    .await;
    scene.browser.picture("deep-link").await;
    scene.end().await;
}

pub(super) async fn whoever_leaves_the_page_is_gone(engine: Engine) {
    let scene = Scene::on(engine, message("at work")).await;
    let watchers = |n: u64| {
        let agent = scene.agent.clone();
        until(format!("{n} watchers"), move || {
            let agent = agent.clone();
            async move { (agent.summary().await["watchers"] == n).then_some(()) }
        })
    };
    watchers(1).await;
    scene.browser.go("about:blank").await;
    watchers(0).await;
    scene.end().await;
}

pub(super) async fn a_reload_keeps_what_the_relay_knows(engine: Engine) {
    let scene = Scene::on(
        engine,
        json!([
            {"type": "operation_started", "operation": "Compile the parser"},
            message("still here"),
            {"type": "hint", "hint": {"kind": "text", "text": "take your time"}},
            {"type": "question_asked", "request": "q", "text": "Which one?"},
        ]),
    )
    .await;
    scene.browser.row("still here").await;
    let before = scene.browser.rows().await;
    scene.browser.reload().await;
    scene.browser.until(LIVE).await;
    let same = || async { (scene.browser.rows().await.len() == before.len()).then_some(()) };
    until("the same rows", same).await;
    scene.browser.until(&hint("accepted")).await;
    scene
        .browser
        .until("[data-testid=request][data-request=q][data-outcome=open]")
        .await;
    assert!(
        scene
            .browser
            .text("main")
            .await
            .contains("Compile the parser")
    );
    scene.end().await;
}

#[tokio::test]
async fn what_agents_say_is_text() {
    let attack =
        "<img src=x onerror='window.isHacked=1'><script>window.isHacked=1</script><b>bold</b>";
    let scene = Scene::with(json!([
        message(attack),
        {"type": "session_started", "agent": attack, "model": attack, "cwd": attack},
        {"type": "operation_started", "operation": attack, "status": attack},
        {"type": "tool_started", "call": "1", "tool": attack, "input": {"command": attack}},
        {"type": "tool_finished", "call": "1", "tool": attack, "ok": false, "error": attack},
        {"type": "file_accessed", "path": attack, "access": "read"},
        {"type": "custom", "name": attack, "data": {attack: attack}},
        {"type": attack, "field": attack},
        {"type": "hint", "hint": {"kind": "text", "text": attack}},
        {"type": "permission_requested", "request": attack, "tool": attack, "input": {"command": attack}},
    ]))
    .await;
    let Scene { agent, browser, .. } = &scene;
    agent
        .signal(
            "activity/claude",
            &json!({"set": {"operation": attack, "status": attack, "files": [attack]}}),
        )
        .await;
    browser.row("<b>bold</b>").await;
    browser.until("[data-testid=request]").await;
    for path in ["/c/build", "/"] {
        scene.open(path).await;
        agent.publish(&message("the page works")).await;
        browser.until("main").await;
        assert_eq!(browser.count("main img, main script, main b").await, 0);
        assert_eq!(
            browser.ask("return window.isHacked ?? null", &[]).await,
            Value::Null
        );
    }
    scene.end().await;
}

#[tokio::test]
async fn a_phone_shows_everything_without_scrolling_sideways() {
    let long = "word".repeat(60);
    let scene = Scene::with(json!([
        message(&long),
        {"type": "session_started", "agent": long, "cwd": long},
        {"type": "operation_started", "operation": long, "status": long},
        {"type": "tool_started", "call": "1", "tool": "Bash", "input": {"command": long}},
        {"type": "hint", "hint": {"kind": "text", "text": long}},
        {"type": "permission_requested", "request": "r", "tool": "Bash", "input": {"command": long}},
    ]))
    .await;
    let browser = &scene.browser;
    for (width, path, name, css) in [
        (360, "/c/build", "phone-channel", "[data-testid=request]"),
        (360, "/", "phone-overview", "[data-testid=channel-card]"),
        (320, "/c/build", "small-channel", "[data-testid=request]"),
        (320, "/", "small-overview", "[data-testid=channel-card]"),
    ] {
        browser.resize(width, 740).await;
        scene.open(path).await;
        browser.until(css).await;
        browser.picture(name).await;
        let widths = "return [document.documentElement.scrollWidth, innerWidth]";
        let widths = browser.ask(widths, &[]).await;
        assert_eq!(widths, json!([width, width]), "{path}");
    }
    scene.end().await;
}

#[tokio::test]
async fn a_hint_is_given_with_the_keyboard_alone() {
    let scene = Scene::with(message("at work")).await;
    let Scene { agent, browser, .. } = &scene;
    browser.tab_to(COMPOSER).await;
    browser.press("by hand").await;
    browser.press(Key::Enter).await;
    assert_eq!(agent.hints(30).await[0]["hint"]["text"], "by hand");
    browser.press("by button").await;
    browser.tab_to(SEND).await;
    browser.press(Key::Enter).await;
    assert_eq!(agent.hints(30).await[0]["hint"]["text"], "by button");
    scene.end().await;
}

#[tokio::test]
async fn a_paused_feed_counts_what_is_new() {
    let scene = Scene::with(message("before")).await;
    let Scene { agent, browser, .. } = &scene;
    browser.row("before").await;
    browser.click("[data-testid=pause]").await;
    agent
        .publish(&json!([message("one more"), message("another")]))
        .await;
    let counted = || async {
        let pill = browser.text("[data-testid=new-pill]").await;
        pill.contains("2 new").then_some(())
    };
    until("two new rows to be counted", counted).await;
    assert_eq!(scene.messages().await.len(), 1);
    browser.click("[data-testid=new-pill]").await;
    browser.row("another").await;
    scene.end().await;
}

#[tokio::test]
async fn light_and_dark_are_told_apart() {
    let scene = Scene::with(message("at work")).await;
    let mut colours = Vec::new();
    for scheme in ["light", "dark"] {
        scene.browser.prefer(scheme).await;
        let colour = "return getComputedStyle(document.body).color";
        colours.push(scene.browser.ask(colour, &[]).await);
        scene.browser.picture(scheme).await;
    }
    assert_ne!(colours[0], colours[1]);
    scene.end().await;
}
