use proptest::prelude::*;

use super::*;

fn specific(event: &str, mut rest: Value) -> Value {
    rest["hookEventName"] = json!(event);
    json!({ "hookSpecificOutput": rest })
}

#[test]
fn what_an_agent_accepts_passes_unchanged() {
    use Vendor::{ClaudeCode, Codex};
    let context = json!({"additionalContext": "Ana wrote in Pilothouse: look at the cache"});
    let deny = json!({"permissionDecision": "deny", "permissionDecisionReason": "no"});
    let allow = json!({"permissionDecision": "allow", "updatedInput": {"command": "ls"}});
    let ask = |decision: Value| specific("PermissionRequest", json!({"decision": decision}));
    let table = [
        (
            ClaudeCode,
            "SessionStart",
            specific("SessionStart", context.clone()),
        ),
        (
            ClaudeCode,
            "PostToolBatch",
            specific("PostToolBatch", context.clone()),
        ),
        (ClaudeCode, "PreToolUse", specific("PreToolUse", allow)),
        (
            ClaudeCode,
            "Stop",
            json!({"decision": "block", "reason": "go on"}),
        ),
        (
            ClaudeCode,
            "PostToolUse",
            json!({"continue": false, "stopReason": "Ana asked"}),
        ),
        // Was lost: a cancellation that came to a tool that failed.
        (
            ClaudeCode,
            "PostToolUseFailure",
            json!({"continue": false, "stopReason": "Ana asked"}),
        ),
        (
            ClaudeCode,
            "PermissionRequest",
            ask(json!({"behavior": "allow", "updatedInput": {}, "updatedPermissions": [1]})),
        ),
        (
            ClaudeCode,
            "PermissionRequest",
            ask(json!({"behavior": "deny", "message": "no", "interrupt": true})),
        ),
        (
            Codex,
            "SessionStart",
            specific("SessionStart", context.clone()),
        ),
        (
            Codex,
            "UserPromptSubmit",
            specific("UserPromptSubmit", context.clone()),
        ),
        (
            Codex,
            "PostToolUse",
            specific("PostToolUse", context.clone()),
        ),
        (Codex, "PreToolUse", specific("PreToolUse", context)),
        (Codex, "PreToolUse", specific("PreToolUse", deny)),
        (
            Codex,
            "PermissionRequest",
            ask(json!({"behavior": "allow"})),
        ),
        (
            Codex,
            "PermissionRequest",
            ask(json!({"behavior": "deny", "message": "no"})),
        ),
        (
            Codex,
            "Stop",
            json!({"decision": "block", "reason": "go on"}),
        ),
    ];
    for (vendor, event, answer) in table {
        let kept = accepted(vendor, event, answer.clone());
        assert_eq!(kept, Some(answer), "{vendor:?} {event}");
    }
}

#[test]
fn codex_is_not_told_what_makes_it_refuse() {
    let told = |event: &str, answer: Value| accepted(Vendor::Codex, event, answer);
    let decision = json!({
        "behavior": "allow", "updatedInput": {}, "updatedPermissions": [], "interrupt": true,
        "message": "unused",
    });
    let plain = json!({"behavior": "allow"});
    assert_eq!(
        told(
            "PermissionRequest",
            specific("x", json!({"decision": decision}))
        ),
        Some(specific("PermissionRequest", json!({"decision": plain})))
    );
    // To allow a tool before it runs is an error there, with or without another input.
    let allow = json!({"permissionDecision": "allow", "updatedInput": {}});
    assert_eq!(told("PreToolUse", specific("PreToolUse", allow)), None);
    let deny = json!({"permissionDecision": "deny"});
    assert_eq!(told("PreToolUse", specific("PreToolUse", deny)), None);
    let stop = json!({"continue": false, "stopReason": "x", "suppressOutput": true});
    assert_eq!(told("PreToolUse", stop.clone()), None);
    assert_eq!(
        told("Stop", stop),
        Some(json!({"continue": false, "stopReason": "x"}))
    );
    let context = json!({"additionalContext": "x"});
    assert_eq!(told("Stop", specific("Stop", context)), None);
}

#[test]
fn half_a_decision_is_none() {
    for vendor in Vendor::ALL {
        for answer in [
            json!({"decision": "block"}),
            json!({"decision": "block", "reason": "  "}),
            json!({"decision": "approve", "reason": "x"}),
            json!({"reason": "x"}),
            json!({"stopReason": "x"}),
            json!({"hookSpecificOutput": {"hookEventName": "Stop"}}),
            json!({"hookSpecificOutput": "x"}),
            json!("block"),
            json!(null),
        ] {
            assert_eq!(accepted(vendor, "Stop", answer.clone()), None, "{answer}");
        }
    }
}

#[test]
fn a_text_is_cut_where_the_agent_would_cut_it() {
    let long = "ä".repeat(MAX_TEXT + 5);
    let answer = specific("SessionStart", json!({"additionalContext": long}));
    let kept = accepted(Vendor::ClaudeCode, "SessionStart", answer).unwrap();
    let text = kept["hookSpecificOutput"]["additionalContext"]
        .as_str()
        .unwrap();
    assert_eq!(text.chars().count(), MAX_TEXT);
}

/// Any JSON, most of it made of the words that agents know.
fn anything() -> impl Strategy<Value = Value> {
    let words = [
        "continue",
        "stopReason",
        "systemMessage",
        "suppressOutput",
        "decision",
        "reason",
        "block",
        "hookSpecificOutput",
        "hookEventName",
        "additionalContext",
        "permissionDecision",
        "allow",
        "permissionDecisionReason",
        "updatedInput",
        "behavior",
        "updatedPermissions",
        "message",
        "interrupt",
        "deny",
        "unknown",
    ];
    let word = prop::sample::select(words.to_vec());
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|it| json!(it)),
        word.clone().prop_map(|it| json!(it)),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::hash_map(word.clone(), inner, 0..8)
                .prop_map(|map| map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

/// The keys that Codex's reader of an event's answer knows and does not refuse.
fn codex_keys(event: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match event {
        "SessionStart" => (
            &["hookSpecificOutput"],
            &["hookEventName", "additionalContext"],
        ),
        "UserPromptSubmit" | "PostToolUse" => (
            &[
                "continue",
                "stopReason",
                "decision",
                "reason",
                "hookSpecificOutput",
            ],
            &["hookEventName", "additionalContext"],
        ),
        "PreToolUse" => (
            &["hookSpecificOutput"],
            &[
                "hookEventName",
                "additionalContext",
                "permissionDecision",
                "permissionDecisionReason",
            ],
        ),
        "PermissionRequest" => (&["hookSpecificOutput"], &["hookEventName", "decision"]),
        "Stop" => (&["continue", "stopReason", "decision", "reason"], &[]),
        _ => (&[], &[]),
    }
}

proptest! {
    #[test]
    fn whatever_is_answered_codex_gets_only_keys_it_knows(
        answer in anything(),
        event in prop::sample::select(vec![
            "SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PermissionRequest", "Stop",
            "SessionEnd", "Interrupt", "Other",
        ]),
    ) {
        if let Some(kept) = accepted(Vendor::Codex, event, answer) {
            let (outer, inner) = codex_keys(event);
            for (key, value) in kept.as_object().unwrap() {
                prop_assert!(outer.contains(&key.as_str()), "{key}");
                let within = value.as_object().into_iter().flatten();
                for (key, _) in within {
                    prop_assert!(inner.contains(&key.as_str()), "{key}");
                }
            }
            let decision = &kept["hookSpecificOutput"]["decision"];
            for (key, _) in decision.as_object().into_iter().flatten() {
                prop_assert!(["behavior", "message"].contains(&key.as_str()), "{key}");
            }
        }
    }

    #[test]
    fn what_was_kept_is_kept_again(answer in anything(), event in "(Stop|PreToolUse|PermissionRequest)") {
        for vendor in Vendor::ALL {
            if let Some(kept) = accepted(vendor, &event, answer.clone()) {
                prop_assert_eq!(accepted(vendor, &event, kept.clone()), Some(kept));
            }
        }
    }
}
