use std::collections::BTreeMap;
use std::path::Path;

use pilothouse_shared::limits::MAX_BODY_BYTES;
use pilothouse_shared::{Author, MemberId, MemberKind, MessageEntry, Seq, Visibility};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::adapters::hooks::Vendor;

/// One file of `tests/hooks`: what a vendor's documentation says it posts, and what it means here.
#[derive(Debug, Deserialize)]
struct Case {
    vendor: String,
    call: Value,
    records: Vec<Value>,
    signals: BTreeMap<String, Value>,
}

fn cases() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hooks");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let cases = files.map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, case)
    });
    cases.collect()
}

fn vendor(name: &str) -> Vendor {
    match name {
        "codex" => Vendor::Codex,
        _ => Vendor::ClaudeCode,
    }
}

fn call(event: &str, fields: &Value) -> Call {
    let mut all = json!({ "session_id": "s", "hook_event_name": event });
    let fields = fields.as_object().unwrap().clone();
    all.as_object_mut().unwrap().extend(fields);
    Call::read(Vendor::ClaudeCode, all).unwrap()
}

#[test]
fn every_event_says_what_its_file_says() {
    let cases = cases();
    assert!(cases.len() > 40);
    for (name, case) in cases {
        let call = Call::read(vendor(&case.vendor), case.call).unwrap();
        let story = tell(&call);
        let bodies: Vec<_> = story
            .records
            .iter()
            .map(|record| json!(record.body))
            .collect();
        assert_eq!(bodies, case.records, "{name}");
        let signals = story
            .signals
            .iter()
            .map(|(key, op)| (key.to_string(), json!(op)));
        assert_eq!(signals.collect::<BTreeMap<_, _>>(), case.signals, "{name}");
    }
}

#[test]
fn a_tool_call_that_is_told_twice_has_the_same_ids_and_another_has_others() {
    let told = |id: &str| {
        let fields =
            json!({"tool_name": "Read", "tool_use_id": id, "tool_input": {"file_path": "a"}});
        let before = tell(&call("PreToolUse", &fields)).records;
        let after = tell(&call("PostToolUse", &fields)).records;
        let ids: Vec<_> = before
            .into_iter()
            .chain(after)
            .map(|record| record.id)
            .collect();
        assert_eq!(ids.len(), 3);
        assert!(ids.iter().all(Option::is_some));
        ids
    };
    assert_eq!(told("toolu_1"), told("toolu_1"));
    assert!(
        !told("toolu_1")
            .iter()
            .any(|id| told("toolu_2").contains(id))
    );
}

#[test]
fn a_call_without_an_id_has_one_made_of_what_is_known() {
    let fields = json!({"tool_name": "Bash", "tool_input": {"command": "ls"}});
    let started = &tell(&call("PreToolUse", &fields)).records[0];
    let finished = &tell(&call("PostToolUse", &fields)).records[0];
    assert_eq!(started.id, None);
    assert_eq!(json!(started.body)["call"], json!(finished.body)["call"]);
}

#[test]
fn a_long_output_keeps_its_beginning_and_its_end() {
    let output = format!("begin{}end", "ä".repeat(1_000_000));
    let fields =
        json!({"tool_name": "Bash", "tool_use_id": "t", "tool_response": {"stdout": output}});
    let body = json!(tell(&call("PostToolUse", &fields)).records[0].body);
    let kept = body["output"]["stdout"].as_str().unwrap();
    assert!(kept.starts_with("beginä") && kept.ends_with("äend"));
    assert!(kept.contains("bytes left out by Pilothouse"), "{kept}");
    assert!(kept.len() < 10_000);
}

fn author() -> Author {
    let member = MemberId::new("claude-code-s").unwrap();
    let (name, kind) = ("Claude Code".to_owned(), MemberKind::Agent);
    Author { member, name, kind }
}

fn held(text: &str, role: pilothouse_shared::Role) -> MessageEntry {
    MessageEntry {
        id: EventId::new("e").unwrap(),
        seq: Seq(1),
        at: 10,
        author: author(),
        visibility: Visibility::Public,
        role,
        kind: pilothouse_shared::MessageKind::Text,
        text: text.to_owned(),
        message: None,
    }
}

#[test]
fn what_was_shown_is_not_said_again_at_the_end_of_the_turn() {
    use pilothouse_shared::Role::{Assistant, User};
    let stop = call(
        "Stop",
        &json!({"last_assistant_message": "It passes now.\n"}),
    );
    let is_new = |messages: &[MessageEntry]| last_words(&stop, &author(), messages, &[]).is_some();
    assert!(is_new(&[]));
    assert!(!is_new(&[held("It passes now.", Assistant)]));
    assert!(
        !is_new(&[held("… passes now.\n", Assistant)]),
        "the beginning was not heard"
    );
    assert!(is_new(&[held("It fails.", Assistant)]));
    assert!(is_new(&[held("It passes now.", User)]));
    let mut prompted_since = [held("It passes now.", Assistant), held("Again", User)];
    prompted_since[1].author.member = MemberId::new("claude-code-s-terminal").unwrap();
    assert!(is_new(&prompted_since));
}

#[test]
fn what_is_said_after_a_hint_at_the_end_of_the_turn_is_new_even_if_it_is_the_same() {
    let hint = json!({
        "id": "h", "seq": 1, "at": 1, "author": {"member": "ana", "name": "Ana"}, "state": "delivered",
        "hint": {"kind": "text", "text": "Once more"},
        "delivered": {"to": {"member": "claude-code-s", "name": "Claude Code"}, "via": "Stop", "at": 20},
    });
    let hint = serde_json::from_value(hint).unwrap();
    let stop = call("Stop", &json!({"last_assistant_message": "Done."}));
    let said = [held("Done.", pilothouse_shared::Role::Assistant)];
    assert!(last_words(&stop, &author(), &said, &[hint]).is_some());
    assert!(last_words(&stop, &author(), &said, &[]).is_none());
}

/// Any JSON; its texts are sometimes what a hook has there.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,20}".prop_map(Value::from),
        ("[\\x00-\\xff]{1,20}", 1..5000_usize).prop_map(|(text, n)| text.repeat(n).into()),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(".{0,12}", inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A file's call with some of its fields replaced.
fn mangled() -> impl Strategy<Value = (String, Value)> {
    let cases = cases().into_iter();
    let calls: Vec<_> = cases.map(|(_, case)| (case.vendor, case.call)).collect();
    (
        proptest::sample::select(calls),
        vec((any::<proptest::sample::Index>(), value()), 0..4),
    )
        .prop_map(|((vendor, mut call), changes)| {
            let fields = call.as_object_mut().unwrap();
            let names: Vec<_> = fields.keys().cloned().collect();
            for (index, value) in changes {
                fields.insert(index.get(&names).clone(), value);
            }
            (vendor, call)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// What a channel refuses would be lost with everything that came with it.
    #[test]
    fn whatever_a_hook_posts_what_it_says_can_be_stored((from, call) in mangled()) {
        let Ok(call) = Call::read(vendor(&from), call) else { return Ok(()) };
        place::channel(&call).unwrap();
        let author = place::author(&call).unwrap();
        prop_assert!(author.name.len() <= pilothouse_shared::limits::MAX_NAME_BYTES);
        let mut records = tell(&call).records;
        records.extend(last_words(&call, &author, &[], &[]));
        records.push(started(&call, "x"));
        for Record { body, .. } in records {
            prop_assert_eq!(body.problem(), None);
            prop_assert!(serde_json::to_vec(&body).unwrap().len() <= MAX_BODY_BYTES);
        }
    }

    #[test]
    fn any_json_is_a_call_or_an_error(value in value()) {
        let call = Call::read(Vendor::ClaudeCode, value);
        prop_assert!(call.is_err() || call.unwrap().event() != "");
    }
}
