use pilothouse_shared::{Author, Hint, HintEntry, MemberKind};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn call(fields: &Value) -> Call {
    let mut all =
        json!({"session_id": "7f3a9c21-5b1e-4c52-9c0e-2f8f3d1b6a90", "hook_event_name": "Stop"});
    all.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    Call::read(Vendor::ClaudeCode, all).unwrap()
}

fn channel(fields: &Value) -> String {
    place::channel(&call(fields)).unwrap().to_string()
}

#[test]
fn a_channel_is_called_after_vendor_folder_and_session() {
    assert_eq!(
        channel(&json!({"cwd": "/home/ana/My Website"})),
        "claude-code-my-website-7f3a9c21"
    );
    assert_eq!(
        channel(&json!({"cwd": r"C:\Code\api\"})),
        "claude-code-api-7f3a9c21"
    );
    assert_eq!(channel(&json!({"cwd": "/"})), "claude-code-7f3a9c21");
    assert_eq!(channel(&json!({})), "claude-code-7f3a9c21");
    let named = call(&json!({"cwd": "/home/ana/website"}));
    assert_eq!(place::name(&named), "website · 7f3a9c21");
    let titled = call(&json!({"cwd": "/", "session_title": "Mend the\nlogin"}));
    assert_eq!(place::name(&titled), "Mend the login");
}

/// Ids made by time begin alike: two sessions of one minute shared a channel.
#[test]
fn sessions_whose_ids_begin_alike_have_channels_of_their_own() {
    let of = |session: &str| channel(&json!({"session_id": session}));
    let first = of("01990b6e-7c2a-7d40-8f6e-0a4f0c9b1d22");
    assert_ne!(first, of("01990b6e-7c2b-7d40-8f6e-0a4f0c9b1d22"));
    assert_ne!(of("session-1"), of("session-2"));
}

#[test]
fn a_session_that_changed_its_folder_keeps_its_channel() {
    let began = place::channel(&call(&json!({"cwd": "/home/ana/website"}))).unwrap();
    let moved = call(&json!({"cwd": "/home/ana/website/api"}));
    assert!(place::is_of(&moved, &began));
    let other = call(&json!({"session_id": "s", "cwd": "/home/ana/website"}));
    assert!(!place::is_of(&other, &began));
}

#[test]
fn a_sub_agent_is_a_member_of_its_own() {
    let main = place::author(&call(&json!({"agent_type": "reviewer"}))).unwrap();
    assert_eq!(
        (main.member.as_str(), main.name.as_str()),
        ("claude-code-7f3a9c21", "Claude Code")
    );
    let sub = place::author(&call(&json!({"agent_id": "a81f", "agent_type": "Explore"}))).unwrap();
    assert_eq!(
        (sub.member.as_str(), sub.name.as_str()),
        ("claude-code-7f3a9c21-a81f", "Explore")
    );
    assert_eq!(sub.kind, MemberKind::Agent);
    let odd = |id: &str| {
        place::author(&call(&json!({"agent_id": id})))
            .unwrap()
            .member
    };
    assert_ne!(
        odd("a/b"),
        odd("a b"),
        "what cannot be in an id is told apart nevertheless"
    );
}

fn hint(id: &str, hint: &Hint) -> HintEntry {
    let ana = Author {
        member: pilothouse_shared::MemberId::new("ana").unwrap(),
        name: "Ana".to_owned(),
        kind: MemberKind::Human,
    };
    let entry =
        json!({"id": id, "seq": 1, "at": 1, "author": ana, "hint": hint, "state": "accepted"});
    serde_json::from_value(entry).unwrap()
}

fn sentence(said: &Value) -> String {
    let said = hint("h", &serde_json::from_value(said.clone()).unwrap());
    phrase::facts([&said], output::MAX_TEXT).0
}

#[test]
fn each_kind_of_hint_is_a_fact_with_its_author() {
    let table = [
        (
            json!({"kind": "text", "text": " Use port 8421.\n"}),
            "Ana wrote in Pilothouse: Use port 8421.",
        ),
        (
            json!({"kind": "voice", "transcript": "slow down"}),
            "Ana said in Pilothouse, by voice: slow down",
        ),
        (
            json!({"kind": "click", "target": "src/a.rs"}),
            "Ana pointed in Pilothouse at src/a.rs",
        ),
        (
            json!({"kind": "click", "target": "a.rs", "signature": "fn a()"}),
            "Ana pointed in Pilothouse at a.rs: fn a()",
        ),
        (
            json!({"kind": "parameter", "name": "speed", "value": 0.5}),
            "Ana set a parameter in Pilothouse: speed to 0.5",
        ),
        (
            json!({"kind": "cancel"}),
            "Ana asked in Pilothouse to stop what is being done",
        ),
    ];
    for (said, fact) in table {
        assert_eq!(sentence(&said), fact);
    }
}

#[test]
fn what_does_not_fit_waits_and_what_never_would_is_shortened() {
    let text = |n: usize| Hint::text("é".repeat(n));
    let hints = [
        hint("a", &text(6_000)),
        hint("b", &text(3_000)),
        hint("c", &text(3_000)),
    ];
    let (text_of_two, fitting) = phrase::facts(&hints, output::MAX_TEXT);
    let fitting: Vec<_> = fitting.iter().map(|id| id.as_str()).collect();
    assert_eq!(fitting, ["a", "b"]);
    assert!(text_of_two.encode_utf16().count() <= output::MAX_TEXT);
    let (shortened, fitting) = phrase::facts(&[hint("d", &text(50_000))], output::MAX_TEXT);
    assert_eq!(fitting.len(), 1);
    assert!(shortened.contains("left out by Pilothouse"));
}

#[test]
fn codex_is_told_nothing_where_it_would_take_the_answer_for_failed() {
    assert_eq!(Vendor::Codex.reading("PreToolUse"), None);
    assert_eq!(Vendor::Codex.reading("PostToolUse"), Some("PostToolUse"));
    assert_eq!(
        Vendor::ClaudeCode.reading("PostToolBatch"),
        Some("PostToolBatch")
    );
    assert!(Vendor::Codex.stops_at("PostToolUse") && !Vendor::Codex.stops_at("PreToolUse"));
}

proptest! {
    #[test]
    fn facts_always_fit(texts in prop::collection::vec((".{0,9}", 0..2000_usize), 1..6), name in ".{0,300}") {
        let texts = texts.iter().map(|(text, n)| Hint::text(text.repeat(*n)));
        let mut hints: Vec<_> = texts.map(|text| hint("h", &text)).collect();
        hints.iter_mut().for_each(|hint| hint.author.name.clone_from(&name));
        let (text, fitting) = phrase::facts(&hints, output::MAX_TEXT);
        prop_assert!(text.encode_utf16().count() <= output::MAX_TEXT);
        prop_assert!(!fitting.is_empty(), "the first always fits");
    }
}
