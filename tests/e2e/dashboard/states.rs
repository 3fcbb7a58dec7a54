//! What is seldom: something unknown, something lost, an end, another version, a refusal.

use pilothouse_tests::{Agent, message, until};
use reqwest::Method;
use serde_json::json;

use super::{COMPOSER, LIVE, Scene};

/// Puts the page's sockets where a test reaches them: `say` is a frame of the relay, `shut` its close, and a
/// welcome names `window.version` as soon as that is set.
const SOCKETS: &str = "
    window.sockets = [];
    const told = new WeakSet();
    const tell = (socket, event) => { told.add(event); socket.dispatchEvent(event); };
    window.say = (frame) => tell(sockets.at(-1), new MessageEvent('message', {data: JSON.stringify(frame)}));
    window.shut = (code, reason) => tell(sockets.at(-1), new CloseEvent('close', {code, reason}));
    window.WebSocket = class extends WebSocket {
        constructor(...rest) {
            super(...rest);
            sockets.push(this);
            this.addEventListener('message', (event) => {
                if (!window.version || told.has(event)) return;
                const frame = JSON.parse(event.data);
                if (frame.type !== 'welcome') return;
                event.stopImmediatePropagation();
                frame.relay.version = window.version;
                tell(this, new MessageEvent('message', {data: JSON.stringify(frame)}));
            });
        }
    };";

impl Scene {
    /// A page whose sockets a test can reach.
    async fn reached() -> Self {
        let scene = Self::with(message("at work")).await;
        scene.browser.preload(SOCKETS).await;
        scene.browser.reload().await;
        scene.browser.until(LIVE).await;
        scene.browser.row("at work").await;
        scene
    }

    /// Waits until a banner of this kind says so.
    async fn banner(&self, kind: &str, text: &str) {
        let css = format!("[data-testid=link-banner][data-kind={kind}]");
        until(format!("{css} to say {text:?}"), || async {
            self.browser.text(&css).await.contains(text).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn an_event_of_an_unknown_kind_is_a_row_and_shows_all_it_has() {
    let scene = Scene::with(message("at work")).await;
    let unknown = json!({"type": "tide_turned", "height_m": 3.5, "harbour": "Kiel"});
    let seq = scene.agent.publish(&unknown).await[0];
    let row = scene.browser.row("tide turned").await;
    assert_eq!((row.seq, row.kind.as_str()), (seq, "tide_turned"));
    assert!(row.text.contains("Kiel"), "{}", row.text);
    scene
        .browser
        .click("[data-kind=tide_turned] .row__head")
        .await;
    let whole = || async {
        let text = scene.browser.text("[data-kind=tide_turned]").await;
        (text.contains("\"height_m\": 3.5") && text.contains(&format!("event {seq}"))).then_some(())
    };
    until("all of the event", whole).await;
    scene.browser.picture("unknown-kind").await;
    scene.end().await;
}

#[tokio::test]
async fn what_the_relay_no_longer_holds_is_a_row_that_says_so() {
    let scene = Scene::reached().await;
    let head = scene.agent.events(0, 0).await.last().unwrap().clone();
    let seq = head["seq"].as_u64().unwrap();
    let gap = json!({"type": "gap", "channel": "build", "from": seq + 1, "to": seq + 9, "reason": "pruned"});
    let mut event = head.clone();
    event["type"] = json!("event");
    event["channel"] = json!("build");
    event["id"] = json!("after-the-gap");
    event["seq"] = json!(seq + 10);
    event["prev"] = json!(seq + 9);
    event["body"] = message("after the gap");
    let script = "say(arguments[0]); say(arguments[1])";
    scene.browser.ask(script, &[gap, event]).await;
    scene.browser.row("after the gap").await;
    let row = scene.browser.row("Missing").await;
    let range = format!(
        "event {} to {}: the relay no longer holds it",
        seq + 1,
        seq + 9
    );
    assert_eq!(row.kind, "gap");
    assert!(row.text.contains(&range), "{}", row.text);
    scene.browser.picture("gap").await;
    scene.end().await;
}

#[tokio::test]
async fn a_removed_channel_says_so_and_comes_back_when_it_is_made_again() {
    let scene = Scene::with(message("the first life")).await;
    let browser = &scene.browser;
    browser.row("the first life").await;
    browser.write(COMPOSER, "not yet sent").await;
    let removed = scene.agent.call(Method::DELETE, "").send().await.unwrap();
    assert!(removed.status().is_success(), "{}", removed.status());
    let said = || async {
        let text = browser.text("main .banner--stopped").await;
        text.contains("no longer serves this channel").then_some(())
    };
    until("the page to say so", said).await;
    browser.row("the first life").await;
    browser.picture("removed").await;
    scene.agent.create().await;
    scene.agent.publish(&message("the second life")).await;
    browser.row("the second life").await;
    browser.until_gone("main .banner--stopped").await;
    let rows = browser.rows().await;
    let is_old = rows.iter().any(|row| row.text.contains("the first life"));
    assert!(!is_old, "{rows:?}");
    let draft = browser.ask("return document.querySelector('#composer').value", &[]);
    assert_eq!(draft.await, "not yet sent");
    scene.end().await;
}

#[tokio::test]
async fn a_removed_channel_leaves_the_fleet() {
    let scene = Scene::with(message("at work")).await;
    let other = Agent::new(&scene.relay.url(), "other", "codex");
    other.publish(&message("also at work")).await;
    scene.open("/").await;
    scene.browser.until("[data-channel=other]").await;
    let removed = other.call(Method::DELETE, "").send().await.unwrap();
    assert!(removed.status().is_success(), "{}", removed.status());
    scene.browser.until_gone("[data-channel=other]").await;
    scene.browser.until("[data-channel=build]").await;
    scene.end().await;
}

#[tokio::test]
async fn a_page_of_the_version_before_offers_to_load_itself_and_keeps_the_draft() {
    let mut scene = Scene::reached().await;
    scene.browser.write(COMPOSER, "not yet sent").await;
    scene.browser.ask("window.version = '99.1.0'", &[]).await;
    scene.relay.terminate();
    assert!(scene.relay.ended().await.success());
    scene.relay.restart().await;
    scene.banner("upgraded", "99.1.0").await;
    scene.browser.picture("upgraded").await;
    // The old page works on until somebody loads the new one.
    scene.agent.publish(&message("after the upgrade")).await;
    scene.browser.row("after the upgrade").await;
    scene
        .browser
        .click("[data-kind=upgraded] [data-testid=retry-now]")
        .await;
    let loaded = || async {
        let version = scene
            .browser
            .ask("return window.version ?? null", &[])
            .await;
        version.is_null().then_some(())
    };
    until("the page to be loaded", loaded).await;
    scene.browser.until(LIVE).await;
    let draft = "return document.querySelector('#composer')?.value ?? null";
    let kept = || async { (scene.browser.ask(draft, &[]).await == "not yet sent").then_some(()) };
    until("the draft", kept).await;
    assert_eq!(scene.browser.count("[data-testid=link-banner]").await, 0);
    let errors = scene.browser.errors().await;
    let other = errors.iter().filter(|error| !error.contains("net::ERR_"));
    assert_eq!(other.count(), 0, "{errors:#?}");
    scene.end().await;
}

/// The relay's close is played: none of its own can be brought about from outside.
#[tokio::test]
async fn a_refused_page_says_why_and_connects_again_when_told() {
    let scene = Scene::reached().await;
    for (code, reason, said) in [
        (
            4401,
            "the token has expired",
            "access has expired or was taken back",
        ),
        (
            4403,
            "no right to watch",
            "closed the connection: no right to watch",
        ),
        (4400, "", "code 4400"),
    ] {
        let shut = "shut(arguments[0], arguments[1])";
        scene.browser.ask(shut, &[json!(code), json!(reason)]).await;
        scene.banner("stopped", said).await;
        scene
            .browser
            .until("[data-testid=link-badge][data-state=stopped]")
            .await;
        scene.browser.picture(&format!("stopped-{code}")).await;
        scene
            .browser
            .click("[data-kind=stopped] [data-testid=retry-now]")
            .await;
        scene.browser.until(LIVE).await;
        scene.browser.until_gone("[data-kind=stopped]").await;
    }
    scene.agent.publish(&message("here again")).await;
    scene.browser.row("here again").await;
    scene.end().await;
}
