//! A person answers and stops an agent on its page.

use serde_json::json;

use super::{LIVE, Scene, hint};
use pilothouse_tests::{Engine, Key, message};

pub(crate) async fn a_permission_is_given_refused_and_given_for_good_on_the_page(engine: Engine) {
    let scene = Scene::on(engine, message("at work")).await;
    let Scene { agent, browser, .. } = &scene;
    let rule =
        json!({"type": "addRules", "rules": [{"toolName": "Bash", "ruleContent": "cargo:*"}]});
    for (request, button, outcome, suggestions) in [
        ("a", "allow", "allowed", json!(null)),
        ("b", "deny", "denied", json!(null)),
        ("c", "always", "allowed", json!([rule])),
    ] {
        let input = json!({"command": "cargo publish"});
        let body = json!({"type": "permission_requested", "request": request, "tool": "Bash", "input": input, "suggestions": [rule]});
        let asking = agent.ask(&body, 60);
        let here = format!("[data-testid=request][data-request={request}]");
        let answering = async {
            browser.until(&format!("{here}[data-outcome=open]")).await;
            browser.picture("permission").await;
            browser
                .click(&format!("{here} [data-testid={button}]"))
                .await;
            browser
                .until(&format!("{here}[data-outcome={outcome}]"))
                .await;
        };
        let (asked, ()) = tokio::join!(asking, answering);
        let resolution = &asked.ok()["resolution"];
        assert_eq!(resolution["outcome"], outcome);
        assert_eq!(resolution["suggestions"], suggestions);
    }
    scene.end().await;
}

/// Such a name used to be put into a header as it is, and nothing was answered.
pub(crate) async fn a_name_of_any_letters_answers(engine: Engine) {
    let scene = Scene::on(engine, message("at work")).await;
    let Scene { agent, browser, .. } = &scene;
    for (request, name) in [("a", "Jürgen"), ("b", "船長 ⚓")] {
        browser.click("[data-testid=settings]").await;
        browser.until("[data-testid=your-name]").await;
        let select = "document.querySelector('[data-testid=your-name]').select()";
        browser.ask(select, &[]).await;
        browser.write("[data-testid=your-name]", name).await;
        browser.click("[data-testid=save-name]").await;
        browser.press(Key::Escape).await;
        browser.until(LIVE).await;
        let body = json!({"type": "permission_requested", "request": request, "tool": "Bash", "input": {"command": "ls"}});
        agent.publish(&body).await;
        let here = format!("[data-testid=request][data-request={request}]");
        browser.click(&format!("{here} [data-testid=allow]")).await;
        let allowed = format!("{here}[data-outcome=allowed]");
        browser.until(&allowed).await;
        let said = browser.text(&allowed).await;
        assert!(said.contains(name), "{said}");
        assert_eq!(
            agent.outcome(request, 0).await["resolution"]["author"]["name"],
            name
        );
    }
    scene.end().await;
}

#[tokio::test]
async fn a_person_stops_the_agent_on_the_page() {
    let scene = Scene::with(json!({"type": "operation_started", "operation": "sail"})).await;
    let Scene { agent, browser, .. } = &scene;
    browser.click("[data-testid=stop]").await;
    assert_eq!(agent.hints(30).await[0]["hint"]["kind"], "cancel");
    browser.until(&hint("delivered")).await;
    scene.end().await;
}
