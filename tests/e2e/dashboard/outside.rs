//! What leaves the page: the clipboard and the browser's own notifications, with permissions given for good.

use pilothouse_tests::{Browser, Process, message, until};
use serde_json::json;

use super::{LIVE, Scene};

/// Waits until the clipboard holds such a text; it.
async fn pasted(browser: &Browser, wanted: &str) -> String {
    until(format!("{wanted:?} on the clipboard"), || async {
        let text = browser
            .ask("return navigator.clipboard.readText()", &[])
            .await;
        let text = text.as_str().unwrap_or_default();
        text.contains(wanted).then(|| text.to_owned())
    })
    .await
}

const CLIPBOARD: [&str; 2] = ["clipboardReadWrite", "clipboardSanitizedWrite"];

#[tokio::test]
async fn the_link_to_an_event_is_copied_and_leads_there() {
    let scene = Scene::with(json!([message("one"), message("two")])).await;
    let browser = &scene.browser;
    browser.grant(&CLIPBOARD).await;
    browser.stay_focused().await;
    let seq = browser.row("one").await.seq;
    let row = format!("[data-testid=feed-row][data-seq='{seq}']");
    browser.click(&format!("{row} .row__head")).await;
    browser.click(&format!("{row} .row__foot button")).await;
    let link = pasted(browser, "/c/build#e=").await;
    let said = || async {
        let text = browser.text(&format!("{row} .row__foot")).await;
        text.contains("Copied").then_some(())
    };
    until("the button to say so", said).await;
    browser.go("about:blank").await;
    browser.go(&link).await;
    browser.until(LIVE).await;
    browser.until(&format!("{row}.is-target")).await;
    scene.end().await;
}

/// It used to say "Copied" all the same.
#[tokio::test]
async fn a_clipboard_that_refuses_is_not_said_to_have_taken_anything() {
    let relay = Process::start().await;
    let browser = Browser::start().await;
    let refuses = "navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'))";
    browser.preload(refuses).await;
    browser.go(&relay.url()).await;
    browser.until("[data-testid=first-run]").await;
    browser.click(".steps__step:nth-child(1) button").await;
    until("the button to say so", || async {
        let text = browser.text(".steps__step:nth-child(1) button").await;
        (text == "Not copied").then_some(())
    })
    .await;
    assert_eq!(browser.errors().await, Vec::<String>::new());
    browser.close().await;
}

#[tokio::test]
async fn the_first_commands_are_copied_as_they_stand() {
    let relay = Process::start().await;
    let browser = Browser::start().await;
    browser.grant(&CLIPBOARD).await;
    browser.stay_focused().await;
    browser.go(&relay.url()).await;
    browser.until("[data-testid=first-run]").await;
    let commands = browser.count(".steps__step").await;
    for step in 1..=commands {
        let step = format!(".steps__step:nth-child({step})");
        let command = browser.text(&format!("{step} .steps__command")).await;
        browser.click(&format!("{step} button")).await;
        assert_eq!(pasted(&browser, &command).await.trim(), command.trim());
    }
    let errors = browser.errors().await;
    browser.close().await;
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Nobody can click what no screen shows; what a click does is in `offline` and `inbox`.
#[tokio::test]
async fn the_browser_itself_shows_who_waits() {
    let scene = Scene::with(message("at work")).await;
    let Scene { agent, browser, .. } = &scene;
    browser.grant(&["notifications"]).await;
    // Notifications were wanted before.
    let wanted = "const kept = JSON.parse(localStorage['pilothouse.settings'] ?? '{}');
        localStorage['pilothouse.settings'] = JSON.stringify({...kept, notify: true});
        return navigator.serviceWorker.ready.then(() => true)";
    browser.ask(wanted, &[]).await;
    browser.reload().await;
    browser.until(LIVE).await;
    browser.hide().await;
    let body = json!({"type": "permission_requested", "request": "p", "tool": "Bash", "input": {"command": "cargo publish"}});
    agent.publish(&body).await;
    let shown = "return navigator.serviceWorker.ready
        .then((worker) => worker.getNotifications())
        .then((all) => all.map(({title, body, tag, data}) => [title, body, tag, data.url]))";
    let shown = until("a notification of the browser", || async {
        let shown = browser.ask(shown, &[]).await;
        shown
            .as_array()
            .is_some_and(|all| !all.is_empty())
            .then_some(shown)
    })
    .await;
    assert_eq!(shown[0][2], "build p");
    assert_eq!(shown[0][3], "/c/build");
    let said = shown[0].to_string();
    assert!(
        said.contains("claude") && said.contains("cargo publish"),
        "{said}"
    );
    browser.show().await;
    scene.end().await;
}
