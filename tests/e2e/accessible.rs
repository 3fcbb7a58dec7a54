//! Everybody can use every page: axe-core finds nothing, in both themes, wide and narrow.

use std::collections::BTreeMap;

use pilothouse_tests::{Agent, Browser, Keyed, Process, View, message};
use serde_json::{Value, json};

/// Of a relay that nobody has used. A new page is a new line in one of the tables.
const FRESH: [View; 2] = [
    View::new("first run", "/", ".steps"),
    View::new("a channel that is not there", "/c/nowhere", "main"),
];

/// Of a relay with agents at work.
const BUSY: [View; 14] = [
    View::new("fleet", "/", "[data-testid=channel-card]"),
    View::new("inbox", "/inbox", "main"),
    View::new("channel", "/c/build", "[data-testid=request]"),
    View::new("files", "/c/build/files", "[data-testid=map-file]"),
    View::new("pipeline", "/c/build/pipeline", "[data-testid=work-item]"),
    View::new("display", "/c/build/display", "[data-testid=display-type]"),
    View::new(
        "history",
        "/c/build/history",
        "[data-testid=history-slider]",
    ),
    View::new("palette", "/", "[data-testid=channel-card]")
        .after_click("[data-testid=palette-button]")
        .opens("[data-testid=palette-option]"),
    View::new("palette without a find", "/", "[data-testid=channel-card]")
        .after_click("[data-testid=palette-button]")
        .after_keys("qqqq")
        .opens(".palette__none"),
    View::new("settings", "/", "[data-testid=channel-card]")
        .after_click("[data-testid=settings]")
        .opens("dialog[open].settings"),
    View::new("keys", "/", "[data-testid=channel-card]")
        .after_keys("?")
        .opens("dialog[open].keymap"),
    View::new("phone", "/", "[data-testid=channel-card]")
        .after_click("[data-testid=palette-button]")
        .after_keys("phone\u{e007}")
        .opens("[data-testid=phone-tunnel]"),
    View::new("nothing to display", "/c/idle/display", ".how-to"),
    View::new("missing page", "/c/not%20an%20id", "main h1"),
];

/// Of a relay with keys, before one is let in.
const STRANGER: [View; 1] = [View::new("sign in", "/", "[data-testid=sign-in]")];

/// Of a relay with keys, to who looks after it.
const ADMIN: [View; 3] = [
    View::new("access", "/admin", "[data-testid=take-back]"),
    View::new("a token to take back", "/admin", "[data-testid=take-back]")
        .after_click("[data-testid=take-back]")
        .opens(".button--warm"),
    View::new(
        "audit trail",
        "/c/pilothouse-system-audit",
        "[data-testid=feed-row]",
    ),
];

/// Of a relay with keys, to who only watches.
const OBSERVER: [View; 2] = [
    View::new(
        "channel of an observer",
        "/c/build",
        "[data-testid=request]",
    ),
    View::new(
        "settings of an observer",
        "/c/build",
        "[data-testid=request]",
    )
    .after_click("[data-testid=settings]")
    .opens("[data-testid=sign-out]"),
];

/// What happened in the channel of the busy relay: something of every kind that pages show.
fn session() -> Value {
    json!([
        {"type": "session_started", "agent": "Claude", "model": "opus", "cwd": "/home/ada/harbour"},
        {"type": "operation_started", "operation": "Trim the sails", "status": "half way"},
        message("The **wind** has turned."),
        {"type": "tool_started", "call": "1", "tool": "Bash", "input": {"command": "cargo test"}},
        {"type": "tool_finished", "call": "1", "tool": "Bash", "ok": false, "error": "2 failed", "duration_ms": 1200},
        {"type": "tool_started", "call": "2", "tool": "Read", "input": {"path": "src/main.rs"}},
        {"type": "tool_finished", "call": "2", "tool": "Read", "ok": true, "duration_ms": 3},
        {"type": "file_accessed", "path": "src/main.rs", "access": "read"},
        {"type": "hint", "hint": {"kind": "text", "text": "mind the gap"}},
        {"type": "parameters_declared", "parameters": [
            {"name": "speed", "label": "Speed", "min": 0, "max": 10, "step": 1, "value": 5, "unit": "kn"}]},
        {"type": "pipeline", "stages": [
            {"name": "waiting", "items": [{"item": "a", "title": "Paint the hull"}]}, {"name": "done", "items": []}]},
        {"type": "usage", "model": "opus", "input_tokens": 1200, "output_tokens": 300, "cost_usd": 0.25},
        {"type": "permission_requested", "request": "p", "tool": "Bash", "input": {"command": "cargo publish"}},
        {"type": "question_asked", "request": "q", "text": "Which harbour?", "options": ["Kiel", "Oslo"]},
    ])
}

#[tokio::test]
async fn everybody_can_begin() {
    let relay = Process::start().await;
    check(&relay, &FRESH).await;
}

#[tokio::test]
async fn everybody_can_watch_and_steer() {
    let relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.publish(&session()).await;
    let activity =
        json!({"operation": "Trim the sails", "progress": 0.4, "files": ["src/main.rs"]});
    agent
        .signal("activity/claude", &json!({"set": activity}))
        .await;
    let rows = json!({"0": "\u{1b}[1;32mok\u{1b}[m harbour"});
    let display = json!({"width": 40, "height": 4, "rows": rows, "input": "claude"});
    agent.signal("display/sh", &json!({"set": display})).await;
    Agent::new(&relay.url(), "idle", "codex").create().await;
    check(&relay, &BUSY).await;
}

#[tokio::test]
async fn everybody_can_come_in_and_let_others_in() {
    let keyed = Keyed::start(&[]).await;
    let agent = keyed.agent("build");
    let asked = json!({"type": "permission_requested", "request": "p", "tool": "Bash", "input": {"command": "ls"}});
    agent.publish(&json!([message("at work"), asked])).await;
    let url = keyed.relay.url();
    let browser = Browser::start().await;
    check_in(&browser, &url, &STRANGER).await;
    for (grant, views) in [
        ("*:publish+watch+steer+approve+admin", &ADMIN[..]),
        ("*:watch", &OBSERVER),
    ] {
        browser.go("about:blank").await;
        browser
            .go(&format!("{url}/{}", keyed.link("Ada", &[grant])))
            .await;
        browser.until("[data-testid=channel-card]").await;
        check_in(&browser, &url, views).await;
    }
    keyed.take_back("Ada");
    browser.until("[data-testid=sign-in-again]").await;
    let violations = browser.axe().await;
    assert!(violations.is_empty(), "{violations:?}");
    browser.close().await;
}

#[tokio::test]
async fn a_picture_without_words_is_noticed() {
    let relay = Process::start().await;
    let browser = Browser::at(&relay.url()).await;
    browser.until("main").await;
    let spoil = "document.querySelector('main').append(new Image(9, 9))";
    browser.ask(spoil, &[]).await;
    let found = browser.axe().await;
    assert!(found.iter().any(|it| it.rule == "image-alt"), "{found:?}");
    browser.close().await;
}

/// Every page in both themes, on a desk and on the smallest phone. What is wrong in many of these is said once.
async fn check(relay: &Process, views: &[View]) {
    let browser = Browser::start().await;
    check_in(&browser, &relay.url(), views).await;
    browser.close().await;
}

/// The same in a browser that knows the relay at this URL.
async fn check_in(browser: &Browser, url: &str, views: &[View]) {
    let mut complaints = BTreeMap::<String, Vec<String>>::new();
    for view in views {
        for (width, height) in [(1280, 900), (320, 640)] {
            browser.resize(width, height).await;
            browser.visit(url, view).await;
            for theme in ["light", "dark"] {
                browser.prefer(theme).await;
                for violation in browser.axe().await {
                    let place = format!("{}, {theme}, {width}", view.name);
                    let places = complaints.entry(violation.to_string());
                    places.or_default().push(place);
                }
            }
        }
    }
    let complaints = complaints.iter();
    let complaints: String = complaints
        .map(|(violation, places)| format!("{violation}\n  on: {}\n", places.join("; ")))
        .collect();
    assert!(complaints.is_empty(), "{complaints}");
}
