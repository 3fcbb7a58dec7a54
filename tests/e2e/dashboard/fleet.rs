//! A person keeps an eye on many agents at once.

use pilothouse_tests::{Agent, Browser, Engine, Process, message, until};
use serde_json::json;

use super::{LIVE, Scene};

fn card(channel: &str, standing: &str) -> String {
    format!("[data-testid=channel-card][data-channel={channel}][data-standing={standing}]")
}

async fn scene(engine: Engine) -> (Scene, Agent) {
    let scene = Scene::on(
        engine,
        json!({"type": "operation_started", "operation": "Testing"}),
    )
    .await;
    let other = Agent::new(&scene.relay.url(), "other", "codex");
    other
        .publish(&json!([
            {"type": "session_started", "agent": "codex", "cwd": "/src/website"},
            message("done"),
        ]))
        .await;
    scene.open("/").await;
    (scene, other)
}

pub(crate) async fn channels_stand_where_they_belong_and_move_by_themselves(engine: Engine) {
    let (scene, other) = scene(engine).await;
    let Scene { agent, browser, .. } = &scene;
    browser.until(&card("build", "working")).await;
    browser.until(&card("other", "idle")).await;
    agent
        .signal(
            "activity/claude",
            &json!({"set": {"operation": "Linking", "progress": 0.5}}),
        )
        .await;
    let linking = || async {
        let text = browser.text(&card("build", "working")).await;
        (text.contains("Linking") && text.contains("50")).then_some(())
    };
    until("the activity on the card", linking).await;
    let question = json!({"type": "question_asked", "request": "q", "text": "Which one?"});
    agent.publish(&question).await;
    let asks = || async {
        let text = browser.text(&card("build", "waiting")).await;
        (text.contains(" asks") && text.contains("Which one?")).then_some(())
    };
    until("what it waits for on the card", asks).await;
    agent
        .publish(&json!({"type": "question_answered", "request": "q", "outcome": "withdrawn"}))
        .await;
    browser.until(&card("build", "working")).await;
    other
        .publish(&json!({"type": "session_ended", "reason": "exit"}))
        .await;
    browser.until(&card("other", "gone")).await;
    browser.picture("fleet").await;
    scene.end().await;
}

#[tokio::test]
async fn one_finds_a_channel_and_keeps_the_list() {
    let (scene, _) = scene(Engine::Chromium).await;
    let browser = &scene.browser;
    browser.until(&card("other", "idle")).await;
    browser
        .write("[data-testid=fleet-search]", "website codex")
        .await;
    browser.until_gone(&card("build", "working")).await;
    browser.until(&card("other", "idle")).await;
    browser.click("[data-testid=only-working]").await;
    browser.until_gone(&card("other", "idle")).await;
    browser.click("[data-testid=list]").await;
    browser.reload().await;
    browser.until(LIVE).await;
    browser.until(".is-list [data-channel=build]").await;
    browser.until(".is-list [data-channel=other]").await;
    browser.picture("fleet-list").await;
    scene.end().await;
}

#[tokio::test]
async fn a_channel_opened_from_the_fleet_has_its_history_and_is_followed_on() {
    let (scene, _) = scene(Engine::Chromium).await;
    let Scene { agent, browser, .. } = &scene;
    let many: Vec<_> = (0..60).map(|n| message(&format!("number {n}."))).collect();
    agent.publish(&json!(many)).await;
    // The list is there, and what it named is followed.
    browser.until(&card("build", "working")).await;
    for _ in 0..2 {
        browser.click("[data-channel=build]").await;
        browser.row("number 59.").await;
        let blank = browser.count("[data-testid=feed-row]").await;
        assert!(blank > 3, "{blank} rows");
        browser.click(".bar__page[href='/']").await;
        browser.until(&card("build", "working")).await;
    }
    let question = json!({"type": "question_asked", "request": "q", "text": "Which one?"});
    agent.publish(&question).await;
    browser.until(&card("build", "waiting")).await;
    let summary = agent.summary().await;
    assert_eq!(summary["watchers"], 1);
    scene.end().await;
}

#[tokio::test]
async fn a_relay_without_channels_says_how_to_attach_an_agent() {
    let relay = Process::start().await;
    let browser = Browser::at(&relay.url()).await;
    browser.until("[data-testid=first-run]").await;
    let text = browser.text("[data-testid=first-run]").await;
    for way in [
        "pilothouse install claude-code",
        "pilothouse run",
        "curl http",
    ] {
        assert!(text.contains(way), "{text}");
    }
    browser.picture("first-run").await;
    Agent::new(&relay.url(), "first", "claude")
        .publish(&message("here I am"))
        .await;
    browser.until("[data-channel=first]").await;
    browser.until_gone("[data-testid=first-run]").await;
    browser.close().await;
}

#[tokio::test]
async fn what_a_person_chooses_is_kept() {
    let (scene, _) = scene(Engine::Chromium).await;
    let browser = &scene.browser;
    browser.click("[data-testid=settings]").await;
    browser.click("[data-testid=theme-dark]").await;
    browser.until("html[data-theme=dark]").await;
    let colour = "return getComputedStyle(document.body).color";
    let dark = browser.ask(colour, &[]).await;
    browser.click("[data-testid=density-compact]").await;
    let forget = "const field = document.querySelector('[data-testid=your-name]');
        field.select(); return null";
    browser.ask(forget, &[]).await;
    browser.write("[data-testid=your-name]", "Ada").await;
    browser.click("[data-testid=save-name]").await;
    browser.picture("settings").await;
    browser.until(LIVE).await;
    let named = || async {
        browser
            .text(".bar__you")
            .await
            .contains("Ada")
            .then_some(())
    };
    until("the new name in the bar", named).await;
    browser.reload().await;
    browser.until(LIVE).await;
    browser
        .until("html[data-theme=dark][data-density=compact]")
        .await;
    assert_eq!(browser.ask(colour, &[]).await, dark);
    assert!(browser.text(".bar__you").await.contains("Ada"));
    // Whatever is in there, the page comes up.
    let spoil = "localStorage['pilothouse.settings'] = '{\"theme\":7'; return null";
    browser.ask(spoil, &[]).await;
    browser.reload().await;
    browser.until(LIVE).await;
    browser.until("html[data-theme=system]").await;
    scene.end().await;
}
