//! Which texts of which bodies.

use pilothouse_shared::Body;
use serde_json::{Value, json};

use super::*;

const MASK: &str = "[masked: GitHub token]";

fn token() -> String {
    ["gh", "p_", &noise(36)].concat()
}

fn put(body: Value) -> Result<Value, String> {
    let mut body: Body = serde_json::from_value(body).unwrap();
    match Masker::default().body(&mut body) {
        Ok(_) => Ok(serde_json::to_value(body).unwrap()),
        Err(refusal) => Err(refusal.message),
    }
}

/// The body with every `§` replaced.
fn with(body: &Value, text: &str) -> Value {
    serde_json::from_str(&body.to_string().replace('§', text)).unwrap()
}

#[test]
fn every_text_that_people_read_is_masked() {
    for body in [
        json!({"type": "message", "role": "assistant", "text": "it is §", "later": "§"}),
        json!({"type": "tool_started", "call": "c", "tool": "Bash", "input": {"command": ["echo", "§"]}}),
        json!({"type": "tool_finished", "call": "c", "tool": "Bash", "ok": true, "output": "§", "error": "§"}),
        json!({"type": "file_accessed", "path": "https://§@host/f", "access": "read"}),
        json!({"type": "operation_started", "operation": "use §", "status": "§"}),
        json!({"type": "session_started", "agent": "a", "cwd": "/§"}),
        json!({"type": "session_ended", "reason": "§"}),
        json!({"type": "hint", "hint": {"kind": "text", "text": "use §"}}),
        json!({"type": "hint", "hint": {"kind": "voice", "transcript": "§"}}),
        json!({"type": "hint", "hint": {"kind": "click", "target": "§"}}),
        json!({"type": "hint_acknowledged", "hint": "h", "note": "§"}),
        json!({"type": "permission_requested", "request": "r", "tool": "Bash", "input": {"command": "§"}, "suggestions": [{"rule": "§"}]}),
        json!({"type": "permission_resolved", "request": "r", "outcome": "denied", "message": "not §"}),
        json!({"type": "question_asked", "request": "r", "text": "§?", "options": ["§", "no"]}),
        json!({"type": "question_answered", "request": "r", "outcome": "elsewhere", "answer": "§"}),
        json!({"type": "pipeline", "stages": [{"name": "s", "items": [{"item": "i", "title": "§"}]}]}),
        json!({"type": "config_changed", "what": "§"}),
        json!({"type": "reconciliation_progress", "status": "§", "message": "§"}),
        json!({"type": "custom", "name": "n", "data": [{"deep": ["§"]}]}),
        json!({"type": "of_a_later_version", "any": {"thing": "§"}}),
    ] {
        assert_eq!(put(with(&body, &token())), Ok(with(&body, MASK)), "{body}");
    }
}

#[test]
fn what_things_are_found_again_by_is_not_changed() {
    for body in [
        json!({"type": "tool_finished", "call": "§", "tool": "§", "ok": true}),
        json!({"type": "message", "role": "assistant", "text": "", "message": "§"}),
        json!({"type": "hint_acknowledged", "hint": "§"}),
        json!({"type": "hint", "hint": {"kind": "parameter", "name": "§", "value": 1.0}, "to": "§"}),
        json!({"type": "work_item_changed", "item": "§", "stage": "§", "action": "moved", "commit": "§"}),
        json!({"type": "custom", "name": "§", "data": {"§": 1}}),
    ] {
        let body = with(&body, &token());
        assert_eq!(put(body.clone()), Ok(body));
    }
}

#[test]
fn the_name_of_a_field_says_that_its_text_is_a_secret() {
    let input = |text: &str| json!({"type": "tool_started", "call": "c", "tool": "t", "input": {"db": {"password": text}}});
    assert_eq!(put(input("abcd")), Ok(input("[masked: password]")));
    assert_eq!(put(input("two words")), Ok(input("two words")));
    let mut value = json!({"type": "string", "token": "identifier", "max_tokens": "4096"});
    assert!(!Masker::default().value(&mut value));
}

/// An agent would run a command with a mask in it, and a question has one answer.
#[test]
fn what_an_agent_acts_on_is_refused_and_not_changed() {
    let (token, mask) = (token(), MASK.to_owned());
    for text in [token, mask] {
        let resolved = |field: &str, value: Value| json!({"type": "permission_resolved", "request": "r", "outcome": "allowed", field: value});
        let changed = put(resolved("updated_input", json!({"command": text})));
        assert!(changed.unwrap_err().contains("allow the input unchanged"));
        let rule = put(resolved("suggestions", json!([{"rule": text}])));
        assert!(rule.unwrap_err().contains("allow the input unchanged"));
    }
    let answer =
        json!({"type": "question_answered", "request": "r", "outcome": "answered", "answer": "§"});
    assert!(
        put(with(&answer, &self::token()))
            .unwrap_err()
            .contains("such as a file")
    );
    let typed =
        json!({"type": "custom", "name": "display_input", "data": {"display": "d", "text": "§"}});
    assert!(
        put(with(&typed, &self::token()))
            .unwrap_err()
            .contains("such as a file")
    );
}

#[test]
fn a_request_is_known_by_its_masked_copy() {
    let raw = json!({"command": format!("curl -H {} x {} y", token(), token()), "n": [1, "a"]});
    let mut held = raw.clone();
    assert!(Masker::default().value(&mut held));
    assert!(is_like(&held, &raw) && is_like(&raw, &raw));
    for other in [
        json!({"command": format!("curl -H {} x {} z", token(), token()), "n": [1, "a"]}),
        json!({"command": "curl", "n": [1, "a"]}),
        json!({"command": raw["command"], "n": [1, "b"]}),
        json!({"command": raw["command"]}),
    ] {
        assert!(!is_like(&held, &other), "{other}");
    }
}
