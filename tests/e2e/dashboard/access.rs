//! A relay with keys lets people in by links, and shows each what they may do.

use std::time::Duration;

use pilothouse_tests::{Agent, Browser, Key, Keyed, until};
use serde_json::{Value, json};

use super::{COMPOSER, LIVE, SEND, hint};

const SIGN_IN: &str = "[data-testid=sign-in]";
const AGAIN: &str = "[data-testid=sign-in-again]";
const KNOCK: &str = "[data-testid=knock-input]";
const ENTER: &str = "[data-testid=knock]";
const TROUBLE: &str = "[data-testid=knock-trouble]";
const STOP: &str = "[data-testid=stop]";
const ALLOW: &str = "[data-testid=allow]";
const REQUEST: &str = "[data-testid=request]";
const SLIDER: &str = "[data-testid=parameter] input";
const EVERYTHING: &str = "*:publish+watch+steer+approve+admin";

/// A relay with keys, at work in the channel `build`, and a window that nobody has signed in.
struct Scene {
    keyed: Keyed,
    agent: Agent,
    browser: Browser,
}

impl Scene {
    async fn start() -> Self {
        let keyed = Keyed::start(&[]).await;
        let agent = keyed.agent("build");
        agent
            .publish(&json!([
                {"type": "operation_started", "operation": "Trim the sails"},
                {"type": "parameters_declared", "parameters": [
                    {"name": "speed", "min": 0, "max": 10, "step": 1, "value": 5}]},
                {"type": "permission_requested", "request": "p", "tool": "Bash", "input": {"command": "ls"}},
            ]))
            .await;
        Self {
            keyed,
            agent,
            browser: Browser::start().await,
        }
    }

    async fn open(&self, path: &str) {
        open(&self.browser, &self.keyed, path).await;
    }

    /// What the page itself is answered when it posts this, as a status.
    async fn posts(&self, path: &str, body: &Value) -> Value {
        let script =
            "return fetch(arguments[0], {method: 'POST', body: JSON.stringify(arguments[1]),
            headers: {'content-type': 'application/json'}}).then(answer => answer.status)";
        self.browser.ask(script, &[json!(path), body.clone()]).await
    }

    async fn end(self) {
        end(self.browser).await;
    }
}

async fn open(browser: &Browser, keyed: &Keyed, path: &str) {
    browser.go(&format!("{}{path}", keyed.relay.url())).await;
}

/// A browser reports every answer that is a refusal.
async fn end(browser: Browser) {
    let mut errors = browser.errors().await;
    errors.retain(|error| !error.contains("the server responded with a status of 40"));
    browser.close().await;
    assert!(errors.is_empty(), "{errors:#?}");
}

/// What is written there.
async fn written(browser: &Browser, css: &str) -> Value {
    let script = "return document.querySelector(arguments[0]).value";
    browser.ask(script, &[json!(css)]).await
}

#[tokio::test]
async fn a_link_lets_one_browser_in_and_leaves_no_trace() {
    let scene = Scene::start().await;
    let browser = &scene.browser;
    let link = scene.keyed.link("Ada", &["*:watch"]);
    scene.open(&format!("/c/build{link}")).await;
    browser.until(LIVE).await;
    browser.until(REQUEST).await;
    let traces = "return [location.href, JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join()";
    let traces = browser.ask(traces, &[]).await;
    let traces = traces.as_str().unwrap();
    let code = link.trim_start_matches("#join=");
    assert!(traces.contains("/c/build"));
    assert!(
        !traces.contains("join") && !traces.contains(code),
        "{traces}"
    );
    let cookies = browser.ask("return document.cookie", &[]).await;
    assert_eq!(cookies, "", "scripts see no credentials");
    browser.reload().await;
    browser.until(LIVE).await;

    let other = Browser::start().await;
    open(&other, &scene.keyed, &format!("/{link}")).await;
    other.until(SIGN_IN).await;
    other.until(TROUBLE).await;
    assert!(other.text(TROUBLE).await.contains("opened before"));
    assert!(
        !other
            .ask("return location.href", &[])
            .await
            .to_string()
            .contains("join")
    );
    end(other).await;
    scene.end().await;
}

#[tokio::test]
async fn a_stranger_is_told_how_to_come_in_and_comes_in_by_a_pasted_link() {
    let scene = Scene::start().await;
    let browser = &scene.browser;
    scene.open("/c/build").await;
    browser.until(SIGN_IN).await;
    assert!(
        browser
            .text(SIGN_IN)
            .await
            .contains("pilothouse link --role approver")
    );
    assert_eq!(browser.count(REQUEST).await, 0);
    browser.picture("sign-in").await;
    browser.write(KNOCK, "no such code").await;
    browser.click(ENTER).await;
    browser.until(TROUBLE).await;
    let select = "document.querySelector(arguments[0]).select()";
    browser.ask(select, &[json!(KNOCK)]).await;
    let link = scene.keyed.link("Ada", &["build:watch"]);
    browser
        .write(KNOCK, &format!("{}/{link}", scene.keyed.relay.url()))
        .await;
    browser.click(ENTER).await;
    browser.until(LIVE).await;
    browser.until(REQUEST).await;
    scene.end().await;
}

#[tokio::test]
async fn each_sees_what_they_may_do_and_the_relay_refuses_the_rest() {
    let scene = Scene::start().await;
    let browser = &scene.browser;
    let hint = json!({"type": "hint", "hint": {"kind": "text", "text": "luff"}});
    let allow = json!({"outcome": "allowed"});
    for (name, rights, may_steer, may_answer) in [
        ("Olga", "*:watch", false, false),
        ("Stan", "build:watch+steer", true, false),
        ("Ann", "b*:watch+steer+approve", true, true),
        // The right is for another channel.
        ("Otto", "other:watch+steer+approve", false, false),
    ] {
        let mut grants = vec![rights];
        grants.extend((name == "Otto").then_some("build:watch"));
        let link = scene.keyed.link(name, &grants);
        scene.open("/inbox").await;
        scene.open(&format!("/c/build{link}")).await;
        browser.until(LIVE).await;
        browser.until(REQUEST).await;
        until(format!("what {name} may"), || async {
            let is_right = (browser.count(COMPOSER).await == u64::from(may_steer))
                && (browser.count(STOP).await == u64::from(may_steer))
                && (browser.count(&format!("{SLIDER}:enabled")).await == u64::from(may_steer))
                && (browser.count(ALLOW).await == u64::from(may_answer));
            is_right.then_some(())
        })
        .await;
        assert_eq!(browser.count(SLIDER).await, 1, "the value is shown");
        let says = browser
            .text(REQUEST)
            .await
            .contains("an approver answers this");
        assert_eq!(says, !may_answer, "{name}");
        browser.picture(name).await;
        let steered = scene.posts("/api/channels/build/events", &hint).await;
        assert_eq!(steered, if may_steer { 200 } else { 403 }, "{name} steers");
        if !may_answer {
            let answered = scene
                .posts("/api/channels/build/requests/p/resolve", &allow)
                .await;
            assert_eq!(answered, 403, "{name} answers");
        }
    }
    scene.open("/inbox").await;
    let ann = scene.keyed.link("Ann", &["*:watch+approve"]);
    scene.open(&format!("/c/build{ann}")).await;
    browser.click(ALLOW).await;
    browser
        .until("[data-testid=request][data-outcome=allowed]")
        .await;
    let said = browser
        .text("[data-testid=request][data-outcome=allowed]")
        .await;
    assert!(said.contains("Allowed by Ann"), "{said}");
    scene.end().await;
}

#[tokio::test]
async fn a_draft_outlives_access_that_is_taken_back() {
    let scene = Scene::start().await;
    let Scene {
        keyed,
        agent,
        browser,
    } = &scene;
    scene
        .open(&format!(
            "/c/build{}",
            keyed.link("Stan", &["*:watch+steer"])
        ))
        .await;
    browser.until(LIVE).await;
    browser.write(COMPOSER, "ease the sheet").await;
    keyed.take_back("Stan");
    browser.until(AGAIN).await;
    assert!(
        browser
            .text("[data-testid=link-banner]")
            .await
            .contains("taken back")
    );
    assert_eq!(written(browser, COMPOSER).await, "ease the sheet");
    browser.picture("ended").await;
    browser
        .write(KNOCK, &keyed.link("Stan again", &["*:watch+steer"]))
        .await;
    browser.click(ENTER).await;
    browser.until(LIVE).await;
    browser.until_gone(AGAIN).await;
    assert_eq!(written(browser, COMPOSER).await, "ease the sheet");
    browser.click(SEND).await;
    browser.until(&hint("accepted")).await;
    let hints = agent.hints(30).await;
    assert_eq!(hints[0]["hint"]["text"], "ease the sheet");
    browser.until(&hint("delivered")).await;
    assert!(
        browser
            .text(&hint("delivered"))
            .await
            .contains("Stan again")
    );
    scene.end().await;
}

#[tokio::test]
async fn access_that_expires_ends_as_kindly_and_a_link_in_the_same_tab_begins_anew() {
    let scene = Scene::start().await;
    let Scene { keyed, browser, .. } = &scene;
    let link = keyed.link_for(Duration::from_secs(8), "Stan", &["*:watch+steer"]);
    scene.open(&format!("/c/build{link}")).await;
    browser.until(LIVE).await;
    let mark = "window.isTheSamePage = true";
    browser.ask(mark, &[]).await;
    browser.write(COMPOSER, "ready about").await;
    browser.until(AGAIN).await;
    let link = keyed.link("Stan", &["*:watch+steer"]);
    browser
        .ask("location.hash = arguments[0]", &[json!(link)])
        .await;
    browser.until(LIVE).await;
    browser.until_gone(AGAIN).await;
    assert_eq!(written(browser, COMPOSER).await, "ready about");
    let is_same = browser
        .ask("return window.isTheSamePage && location.hash === ''", &[])
        .await;
    assert_eq!(is_same, true);
    scene.end().await;
}

#[tokio::test]
async fn an_admin_lets_a_phone_in_and_takes_it_back() {
    let scene = Scene::start().await;
    let Scene { keyed, browser, .. } = &scene;
    scene
        .open(&format!("/admin{}", keyed.link("Ada", &[EVERYTHING])))
        .await;
    browser.write("[data-testid=guest-name]", "Phone").await;
    browser.click("[data-testid=make-link]").await;
    browser.until("[data-testid=link-code]").await;
    let link = browser.text("[data-testid=link] code").await;

    let phone = Browser::start().await;
    phone.go(&link).await;
    phone.until(LIVE).await;
    browser.reload().await;
    let take_back = "[data-testid=line][data-name=Phone] [data-testid=take-back]";
    browser.click(take_back).await;
    browser.picture("admin").await;
    assert!(browser.text(take_back).await.contains("Press again"));
    // A second click so soon would be a double click, which means nothing.
    browser.press(Key::Enter).await;
    browser.until_gone(take_back).await;
    phone.until(AGAIN).await;
    end(phone).await;

    scene.open("/c/pilothouse-system-audit").await;
    browser.row("Ada made a link for Phone").await;
    browser.row("Ada took back the token of Phone").await;
    browser.until_gone(COMPOSER).await;
    scene.end().await;
}

#[tokio::test]
async fn who_signs_out_is_a_stranger() {
    let scene = Scene::start().await;
    let Scene { keyed, browser, .. } = &scene;
    scene
        .open(&format!(
            "/c/build{}",
            keyed.link("Stan", &["*:watch+steer"])
        ))
        .await;
    browser.write(COMPOSER, "not for the next one here").await;
    browser.click("[data-testid=settings]").await;
    browser.click("[data-testid=sign-out]").await;
    browser.until(SIGN_IN).await;
    assert_eq!(browser.ask("return sessionStorage.length", &[]).await, 0);
    browser.reload().await;
    browser.until(SIGN_IN).await;
    scene.end().await;
}
