use serde_json::{Value, json};

use super::*;
use crate::adapters::hooks::Vendor;

fn call(session: &str, fields: &Value) -> Call {
    let mut all = json!({"session_id": session, "hook_event_name": "Stop"});
    all.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    Call::read(Vendor::ClaudeCode, all).unwrap()
}

fn part(text: &str, index: u64, is_final: bool) -> Call {
    call(
        "s",
        &json!({"message_id": "m", "delta": text, "index": index, "final": is_final}),
    )
}

#[test]
fn ends_of_a_turn_that_were_put_off_are_counted_in_a_row() {
    let mut memory = Memory::default();
    let (first, again) = (
        call("s", &json!({})),
        call("s", &json!({"stop_hook_active": true})),
    );
    assert_eq!(
        [&first, &again, &again].map(|call| memory.turn_ended(call)),
        [0, 1, 2]
    );
    assert_eq!(
        memory.turn_ended(&call("other", &json!({"stop_hook_active": true}))),
        1
    );
    assert_eq!(memory.turn_ended(&first), 0);
}

#[test]
fn a_message_is_heard_part_by_part() {
    let mut memory = Memory::default();
    memory.hear(&part("One\n", 0, false)).unwrap();
    let whole = memory.hear(&part("Two", 1, true)).unwrap();
    assert_eq!((whole.text.as_str(), whole.is_whole), ("One\nTwo", true));
    let late = memory.hear(&part("Three", 2, true)).unwrap();
    assert_eq!(
        (late.text.as_str(), late.is_whole),
        ("Three", false),
        "it was over"
    );
    assert_eq!(memory.hear(&call("s", &json!({"delta": "x"}))), None);
}

#[test]
fn messages_that_never_end_and_sessions_that_never_come_back_are_forgotten() {
    let mut memory = Memory::default();
    let many = |n| {
        call(
            "s",
            &json!({"message_id": format!("m{n}"), "delta": "x".repeat(100_000)}),
        )
    };
    for n in 0..20 {
        memory.hear(&many(n));
        memory.hear(&many(n));
    }
    let held = &memory.agents.values().next().unwrap().messages;
    assert_eq!(held.len(), MAX_MESSAGES);
    assert!(
        held.iter()
            .all(|spoken| spoken.text.len() < 3 * MAX_SAID_BYTES)
    );
    for n in 0..2 * MAX_AGENTS {
        memory.turn_ended(&call(&format!("s{n}"), &json!({})));
    }
    assert_eq!(memory.agents.len(), MAX_AGENTS);
    assert!(
        !memory.agents.contains_key("claude-code/s/"),
        "the oldest went first"
    );
}
