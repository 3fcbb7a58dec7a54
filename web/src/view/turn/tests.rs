use pilothouse_shared::Event;
use serde_json::{Value, json};

use super::super::feed::Feed;
use super::*;

fn event(seq: u64, kind: &str, body: &Value) -> Event {
    let author = json!({"member": kind, "name": "Ada", "kind": kind});
    serde_json::from_value(json!({
        "seq": seq, "prev": seq - 1, "id": format!("e{seq}"), "at": seq * 1_000,
        "author": author, "body": body,
    }))
    .unwrap()
}

fn said(seq: u64) -> Event {
    event(
        seq,
        "human",
        &json!({"type": "message", "role": "user", "text": "Do it"}),
    )
}

fn answered(seq: u64) -> Event {
    event(
        seq,
        "agent",
        &json!({"type": "message", "role": "assistant", "text": "Done"}),
    )
}

/// A tool that has returned.
fn tool(seq: u64, name: &str, ok: bool) -> Event {
    let body = json!({"type": "tool_finished", "call": seq.to_string(), "tool": name, "ok": ok, "error": "no"});
    event(seq, "agent", &body)
}

fn running(seq: u64) -> Event {
    let body = json!({"type": "tool_started", "call": seq.to_string(), "tool": "Bash"});
    event(seq, "agent", &body)
}

/// Each line in a word.
fn drawn(events: &[Event], look: &Look) -> Vec<String> {
    let of = |line: Line| match line.what {
        What::Turn(turn) => format!("turn {} {}", turn.n_tools, turn.n_failed),
        What::Fold(rows, is_open) => {
            let (title, failed) = fold_title(&rows);
            format!("{title} · {failed}{}", if is_open { " open" } else { "" })
        }
        What::Row(row, _) => row.seq.to_string(),
    };
    let feed = Feed::of(events);
    let lines = lines(feed.rows(), look);
    let ids: Vec<_> = lines.iter().map(|line| line.id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    lines.into_iter().map(of).collect()
}

fn work() -> Vec<Event> {
    vec![
        said(1),
        tool(2, "Read", true),
        tool(3, "Read", true),
        tool(4, "Bash", false),
        tool(5, "Edit", true),
        answered(6),
    ]
}

#[test]
fn finished_tools_of_a_turn_are_one_line_and_a_failure_stays() {
    let expected = [
        "turn 4 1",
        "1",
        "4 tools: Read 2, Bash 1, Edit 1 · 1",
        "4",
        "6",
    ];
    assert_eq!(drawn(&work(), &Look::default()), expected);
}

#[test]
fn a_fold_opens_where_any_of_its_rows_is_wanted() {
    for seq in [2, 3, 5] {
        let look = Look {
            unfolded: vec![seq],
            ..Look::default()
        };
        let lines = drawn(&work(), &look);
        assert_eq!(lines[3..], ["2", "3", "4", "5", "6"]);
        assert!(lines[2].ends_with("open"));
    }
}

#[test]
fn what_goes_on_now_keeps_its_last_rows() {
    let mut events: Vec<_> = (1..=9).map(|seq| tool(seq, "Read", true)).collect();
    events.push(running(10));
    let expected = ["6 tools: Read 6 · 0", "7", "8", "9", "10"];
    assert_eq!(drawn(&events, &Look::default()), expected);
}

#[test]
fn what_somebody_reads_does_not_fold_away() {
    let mut events: Vec<_> = (1..=9).map(|seq| tool(seq, "Read", true)).collect();
    let reading = Look {
        read_from: Some(9),
        ..Look::default()
    };
    let before = drawn(&events, &reading);
    events.extend((10..=19).map(|seq| tool(seq, "Read", true)));
    events.push(answered(20));
    assert_eq!(drawn(&events, &reading)[..before.len()], before);
    assert_eq!(
        drawn(&events, &Look::default()),
        ["19 tools: Read 19 · 0", "20"]
    );
}

#[test]
fn a_few_rows_are_no_fold_and_a_turn_without_tools_has_no_head() {
    let events = [
        said(1),
        answered(2),
        said(3),
        tool(4, "Read", true),
        answered(5),
    ];
    assert_eq!(
        drawn(&events, &Look::default()),
        ["1", "2", "turn 1 0", "3", "4", "5"]
    );
}

#[test]
fn a_filter_shows_rows_alone() {
    let of = |sorts: &[Sort], words: &str| {
        let look = Look {
            sorts: sorts.to_vec(),
            words: words.to_owned(),
            ..Look::default()
        };
        drawn(&work(), &look)
    };
    assert_eq!(of(&[Sort::Talk], ""), ["1", "6"]);
    assert_eq!(of(&[Sort::Tools], "READ"), ["2", "3"]);
    assert_eq!(of(&[], "dO iT"), ["1"]);
    assert_eq!(of(&[Sort::Files], ""), Vec::<String>::new());
}

#[test]
fn a_paused_feed_ends_where_it_was() {
    let look = Look {
        until: Some(2),
        ..Look::default()
    };
    assert_eq!(drawn(&work(), &look), ["turn 1 0", "1", "2"]);
}

#[test]
fn a_person_turns_a_dial_without_a_turn() {
    let dial = json!({"type": "hint", "hint": {"kind": "parameter", "name": "speed", "value": 3}});
    let events = [event(1, "human", &dial), tool(2, "Read", true)];
    assert_eq!(drawn(&events, &Look::default()), ["1", "2"]);
}
