use pilothouse_shared::{MemberKind, Visibility};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn me() -> MemberId {
    "me".parse().unwrap()
}

fn said(seq: u64, member: &str, text: &str) -> MessageEntry {
    MessageEntry {
        id: format!("e{seq}").parse().unwrap(),
        seq: Seq(seq),
        at: 1,
        author: Author {
            member: member.parse().unwrap(),
            name: member.to_owned(),
            kind: MemberKind::Human,
        },
        visibility: Visibility::Public,
        role: if member == "me" {
            Role::Assistant
        } else {
            Role::User
        },
        kind: MessageKind::Text,
        text: text.to_owned(),
        message: None,
    }
}

fn taken(seq: u64, to: &str, state: &str) -> HintEntry {
    let agent = json!({"member": to, "name": to, "kind": "agent"});
    let mut entry = json!({
        "id": format!("h{seq}"), "seq": seq, "at": 1, "state": state,
        "author": {"member": "ada", "name": "ada"},
        "hint": {"kind": "text", "text": "be brief"},
        "delivered": {"to": agent, "via": "websocket", "at": 1},
    });
    if state == "acknowledged" {
        entry["acknowledged"] = json!({"by": agent, "at": 1});
    }
    serde_json::from_value(entry).unwrap()
}

fn context(messages: Vec<MessageEntry>, hints: Vec<HintEntry>, max_bytes: usize) -> Context {
    let snapshot = Snapshot {
        messages,
        hints,
        ..Snapshot::default()
    };
    Context::new(&snapshot, &me(), Some("Help."), max_bytes)
}

fn lines(context: &Context) -> Vec<String> {
    let line = |turn: &Turn| format!("{:?} {}", turn.role, turn.content);
    context.turns.iter().map(line).collect()
}

#[test]
fn a_conversation_is_told_in_turns_that_alternate() {
    let messages = vec![
        said(1, "ada", "hello"),
        said(2, "me", "hi"),
        said(3, "ada", "one"),
        said(4, "ada", "two"),
    ];
    let expected = [
        "System Help.",
        "User hello",
        "Assistant hi",
        "User one\n\ntwo",
    ];
    assert_eq!(lines(&context(messages, Vec::new(), 1000)), expected);
}

#[test]
fn several_speakers_are_told_apart_by_name() {
    let messages = vec![said(1, "ada", "hello"), said(2, "bob", "hey")];
    let expected = ["System Help.", "User ada: hello\n\nbob: hey"];
    assert_eq!(lines(&context(messages, Vec::new(), 1000)), expected);
}

#[test]
fn hints_that_the_agent_has_stand_where_they_were_given() {
    let messages = vec![
        said(1, "ada", "hello"),
        said(3, "me", "hi"),
        said(5, "ada", "more"),
    ];
    let hints = vec![
        taken(2, "me", "acknowledged"),
        taken(4, "me", "delivered"),
        taken(6, "other", "delivered"),
        taken(7, "me", "expired"),
    ];
    let context = context(messages, hints, 1000);
    let expected = [
        "System Help.",
        "User hello\n\n(A hint from ada: be brief)",
        "Assistant hi",
        "User (A hint from ada: be brief)\n\nmore",
    ];
    assert_eq!(lines(&context), expected);
    let open: Vec<_> = context.hints.iter().map(EventId::as_str).collect();
    assert_eq!(open, ["h4"]);
}

#[test]
fn the_oldest_are_left_out_and_what_was_not_told_is_not_acknowledged() {
    let messages = vec![
        said(2, "ada", "long ago"),
        said(3, "me", "yes"),
        said(4, "ada", "now"),
    ];
    let context = context(messages, vec![taken(1, "me", "delivered")], 6);
    assert_eq!(lines(&context), ["System Help.", "User now"]);
    assert!(context.hints.is_empty());
}

#[test]
fn the_newest_is_told_however_long_it_is() {
    let context = context(vec![said(1, "ada", "a long question")], Vec::new(), 3);
    assert_eq!(lines(&context), ["System Help.", "User a long question"]);
}

#[test]
fn notices_tools_and_whispers_are_not_told() {
    let mut notice = said(1, "ada", "notice");
    notice.kind = MessageKind::System;
    let mut tool = said(2, "ada", "tool");
    tool.role = Role::Tool;
    let mut whisper = said(3, "ada", "whisper");
    whisper.visibility = Visibility::Agents;
    let messages = vec![notice, tool, whisper, said(4, "ada", "hello")];
    assert_eq!(
        lines(&context(messages, Vec::new(), 1000)),
        ["System Help.", "User hello"]
    );
}

proptest! {
    #[test]
    fn turns_alternate_and_end_with_the_newest(
        speakers in prop::collection::vec(any::<bool>(), 1..40),
        max_bytes in 0_usize..200,
    ) {
        let member = |mine: bool| if mine { "me" } else { "ada" };
        let messages: Vec<_> = speakers.iter().zip(1..)
            .map(|(mine, seq)| said(seq, member(*mine), &format!("text {seq}")))
            .collect();
        let last = messages.last().unwrap().text.clone();
        let context = context(messages, Vec::new(), max_bytes);
        for pair in context.turns.windows(2) {
            prop_assert_ne!(pair[0].role, pair[1].role);
        }
        prop_assert!(context.turns.last().unwrap().content.ends_with(&last));
        let n_bytes: usize = context.turns[1..].iter().map(|turn| turn.content.len()).sum();
        prop_assert!(n_bytes <= max_bytes + 2 * speakers.len() || context.turns.len() == 2);
    }
}

#[test]
fn a_hint_that_not_everybody_may_see_is_not_for_an_answer_that_everybody_sees() {
    // Was told to the model, which repeats what it is told.
    let mut secret = taken(2, "me", "delivered");
    secret.visibility = Visibility::Agents;
    let hints = vec![secret, taken(3, "me", "delivered")];
    let context = context(vec![said(1, "ada", "hello")], hints, 1000);
    let expected = ["System Help.", "User hello\n\n(A hint from ada: be brief)"];
    assert_eq!(lines(&context), expected);
    let ids = |ids: &[EventId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(ids(&context.hints), ["h3"]);
    assert_eq!(ids(&context.unfit), ["h2"]);
}
