use pilothouse_shared::{Author, Visibility};
use serde_json::{Value, json};

use super::*;

fn me() -> MemberId {
    "me".parse().unwrap()
}

fn author(member: &str) -> Author {
    Author {
        member: member.parse().unwrap(),
        name: member.to_owned(),
        kind: match member {
            "ada" | "bob" => MemberKind::Human,
            _ => MemberKind::Agent,
        },
    }
}

fn entry(seq: u64, member: &str, role: Role) -> MessageEntry {
    MessageEntry {
        id: format!("e{seq}").parse().unwrap(),
        seq: Seq(seq),
        at: 1,
        author: author(member),
        visibility: Visibility::Public,
        role,
        kind: MessageKind::Text,
        text: "words".to_owned(),
        message: None,
    }
}

fn event(seq: u64, member: &str, body: &Value) -> Event {
    let author = serde_json::to_value(author(member)).unwrap();
    let event = json!({
        "seq": seq, "prev": seq - 1, "id": format!("e{seq}"), "at": 1, "author": author, "body": body,
    });
    serde_json::from_value(event).unwrap()
}

fn due(inbox: &Inbox, messages: &[MessageEntry]) -> Option<u64> {
    inbox.due(messages).map(|ask| ask.through.0)
}

#[test]
fn people_are_answered_together_and_once() {
    let mut inbox = Inbox::new(me(), 0);
    let messages = [entry(1, "ada", Role::User), entry(2, "bob", Role::User)];
    let ask = inbox.due(&messages).unwrap();
    assert_eq!((ask.through, ask.from.as_str()), (Seq(2), "bob"));
    inbox.answered(ask.through);
    assert_eq!(due(&inbox, &messages), None);
}

#[test]
fn what_comes_while_an_answer_is_given_is_due_after_it() {
    let mut inbox = Inbox::new(me(), 0);
    inbox.answered(Seq(1));
    let messages = [
        entry(1, "ada", Role::User),
        entry(2, "ada", Role::User),
        entry(3, "me", Role::Assistant),
    ];
    assert_eq!(due(&inbox, &messages), Some(2));
}

#[test]
fn neither_the_agent_itself_nor_tools_nor_whispers_are_answered() {
    let inbox = Inbox::new(me(), 9);
    let mut private = entry(4, "ada", Role::User);
    private.visibility = Visibility::Only(vec![me()]);
    let mut notice = entry(5, "ada", Role::User);
    notice.kind = MessageKind::System;
    let mut empty = entry(6, "ada", Role::User);
    empty.text = " \n".to_owned();
    let messages = [
        entry(1, "me", Role::User),
        entry(2, "ada", Role::Tool),
        entry(3, "other", Role::System),
        private,
        notice,
        empty,
    ];
    assert_eq!(due(&inbox, &messages), None);
}

#[test]
fn agents_are_answered_only_when_told_to_and_only_so_often() {
    let mut messages = vec![
        entry(1, "ada", Role::User),
        entry(2, "other", Role::Assistant),
    ];
    let mut never = Inbox::new(me(), 0);
    never.answered(Seq(1));
    assert_eq!(due(&never, &messages), None);

    let mut twice = Inbox::new(me(), 2);
    twice.answered(Seq(1));
    let mut n_answers = 0;
    for seq in (3..40).step_by(2) {
        if let Some(ask) = twice.due(&messages) {
            twice.answered(ask.through);
            messages.push(entry(seq, "me", Role::Assistant));
            n_answers += 1;
        }
        messages.push(entry(seq + 1, "other", Role::Assistant));
    }
    assert_eq!(n_answers, 2);
    messages.push(entry(100, "ada", Role::User));
    assert_eq!(due(&twice, &messages), Some(100));
}

#[test]
fn the_past_is_the_session_and_how_far_it_was_answered() {
    let started =
        |session: &str| json!({"type": "session_started", "agent": "a", "session": session});
    let said = |answers: Value| json!({"type": "message", "role": "assistant", "text": "x", "answers": answers});
    let events = [
        event(1, "me", &started("s")),
        event(3, "me", &said(json!(2))),
        event(4, "other", &said(json!(3))),
        event(5, "me", &started("s")),
        event(6, "me", &said(json!("odd"))),
        event(7, "me", &said(json!(70))),
    ];
    let past = Past::of(&events, &me());
    let session = Some("s".to_owned());
    let answered = Some(Seq(2));
    assert_eq!(past, Past { session, answered });
    assert_eq!(Past::of(&events[..1], &me()).answered, Some(Seq(1)));
    assert_eq!(Past::of(&events[2..3], &me()), Past::default());
}
