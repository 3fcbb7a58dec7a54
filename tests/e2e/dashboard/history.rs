//! A person looks at a channel as it was.

use serde_json::{Value, json};

use super::Scene;
use pilothouse_tests::{Engine, Key, message, until};

const SLIDER: &str = "[data-testid=history-slider]";
const PLAY: &str = "[data-testid=history-play]";
const OPEN: &str = "[data-testid=request][data-outcome=open]";

impl Scene {
    /// A page that shows the newest moment of the past of a channel in which seven events followed on its creation.
    async fn past(engine: Engine) -> Self {
        let scene = Self::on(engine, json!([
            {"type": "operation_started", "operation": "Trim the sails"},
            message("one"),
            {"type": "permission_requested", "request": "p", "tool": "Bash", "input": {"command": "cargo publish"}},
        ]))
        .await;
        let denied = json!({"outcome": "denied"});
        let _ = scene.agent.resolve("p", &denied).await.ok();
        let rest =
            json!([message("two"), {"type": "operation_finished", "ok": true}, message("three")]);
        scene.agent.publish(&rest).await;
        scene.open("/c/build/history").await;
        let head = scene.agent.events(0, 0).await.len() as u64;
        scene.is_at(head).await;
        scene
    }

    /// Numbered messages, from 1 to `n_messages`; the seq of the last.
    async fn count_to(&self, n_messages: u64) -> u64 {
        let mut last = 0;
        for from in (1..=n_messages).step_by(500) {
            let said = |n| message(&format!("number {n}."));
            let said: Vec<_> = (from..=n_messages.min(from + 499)).map(said).collect();
            last = *self.agent.publish(&json!(said)).await.last().unwrap();
        }
        last
    }

    /// Waits until the page shows the moment at a seq.
    async fn is_at(&self, seq: u64) {
        let script = "const slider = document.querySelector('[data-testid=history-slider]');
            return slider?.getAttribute('aria-valuetext') ?? ''";
        let place = format!("event {seq} of ");
        until(format!("the page to be at {place}"), || async {
            let said = self.browser.ask(script, &[]).await;
            said.as_str().unwrap().contains(&place).then_some(())
        })
        .await;
    }

    /// Goes to the moment at a seq, as a person who drags.
    async fn seek(&self, seq: u64) {
        let script = "const slider = document.querySelector(arguments[0]);
            slider.value = arguments[1];
            for (const name of ['input', 'change']) slider.dispatchEvent(new Event(name, { bubbles: true }))";
        self.browser.ask(script, &[json!(SLIDER), json!(seq)]).await;
        self.is_at(seq).await;
    }

    /// Waits until the rows of the feed are these messages.
    async fn shows(&self, wanted: &[&str]) {
        until(format!("the messages {wanted:?}"), || async {
            let rows = self.browser.rows().await.into_iter();
            let rows: Vec<_> = rows.filter(|row| row.kind == "message").collect();
            let is_same = |(row, text): (&pilothouse_tests::Row, &&str)| row.text.contains(*text);
            let are_same = rows.len() == wanted.len() && rows.iter().zip(wanted).all(is_same);
            are_same.then_some(())
        })
        .await;
    }
}

pub(crate) async fn a_past_moment_shows_the_whole_page_as_it_was(engine: Engine) {
    let scene = Scene::past(engine).await;
    let browser = &scene.browser;
    // The channel's creation is its first event.
    let first = scene.agent.events(0, 0).await.len() as u64 - 7;
    scene.shows(&["one", "two", "three"]).await;
    assert_eq!(browser.count(OPEN).await, 0);
    browser.picture("history").await;

    scene.seek(first + 3).await;
    scene.shows(&["one"]).await;
    browser.until(OPEN).await;
    assert!(browser.text(".head").await.contains("Trim the sails"));
    browser.picture("history-request").await;
    scene.seek(first).await;
    scene.shows(&[]).await;
    browser.until_gone(OPEN).await;
    assert!(!browser.text(".head").await.contains("Trim the sails"));

    // What goes on now does not change what was.
    scene.agent.publish(&message("four")).await;
    let grown = format!("{SLIDER}[max='{}']", first + 8);
    browser.until(&grown).await;
    scene.shows(&[]).await;
    browser.click("[data-testid=back-to-live]").await;
    scene.shows(&["one", "two", "three", "four"]).await;
    scene.end().await;
}

#[tokio::test]
async fn in_the_past_nothing_can_be_done() {
    let scene = Scene::past(Engine::Chromium).await;
    let first = scene.agent.events(0, 0).await.len() as u64 - 7;
    scene.seek(first + 3).await;
    scene.browser.until(OPEN).await;
    for css in ["allow", "deny", "stop", "composer-input"] {
        let css = format!("[data-testid={css}]");
        assert_eq!(scene.browser.count(&css).await, 0, "{css}");
    }
    scene.end().await;
}

#[tokio::test]
async fn the_past_plays_from_its_beginning_to_the_newest_event_and_stops() {
    let scene = Scene::past(Engine::Chromium).await;
    let browser = &scene.browser;
    let head = scene.agent.events(0, 0).await.len() as u64;
    let seen = "window.seen = [];
        const slider = document.querySelector('[data-testid=history-slider]');
        new MutationObserver(() => window.seen.push(slider.getAttribute('aria-valuetext')))
            .observe(slider, { attributes: true })";
    browser.ask(seen, &[]).await;
    browser.click("[data-speed='16']").await;
    browser.click(PLAY).await;
    let is_over = || async {
        let seen = browser.ask("return window.seen.join('\\n')", &[]).await;
        let seen = seen.as_str().unwrap();
        let has_begun = seen.contains("event 0 of");
        let last = seen.lines().last().unwrap_or_default();
        let is_at_end = last.contains(&format!("event {head} of"));
        (has_begun && is_at_end && browser.text(PLAY).await.contains("Play")).then_some(())
    };
    until("the past to play to its end", is_over).await;
    scene.shows(&["one", "two", "three"]).await;
    scene.end().await;
}

#[tokio::test]
async fn keys_step_through_the_past_and_a_link_leads_to_a_moment() {
    let scene = Scene::past(Engine::Chromium).await;
    let browser = &scene.browser;
    let head = scene.agent.events(0, 0).await.len() as u64;
    browser.tab_to(SLIDER).await;
    browser.press(Key::Left).await;
    scene.is_at(head - 1).await;
    browser.press(Key::Home).await;
    scene.is_at(0).await;
    browser.press(Key::End).await;
    scene.is_at(head).await;
    browser.go("about:blank").await;
    scene
        .open(&format!("/c/build/history#at={}", head - 2))
        .await;
    scene.is_at(head - 2).await;
    scene.shows(&["one", "two"]).await;
    scene.end().await;
}

#[tokio::test]
async fn any_of_thousands_of_moments_is_shown() {
    let scene = Scene::with(message("the first")).await;
    let head = scene.count_to(3_000).await;
    scene.open("/c/build/history").await;
    scene.is_at(head).await;
    for back in [1_500, 2_990, 40, 2_000, 0] {
        scene.seek(head - back).await;
        let said = format!("number {}.", 3_000 - back);
        scene.browser.row(&said).await;
        assert!(scene.browser.rows().await.len() < 100);
    }
    scene.end().await;
}

#[tokio::test]
async fn thousands_of_events_are_read_back_with_few_rows_drawn() {
    let scene = Scene::with(message("the first")).await;
    scene.count_to(2_500).await;
    scene.browser.row("number 2500.").await;
    let up = "document.querySelector('[data-testid=feed]').scrollTop = 0";
    until("the first of all messages", || async {
        scene.browser.ask(up, &[]).await;
        let rows = scene.browser.rows().await;
        assert!(rows.len() < 150, "{} rows are drawn", rows.len());
        let is_first = rows.iter().any(|row| row.text.contains("the first"));
        is_first.then_some(())
    })
    .await;
    // What comes meanwhile takes nothing away from whoever reads.
    scene.agent.publish(&message("the newest")).await;
    scene.browser.until("[data-testid=new-pill]").await;
    scene.browser.row("the first").await;
    scene.end().await;
}

#[tokio::test]
async fn a_channel_can_be_taken_away_as_a_file() {
    let scene = Scene::past(Engine::Chromium).await;
    let script = "const link = document.querySelector('[data-testid=export-ndjson]');
        return fetch(link.href).then((answer) => answer.text())";
    let file = scene.browser.ask(script, &[]).await;
    let lines = file.as_str().unwrap().lines();
    let events: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events, scene.agent.events(0, 0).await);
    scene.end().await;
}
