use serde_json::{Value, json};

use super::super::row::Tone;
use super::*;

fn event(seq: u64, body: &Value) -> Event {
    let author = json!({"member": "m", "name": "Claude", "kind": "agent"});
    serde_json::from_value(json!({
        "seq": seq, "prev": seq - 1, "id": format!("e{seq}"), "at": seq * 1_000,
        "author": author, "body": body,
    }))
    .unwrap()
}

fn started(seq: u64, call: &str) -> Event {
    event(
        seq,
        &json!({"type": "tool_started", "call": call, "tool": "Bash", "input": {"command": "ls"}}),
    )
}

fn finished(seq: u64, call: &str, ok: bool) -> Event {
    let body = json!({"type": "tool_finished", "call": call, "tool": "Bash", "ok": ok, "error": "no such file"});
    event(seq, &body)
}

fn seqs(feed: &Feed) -> Vec<u64> {
    feed.rows().iter().map(|row| row.seq).collect()
}

#[test]
fn a_tool_that_returned_is_one_row() {
    let feed = Feed::of(&[started(1, "a"), started(2, "b"), finished(3, "a", true)]);
    assert_eq!(seqs(&feed), [1, 2]);
    let (done, running) = (&feed.rows()[0], &feed.rows()[1]);
    assert_eq!(
        (done.state, done.took, done.subject.as_str()),
        (Some("done"), Some(2_000), "ls")
    );
    assert_eq!(
        (running.state, running.tone),
        (Some("running"), Tone::Running)
    );
}

#[test]
fn a_failure_says_why_without_being_opened() {
    let feed = Feed::of(&[started(1, "a"), finished(2, "a", false)]);
    let row = &feed.rows()[0];
    assert_eq!(
        (row.tone, row.text.as_deref()),
        (Tone::Failed, Some("no such file"))
    );
}

#[test]
fn a_tool_that_returned_before_the_page_opened_has_a_row_of_its_own() {
    let feed = Feed::of(&[finished(7, "a", true)]);
    assert_eq!(feed.rows()[0].kind, "tool");
    assert_eq!(feed.rows()[0].state, Some("done"));
}

#[test]
fn a_hint_row_follows_the_life_of_the_hint() {
    let hint = json!({"type": "hint", "hint": {"kind": "text", "text": "look at tests"}});
    let mut feed = Feed::of(&[event(1, &hint)]);
    assert_eq!(feed.rows()[0].state, Some("accepted"));
    feed.extend(&[event(
        2,
        &json!({"type": "hint_delivered", "hint": "e1", "via": "poll"}),
    )]);
    assert_eq!(feed.rows()[0].state, Some("delivered"));
    feed.extend(&[event(
        3,
        &json!({"type": "hint_acknowledged", "hint": "e1", "note": "will do"}),
    )]);
    assert_eq!(feed.rows()[0].text.as_deref(), Some("will do"));
    assert_eq!((seqs(&feed), feed.rows()[0].revision), (vec![1], 2));
}

#[test]
fn the_outcomes_of_a_request_stay_different() {
    for outcome in [
        "allowed",
        "denied",
        "answered",
        "expired",
        "elsewhere",
        "withdrawn",
    ] {
        let asked =
            json!({"type": "permission_requested", "request": "r", "tool": "Bash", "input": {}});
        let resolved = json!({"type": "permission_resolved", "request": "r", "outcome": outcome});
        let feed = Feed::of(&[event(1, &asked), event(2, &resolved)]);
        assert_eq!(feed.rows()[0].state, Some(outcome));
        let is_said = !matches!(outcome, "expired" | "elsewhere");
        assert_eq!(feed.rows()[0].answered_by(), is_said.then_some("Claude"));
    }
}

#[test]
fn an_older_page_is_put_in_front_without_doubling_a_row() {
    let mut feed = Feed::of(&[started(5, "a"), started(6, "b")]);
    feed.prepend(&[started(3, "x"), finished(4, "x", true), started(5, "a")]);
    assert_eq!(seqs(&feed), [3, 5, 6]);
    feed.extend(&[finished(7, "b", true)]);
    assert_eq!(feed.rows()[2].state, Some("done"));
}

#[test]
fn an_event_that_comes_again_is_not_doubled() {
    let mut feed = Feed::of(&[started(1, "a"), finished(2, "a", true)]);
    feed.extend(&[started(1, "a"), finished(2, "a", true), started(3, "b")]);
    assert_eq!(seqs(&feed), [1, 3]);
}

#[test]
fn a_feed_is_bounded_and_forgets_the_threads_of_rows_that_left() {
    let mut feed = Feed::default();
    for seq in 1..=(MAX_ROWS as u64 + 10) {
        feed.extend(&[started(seq, &seq.to_string())]);
    }
    assert_eq!(
        (feed.rows().len(), feed.threads.len()),
        (MAX_ROWS, MAX_ROWS)
    );
    assert_eq!(feed.first_seq(), Some(11));
}

#[test]
fn a_burst_does_not_fade_in() {
    let mut feed = Feed::default();
    feed.extend(&[started(1, "a")]);
    let burst: Vec<_> = (2..10).map(|seq| started(seq, &seq.to_string())).collect();
    feed.extend(&burst);
    let fresh = feed.rows().iter().filter(|row| row.is_fresh).count();
    assert_eq!(fresh, 1);
}

#[test]
fn a_body_nobody_knows_is_shown_generically() {
    let feed = Feed::of(&[event(1, &json!({"type": "moon_phase", "lit": 0.5}))]);
    let row = &feed.rows()[0];
    assert_eq!(
        (row.kind.as_str(), row.title.as_str()),
        ("moon_phase", "moon phase")
    );
    assert_eq!(row.subject, r#"{"lit":0.5}"#);
}

#[test]
fn rows_that_were_loaded_stay_when_something_comes() {
    // They left with the next event, in front of whoever read them.
    let n_rows = MAX_ROWS as u64;
    let said = |seq| {
        event(
            seq,
            &json!({"type": "message", "role": "assistant", "text": "so"}),
        )
    };
    let newer: Vec<_> = (n_rows + 1..=2 * n_rows).map(said).collect();
    let older: Vec<_> = (1..=n_rows).map(said).collect();
    let mut feed = Feed::of(&newer);
    feed.prepend(&older);
    feed.extend(&[said(2 * n_rows + 1)]);
    assert_eq!(feed.first_seq(), Some(2));
    assert!(feed.has_room());
}
