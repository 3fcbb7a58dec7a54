//! A widget with a token of its own: it shows what that allows.

use pilothouse_tests::{Browser, Keyed, message};
use serde_json::json;
use tokio::net::TcpListener;

use super::{Scene, serve};

#[tokio::test]
async fn a_widget_that_may_only_watch_has_no_hint_box_and_no_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    let keyed = Keyed::start(&["--allow-origin", &host]).await;
    let agent = keyed.agent("build");
    let asked = json!({"type": "permission_requested", "request": "p", "tool": "Bash", "input": {"command": "ls"}});
    agent.publish(&json!([message("the first"), asked])).await;
    let (watch, steer) = (
        keyed.token("a page", &["build:watch"]),
        keyed.token("a page of the team", &["build:watch+steer"]),
    );
    let widgets = format!(
        "<pilothouse-widget channel=build token={watch}></pilothouse-widget>\
         <pilothouse-widget channel=build token={steer}></pilothouse-widget>"
    );
    serve(listener, &keyed.relay.url(), &widgets);
    let browser = Browser::at(&host).await;
    let relay = keyed.relay;
    let scene = Scene {
        relay,
        agent,
        browser,
    };
    scene.shows("the first").await;
    let request = "all.every(w => w.querySelector('[data-testid=request]')?.innerText.includes('an approver answers'))";
    scene.until(request).await;
    let boxes = "return all.map(w => w.querySelectorAll('[data-testid=composer-input]').length)";
    assert_eq!(scene.ask(boxes).await, json!([0, 1]));
    scene.end().await;
}
