//! A person answers every agent from one place.

use pilothouse_tests::{Agent, Engine, Key, message, until};
use serde_json::{Value, json};

use super::Scene;

const HOUR_MS: u64 = 3_600_000;

fn request(id: &str, outcome: &str) -> String {
    format!("[data-testid=request][data-request={id}][data-outcome={outcome}]")
}

fn permission(id: &str, command: &str) -> Value {
    let input = json!({"command": command, "timeout": 5});
    json!({"type": "permission_requested", "request": id, "tool": "Bash", "input": input})
}

/// The requests on the page, top to bottom.
async fn order(scene: &Scene) -> Value {
    let script = "return [...document.querySelectorAll('[role=alertdialog]')].map(one => one.dataset.request)";
    scene.browser.ask(script, &[]).await
}

async fn titled(scene: &Scene, title: &str) {
    until(format!("the title {title}"), || async {
        let now = scene.browser.ask("return document.title", &[]).await;
        (now == title).then_some(())
    })
    .await;
}

async fn focused(scene: &Scene, id: &str) {
    until(format!("the focus on {id}"), || async {
        let script = "return document.activeElement.dataset.request ?? null";
        (scene.browser.ask(script, &[]).await == id).then_some(())
    })
    .await;
}

pub(crate) async fn requests_of_all_channels_come_together_and_are_answered_in_turn(
    engine: Engine,
) {
    let scene = Scene::on(engine, message("at work")).await;
    let browser = &scene.browser;
    scene.open("/inbox").await;
    browser.until("[data-testid=inbox-empty]").await;
    browser.picture("inbox-empty").await;
    let other = Agent::new(&scene.relay.url(), "other", "codex");
    scene.agent.publish(&permission("later", "make")).await;
    let events = scene.agent.events(0, 0).await;
    let now = events[0]["at"].as_u64().unwrap();
    let mut urgent = permission("urgent", "make install");
    urgent["expires_at"] = json!(now + HOUR_MS);
    other.publish(&urgent).await;
    browser.until(&request("later", "open")).await;
    browser.until(&request("urgent", "open")).await;
    titled(&scene, "(2) Inbox · Pilothouse").await;
    assert_eq!(order(&scene).await, json!(["urgent", "later"]));
    browser.picture("inbox").await;

    browser.press("j").await;
    focused(&scene, "urgent").await;
    browser.press("j").await;
    focused(&scene, "later").await;
    browser.press("k").await;
    focused(&scene, "urgent").await;
    browser.press(Key::Tab).await;
    browser
        .tab_to("[data-request=urgent] [data-testid=allow]")
        .await;
    browser.press(Key::Enter).await;
    browser.until(&request("urgent", "allowed")).await;
    focused(&scene, "later").await;
    titled(&scene, "(1) Inbox · Pilothouse").await;

    // Somebody else is faster.
    let person = Agent::person(&scene.relay.url(), "build", "grace");
    let denied = json!({"outcome": "denied", "message": "not today"});
    let _ = person.resolve("later", &denied).await.ok();
    browser.until(&request("later", "denied")).await;
    let text = browser.text(&request("later", "denied")).await;
    assert!(text.contains("not today"), "{text}");
    titled(&scene, "Inbox · Pilothouse").await;
    browser.picture("inbox-answered").await;
    scene.end().await;
}

#[tokio::test]
async fn a_command_is_edited_before_it_is_allowed() {
    let scene = Scene::with(message("at work")).await;
    let browser = &scene.browser;
    scene.open("/inbox").await;
    scene.agent.publish(&permission("r", "rm -r /")).await;
    browser.click("[data-request=r] [data-testid=edit]").await;
    let field = "[data-testid=edit-input]";
    let clear = "const field = document.querySelector(arguments[0]);
        field.value = ''; field.dispatchEvent(new Event('input')); return null";
    browser.until(field).await;
    browser.ask(clear, &[json!(field)]).await;
    browser.click("[data-testid=allow-edited]").await;
    browser.until("[data-request=r] [role=alert]").await;
    browser.write(field, "rm -r build").await;
    browser.picture("inbox-edit").await;
    browser.click("[data-testid=allow-edited]").await;
    browser.until(&request("r", "allowed")).await;
    let outcome = scene.agent.outcome("r", 0).await;
    let changed = json!({"command": "rm -r build", "timeout": 5});
    assert_eq!(outcome["resolution"]["updated_input"], changed);
    scene.end().await;
}

#[tokio::test]
async fn the_agent_is_told_why_not_and_sees_an_edit_as_it_is() {
    let scene = Scene::with(message("at work")).await;
    let browser = &scene.browser;
    let input =
        json!({"file_path": "src/a.rs", "old_string": "let a = 1;", "new_string": "let a = 2;"});
    scene
        .agent
        .publish(&json!({"type": "permission_requested", "request": "r", "tool": "Edit", "input": input}))
        .await;
    browser.until("[data-request=r] .diff--gone").await;
    let gone = browser.text("[data-request=r] .diff--gone").await;
    let new = browser.text("[data-request=r] .diff--new").await;
    assert_eq!(
        (gone.as_str(), new.as_str()),
        ("- let a = 1;", "+ let a = 2;")
    );
    browser.click("[data-request=r] [data-testid=reason]").await;
    browser
        .write("[data-testid=reason-input]", "use a constant")
        .await;
    browser.picture("reason").await;
    browser.press(Key::Enter).await;
    browser.until(&request("r", "denied")).await;
    let outcome = scene.agent.outcome("r", 0).await;
    assert_eq!(outcome["resolution"]["message"], "use a constant");
    scene.end().await;
}

/// Notifications that are only written down.
const FAKE: &str = "
    window.told = [];
    window.Notification = class {
        static permission = 'default';
        static async requestPermission() { return this.permission = 'granted'; }
        constructor(title, options) { told.push({title, ...options, note: this}); }
    };
    Object.defineProperty(navigator, 'serviceWorker', {value: {
        register: async () => {}, getRegistration: async () => undefined,
    }});";

#[tokio::test]
async fn a_hidden_page_tells_that_an_agent_waits() {
    let scene = Scene::with(message("at work")).await;
    let Scene { agent, browser, .. } = &scene;
    browser.preload(FAKE).await;
    scene.open("/inbox").await;
    browser.until("[data-testid=inbox-empty]").await;
    assert_eq!(browser.count("[data-testid=offer-notifications]").await, 0);
    agent.publish(&permission("seen", "make")).await;
    browser.click("[data-testid=offer-notifications]").await;
    browser
        .until_gone("[data-testid=offer-notifications]")
        .await;
    browser.until("link[rel=icon][href^='data:']").await;
    browser.hide().await;
    agent.publish(&permission("unseen", &"x".repeat(500))).await;
    until("a notification", || async {
        (browser.ask("return told.length", &[]).await == 1).then_some(())
    })
    .await;
    let told = browser.ask(
        "return [told[0].tag, told[0].body.length, told[0].data.url]",
        &[],
    );
    assert_eq!(told.await, json!(["build unseen", 120, "/c/build"]));
    browser.show().await;
    browser
        .ask("told[0].note.onclick(); return null", &[])
        .await;
    browser.until("[data-testid=composer-input]").await;
    assert_eq!(
        browser.ask("return location.pathname", &[]).await,
        "/c/build"
    );
    scene.end().await;
}
