//! What this version does not know passes through it unchanged.

use pilothouse_shared::{Body, Event};
use serde_json::{Value, json};

use super::files::{self, Golden};

fn later() -> Value {
    json!({"since": 2, "notes": ["ä", null, {"deep": [0.1]}]})
}

/// Adds a field that nobody knows to the value and to the parameters, stages and items in it.
fn add_later(value: &mut Value) {
    value["zz_later"] = later();
    for list in ["parameters", "stages", "items"] {
        let entries = value.get_mut(list).and_then(Value::as_array_mut);
        entries.into_iter().flatten().for_each(add_later);
    }
}

#[test]
fn unknown_fields_of_bodies_parameters_stages_and_items_survive() {
    for file in files::all() {
        let Golden::Body(before) = file.read() else {
            continue;
        };
        let mut value = file.value();
        add_later(&mut value);
        let after: Body = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(
            serde_json::to_value(&after).unwrap(),
            value,
            "{}",
            file.name
        );
        let same_variant = std::mem::discriminant(&before) == std::mem::discriminant(&after);
        assert!(same_variant, "{} is no longer understood", file.name);
    }
}

#[test]
fn unknown_fields_of_events_survive() {
    let value = json!({
        "seq": 2, "prev": 1, "id": "e", "at": 1, "body": {"type": "joined"},
        "author": {"member": "a", "name": "A", "kind": "agent"}, "zz_later": later(),
    });
    let event: Event = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(serde_json::to_value(event).unwrap(), value);
}

#[test]
fn an_unknown_value_in_a_known_body_passes_through_but_is_a_problem_to_publish() {
    let cases = [
        json!({"type": "message", "role": "critic", "text": "no"}),
        json!({"type": "message", "role": "user", "text": "no", "kind": "poem"}),
        json!({"type": "file_accessed", "path": "a", "access": "watch"}),
        json!({"type": "hint", "hint": {"kind": "gaze", "x": 1}}),
        json!({"type": "permission_resolved", "request": "r", "outcome": "deferred"}),
        json!({"type": "question_answered", "request": "r", "outcome": "maybe"}),
        json!({"type": "tool_finished", "call": "c", "tool": "t", "ok": "yes"}),
        json!({"type": "channel_created"}),
    ];
    for value in cases {
        let name = value["type"].as_str().unwrap().to_owned();
        let body: Body = serde_json::from_value(value.clone()).unwrap();
        assert!(matches!(body, Body::Unknown(_)), "{value}");
        assert_eq!(body.type_name(), name);
        assert_eq!(serde_json::to_value(&body).unwrap(), value);
        let problem = body.problem().unwrap();
        assert!(problem.contains(&name), "{problem}");
    }
}

#[test]
fn a_body_without_a_type_is_a_problem_and_one_of_a_later_type_is_none() {
    for value in [json!({}), json!({"type": ""}), json!({"type": 7, "a": 1})] {
        let body: Body = serde_json::from_value(value.clone()).unwrap();
        assert!(body.problem().is_some(), "{value}");
        assert_eq!(serde_json::to_value(&body).unwrap(), value);
    }
    let body: Body = serde_json::from_value(json!({"type": "later", "a": null})).unwrap();
    assert_eq!((body.type_name(), body.problem()), ("later", None));
}
