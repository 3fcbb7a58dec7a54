//! What agents and people send is shown as what it is: text, whatever is in it, and the page stays usable.

use pilothouse_tests::message;
use serde_json::{Value, json};

use super::Scene;

/// HTML, a script URL, ANSI escapes, right-to-left overrides, characters without a width.
const ATTACKS: [&str; 7] = [
    "<img src=x onerror='window.isHacked=1'><script>window.isHacked=1</script>",
    "[click](javascript:window.isHacked=1) [data](data:text/html,<script>window.isHacked=1</script>)",
    "![x](https://example.invalid/x.png) <a href='javascript:window.isHacked=1'>x</a>",
    "\u{1b}[31mred\u{1b}[0m\u{1b}]8;;javascript:window.isHacked=1\u{7}x\u{1b}\\",
    "\u{202e}evil\u{2066}\u{2067}gpj.exe",
    "a\u{200b}\u{200d}\u{feff}b\u{0}c",
    "| a | b |\n|---|---|\n> > > > > > > > > - - - 1. # ```\n***`**_[[[](((",
];

/// Everything that an agent may name or say, with `text` in it.
fn bodies(text: &str) -> Value {
    let label: String = text.chars().take(200).collect();
    json!([
        message(text),
        {"type": "message", "role": "user", "text": text},
        {"type": "message", "role": "tool", "text": text},
        {"type": "message", "role": "system", "text": text},
        {"type": "session_started", "agent": label, "model": label, "cwd": label},
        {"type": "operation_started", "operation": label, "status": label},
        {"type": "tool_started", "call": "1", "tool": label, "input": {"command": text}},
        {"type": "tool_finished", "call": "1", "tool": label, "ok": false, "error": text, "output": text},
        {"type": "file_accessed", "path": label, "access": "read"},
        {"type": "custom", "name": label, "data": {"x": text}},
        {"type": "hint", "hint": {"kind": "text", "text": text}},
        {"type": "hint", "hint": {"kind": "click", "target": label, "signature": label}},
        {"type": "question_asked", "request": "q", "text": text, "options": [label]},
    ])
}

/// What other views than the feed show, each with `text` in it.
fn bodies_of_views(n: usize, text: &str) -> Value {
    let label: String = text.chars().take(200).collect();
    json!([
        {"type": "permission_requested", "request": format!("p{n}"), "tool": label,
         "input": {"command": text, "file_path": label, "old_string": text, "new_string": label}},
        {"type": "parameters_declared", "parameters": [
            {"name": "speed", "label": label, "min": 0, "max": 9, "step": 1, "value": n, "unit": label}]},
        {"type": "pipeline", "stages": [
            {"name": label, "items": [{"item": "one", "title": label}, {"item": "two"}]}, {"name": "done", "items": []}]},
        {"type": "work_item_changed", "item": "two", "stage": "done", "action": label, "commit": label},
        {"type": "file_accessed", "path": format!("src/{label}"), "access": "write", "tool": label},
        {"type": "file_accessed", "path": format!("{label}/deep/{label}.rs"), "access": "read"},
        {"type": "usage", "model": label, "input_tokens": 1, "output_tokens": 1},
        {"type": "config_changed", "what": label},
        {"type": "reconciliation_progress", "item": label, "status": label, "message": text},
        {"type": "hint", "hint": {"kind": "voice", "transcript": text}},
        {"type": "hint", "hint": {"kind": "parameter", "name": "speed", "value": 1}},
        {"type": "custom", "name": "audit.token_made", "data": {"name": label, "made_by": label, "grants": [label]}},
    ])
}

/// Nothing ran, and nothing was built from markup, on the page that is open.
async fn is_text(scene: &Scene, name: &str) {
    let hacked = scene
        .browser
        .ask("return window.isHacked ?? null", &[])
        .await;
    assert_eq!(hacked, Value::Null, "{name}");
    let built =
        "img, iframe, object, embed, main script, a[href^='javascript' i], a[href^='data' i]";
    assert_eq!(scene.browser.count(built).await, 0, "{name}");
}

/// Nothing ran, nothing was built from markup, nothing sticks out, and what comes next is shown.
async fn is_fine(scene: &Scene, name: &str) {
    let marker = format!("still alive after {name}.");
    scene.agent.publish(&message(&marker)).await;
    // Whoever opened a row reads on, and is taken to the newest.
    let follow = "document.querySelector('[data-testid=new-pill]')?.click()";
    scene.browser.ask(follow, &[]).await;
    scene.browser.row(&marker).await;
    let hacked = scene
        .browser
        .ask("return window.isHacked ?? null", &[])
        .await;
    assert_eq!(hacked, Value::Null, "{name}");
    let built =
        "main img, main script, main iframe, main a[href^='javascript' i], main a[href^='data' i]";
    assert_eq!(scene.browser.count(built).await, 0, "{name}");
    let widths = "return document.documentElement.scrollWidth - innerWidth";
    assert_eq!(scene.browser.ask(widths, &[]).await, 0, "{name}");
    let wide = "const box = document.querySelector('[data-testid=feed]'); return box.scrollWidth - box.clientWidth";
    assert_eq!(scene.browser.ask(wide, &[]).await, 0, "{name}");
}

#[tokio::test]
async fn hostile_text_stays_text() {
    let scene = Scene::with(message("at work")).await;
    scene.browser.resize(360, 740).await;
    for (index, attack) in ATTACKS.into_iter().enumerate() {
        let bodies = bodies(attack);
        for body in bodies.as_array().unwrap() {
            // A name may be refused, and then nothing of it is shown.
            let _ = scene.agent.try_publish(body).await;
        }
        scene
            .agent
            .signal("tokens/m", &json!({"set": attack}))
            .await;
        let activity = json!({"operation": attack, "status": attack, "files": [attack]});
        scene
            .agent
            .signal("activity/claude", &json!({"set": activity}))
            .await;
        is_fine(&scene, &format!("attack {index}")).await;
    }
    // Every row opened shows all there is of it.
    let open = "document.querySelectorAll('[data-testid=feed-row] .row__head').forEach((head) => head.click())";
    scene.browser.ask(open, &[]).await;
    is_fine(&scene, "opening").await;
    scene.browser.picture("hostile").await;
    scene.end().await;
}

#[tokio::test]
async fn hostile_text_stays_text_in_every_view() {
    let scene = Scene::with(message("at work")).await;
    for (n, attack) in ATTACKS.into_iter().enumerate() {
        for body in bodies_of_views(n, attack).as_array().unwrap() {
            let _ = scene.agent.try_publish(body).await;
        }
        let rows = json!({"set": {"width": 80, "height": 2, "rows": [attack, attack]}});
        let name: String = attack
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(40)
            .collect();
        scene.agent.signal(&format!("display/{name}"), &rows).await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let new = json!({"id": format!("hostile-{n}"), "name": attack.chars().take(120).collect::<String>()});
        // What hides is refused in a name, the rest is taken.
        let _ = http
            .post(format!("{}/api/channels", scene.relay.url()))
            .json(&new)
            .send()
            .await;
    }
    for view in [
        "/c/build",
        "/c/build/files",
        "/c/build/pipeline",
        "/c/build/display",
        "/c/build/history",
        "/inbox",
        "/",
    ] {
        scene.open(view).await;
        scene.browser.until("main").await;
        scene.browser.settled().await;
        is_text(&scene, view).await;
    }
    scene.browser.picture("hostile-views").await;
    scene.end().await;
}

#[tokio::test]
async fn hostile_sizes_leave_the_page_usable() {
    let scene = Scene::with(message("at work")).await;
    scene.browser.resize(360, 740).await;
    let line = "x".repeat(240_000);
    let lines = "a line of output\n".repeat(10_000);
    let stars = "*a ".repeat(80_000);
    for (name, text) in [
        ("one line", &line),
        ("many lines", &lines),
        ("many marks", &stars),
    ] {
        scene.agent.publish(&message(text)).await;
        let call = json!({"type": "tool_finished", "call": name, "tool": "Bash", "ok": false, "error": text});
        scene.agent.publish(&call).await;
        let _ = scene
            .agent
            .try_publish(&json!({"type": "hint", "hint": {"kind": "text", "text": text}}))
            .await;
        is_fine(&scene, name).await;
    }
    scene.browser.click("[data-testid=show-all]").await;
    is_fine(&scene, "showing all").await;
    scene.agent.signal("tokens/m", &json!({"set": line})).await;
    scene.browser.until("[data-testid=stream-row]").await;
    is_fine(&scene, "a long stream").await;
    scene.end().await;
}

#[tokio::test]
async fn hostile_names_do_not_leave_their_place() {
    let scene = Scene::with(message("at work")).await;
    scene.browser.resize(360, 740).await;
    // What turns text around is refused in a name.
    let name = format!("<b>W</b>{}", "W".repeat(100));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/api/channels/build/events", scene.relay.url());
    let call = http.post(url).header("pilothouse-member", "stranger");
    let call = call.header("pilothouse-name", name.as_bytes());
    let answer = call.json(&message("under a false flag")).send().await;
    assert!(answer.unwrap().status().is_success());
    scene.browser.row("under a false flag").await;
    is_fine(&scene, "a name").await;
    scene.end().await;
}
