//! A person steers a real agent from the page alone: Codex itself, with a stub for a model.

use pilothouse_tests::{Browser, Codex, LAST_WORD, Model, Process, until};
use serde_json::json;

use super::{COMPOSER, LIVE, SEND, hint};

/// A model that wants to write where it may not.
async fn bold() -> Model {
    let command = json!({
        "cmd": "echo written > ../written", "sandbox_permissions": "require_escalated",
        "justification": "May I write outside of the project?",
    });
    Model::start("exec_command", &command).await
}

#[tokio::test]
async fn codex_is_watched_hinted_and_allowed_without_its_terminal() {
    let relay = Process::start().await;
    let browser = Browser::at(&relay.url()).await;
    browser.until(LIVE).await;
    let model = bold().await;
    let codex = Codex::new(&model);
    codex.attach(&relay.url()).await;
    let mut server = codex.app_server().await;
    let cwd = codex.home().path("project");

    let steering = async {
        browser.until("[data-testid=channel-card]").await;
        browser.click("[data-testid=channel-card]").await;
        browser.until(COMPOSER).await;
        browser.write(COMPOSER, "greet in French").await;
        browser.click(SEND).await;
        browser.until(&hint("accepted")).await;
        model.let_go();
        browser
            .until("[data-testid=request][data-outcome=open]")
            .await;
        browser.picture("codex-asks").await;
        browser.click("[data-testid=allow]").await;
    };
    tokio::join!(server.turn(&cwd, "write a file"), steering);
    assert!(server.asked.is_empty(), "its terminal: {:?}", server.asked);
    server.close().await;

    assert_eq!(codex.home().read("written").as_deref(), Some("written\n"));
    let told = model.requests().pop().unwrap();
    assert!(told.contains("greet in French"), "{told}");
    browser.until(&hint("acknowledged")).await;
    until("the model's last word on the page", || async {
        let feed = browser.text("[data-testid=feed]").await;
        feed.contains(LAST_WORD).then_some(())
    })
    .await;
    browser.picture("codex-done").await;
    assert_eq!(browser.errors().await, Vec::<String>::new());
    browser.close().await;
}
