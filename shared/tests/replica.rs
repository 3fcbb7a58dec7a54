//! The fold's one property: a snapshot at any point and the rest give the same as the whole.

#![expect(clippy::unwrap_used, reason = "helpers of the tests below")]

use pilothouse_shared::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn channel() -> ChannelId {
    ChannelId::new("c").unwrap()
}

/// Bodies that touch every list, with few names so that they meet each other.
fn body() -> impl Strategy<Value = Value> {
    let small = || 0..6u8;
    prop_oneof![
        small().prop_map(|n| json!({"type": "channel_created", "name": format!("n{n}")})),
        Just(json!({"type": "joined"})),
        Just(json!({"type": "left"})),
        small().prop_map(|n| json!({"type": "session_started", "agent": "a", "model": n.to_string()})),
        Just(json!({"type": "session_ended", "reason": "done"})),
        small().prop_map(|n| json!({"type": "operation_started", "operation": format!("o{n}")})),
        Just(json!({"type": "operation_finished", "ok": true})),
        small().prop_map(|n| json!({"type": "tool_started", "call": format!("k{n}"), "tool": "t"})),
        (small(), any::<bool>()).prop_map(
            |(n, ok)| json!({"type": "tool_finished", "call": format!("k{n}"), "tool": "t", "ok": ok})
        ),
        (small(), prop_oneof!["read", "write", "search"]).prop_map(
            |(n, access)| json!({"type": "file_accessed", "path": format!("p{n}"), "access": access})
        ),
        "[a-z]{0,6}".prop_map(|text| json!({"type": "message", "role": "user", "text": text})),
        Just(json!({"type": "cancel_requested"})),
        "[a-z]{0,6}".prop_map(
            |text| json!({"type": "hint", "hint": {"kind": "text", "text": text}})
        ),
        (0..40u64).prop_map(
            |n| json!({"type": "hint_delivered", "hint": format!("e{n}"), "via": "poll"})
        ),
        (0..40u64).prop_map(|n| json!({"type": "hint_acknowledged", "hint": format!("e{n}")})),
        (0..40u64).prop_map(|n| json!({"type": "hint_expired", "hint": format!("e{n}")})),
        small().prop_map(|n| json!({"type": "parameters_declared", "parameters":
            [{"name": format!("p{n}"), "min": 0.0, "max": 1.0, "step": 0.1, "value": f64::from(n)}]})),
        small().prop_map(|n| json!({"type": "permission_requested", "request": format!("r{n}"),
            "tool": "Bash", "input": {"command": "ls"}})),
        (small(), prop_oneof!["allowed", "denied", "expired"]).prop_map(
            |(n, outcome)| json!({"type": "permission_resolved", "request": format!("r{n}"),
                "outcome": outcome})
        ),
        small().prop_map(|n| json!({"type": "question_asked", "request": format!("q{n}"), "text": "?"})),
        small().prop_map(|n| json!({"type": "question_answered", "request": format!("q{n}"),
            "outcome": "answered", "answer": "yes"})),
        small().prop_map(|n| json!({"type": "pipeline", "stages":
            [{"name": "todo", "items": [{"item": format!("i{n}")}]}, {"name": "done", "items": []}]})),
        (small(), prop_oneof!["todo", "done", "new"], prop_oneof!["moved", "removed"]).prop_map(
            |(n, stage, action)| json!({"type": "work_item_changed", "item": format!("i{n}"),
                "stage": stage, "action": action})
        ),
        Just(json!({"type": "reconciliation_progress", "status": "checking"})),
        (any::<u32>(), 0.0..1.0f64).prop_map(|(n, cost)| json!({"type": "usage", "model": "m",
            "input_tokens": n, "output_tokens": 1, "cost_usd": cost})),
        Just(json!({"type": "from_a_later_version", "x": [1, {"y": null}]})),
    ]
}

fn visibility() -> impl Strategy<Value = Visibility> {
    prop_oneof![
        4 => Just(Visibility::Public),
        1 => Just(Visibility::Agents),
        1 => Just(Visibility::Only(vec![MemberId::new("m1").unwrap()])),
    ]
}

fn op() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-z]{0,4}".prop_map(|text| json!({"set": text})),
        "[a-z]{0,4}".prop_map(|text| json!({"append": text})),
        Just(json!({"clear": true})),
    ]
}

/// One step of a channel's life: an event, or a change of a signal.
#[derive(Debug, Clone)]
enum Step {
    Event {
        body: Value,
        visibility: Visibility,
        member: u8,
        after_ms: u64,
        hole: u64,
    },
    Signal {
        key: u8,
        op: Value,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (body(), visibility(), 0..3u8, 0..90_000u64, 0..2u64).prop_map(
            |(body, visibility, member, after_ms, hole)| Step::Event {
                body, visibility, member, after_ms, hole
            }
        ),
        1 => (0..3u8, op()).prop_map(|(key, op)| Step::Signal { key, op }),
    ]
}

/// The frames a relay sends for these steps to one that may see everything.
fn frames(steps: &[Step]) -> Vec<RelayFrame> {
    let (mut at, mut prev) = (1_000_000, Seq::ZERO);
    let mut versions = [0u64; 3];
    let mut frames = Vec::new();
    for step in steps {
        frames.push(match step {
            Step::Event {
                body,
                visibility,
                member,
                after_ms,
                hole,
            } => {
                at += after_ms;
                let seq = Seq(prev.0 + 1 + hole);
                let event = Event {
                    seq,
                    prev: std::mem::replace(&mut prev, seq),
                    id: EventId::new(format!("e{}", seq.0)).unwrap(),
                    at,
                    author: author(*member),
                    visibility: visibility.clone(),
                    body: serde_json::from_value(body.clone()).unwrap(),
                    extra: Extra::new(),
                };
                RelayFrame::Event(Delivery {
                    channel: channel(),
                    event,
                })
            }
            Step::Signal { key, op } => {
                versions[usize::from(*key)] += 1;
                RelayFrame::Signal(SignalChanged {
                    channel: channel(),
                    key: SignalKey::new(format!("s{key}")).unwrap(),
                    version: versions[usize::from(*key)],
                    op: serde_json::from_value(op.clone()).unwrap(),
                })
            }
        });
    }
    frames
}

fn author(n: u8) -> Author {
    let kind = if n == 0 {
        MemberKind::Human
    } else {
        MemberKind::Agent
    };
    Author {
        member: MemberId::new(format!("m{n}")).unwrap(),
        name: format!("M{n}"),
        kind,
    }
}

fn subscribed(replica: Option<&Replica>, history: usize) -> RelayFrame {
    let position = replica.and_then(Replica::position).cloned();
    let position = position.unwrap_or(Position {
        epoch: Epoch::new("e").unwrap(),
        seq: Seq::ZERO,
    });
    let recent = replica
        .map(|replica| replica.recent().clone())
        .unwrap_or_default();
    let events: Vec<_> = recent
        .iter()
        .skip(recent.len().saturating_sub(history))
        .cloned()
        .collect();
    RelayFrame::Subscribed(Box::new(Subscribed {
        r#ref: None,
        channel: channel(),
        head: position.seq,
        position,
        recovered: None,
        snapshot: Some(
            replica
                .map(|replica| replica.snapshot().clone())
                .unwrap_or_default(),
        ),
        events,
        signals: replica.map(Replica::signal_list).unwrap_or_default(),
        floor: Seq::ZERO,
    }))
}

/// What goes over the wire and back.
fn through_wire(frame: &RelayFrame, encoding: Encoding) -> RelayFrame {
    encoding
        .decode_relay(&encoding.encode(frame).unwrap())
        .unwrap()
}

proptest! {
    #[test]
    fn a_snapshot_and_the_rest_equal_the_whole(
        steps in prop::collection::vec(step(), 0..60),
        cut in any::<prop::sample::Index>(),
        packed in any::<bool>(),
    ) {
        let encoding = if packed { Encoding::MessagePack } else { Encoding::Json };
        let frames = frames(&steps);
        let cut = cut.index(frames.len() + 1);
        let mut whole = Replica::new(channel());
        whole.apply(&subscribed(None, 0));
        let mut joined = Replica::new(channel());
        for (index, frame) in frames.iter().enumerate() {
            if index == cut {
                joined.apply(&through_wire(&subscribed(Some(&whole), 1000), encoding));
            }
            let applied = whole.apply(frame);
            if index >= cut {
                prop_assert_eq!(&joined.apply(&through_wire(frame, encoding)), &applied);
            }
        }
        if cut == frames.len() {
            joined.apply(&through_wire(&subscribed(Some(&whole), 1000), encoding));
        }
        prop_assert_eq!(joined, whole);
    }

    #[test]
    fn a_snapshot_for_a_watcher_is_what_it_would_have_seen(
        steps in prop::collection::vec(step(), 0..60),
        n in 0..3u8,
    ) {
        let viewer = author(n);
        let mut all = Replica::new(channel());
        let mut seen = Replica::new(channel());
        all.apply(&subscribed(None, 0));
        seen.apply(&subscribed(None, 0));
        for frame in frames(&steps) {
            all.apply(&frame);
            seen.apply(&as_seen(frame, &viewer));
        }
        prop_assert_eq!(
            &all.snapshot().visible_to(&viewer.member, viewer.kind),
            seen.snapshot()
        );
        prop_assert_eq!(all.position(), seen.position());
    }

    #[test]
    fn a_missing_event_is_noticed_and_a_repeated_one_is_not_folded_twice(
        steps in prop::collection::vec(step(), 1..40),
        lost in any::<prop::sample::Index>(),
    ) {
        let frames: Vec<_> =
            frames(&steps).into_iter().filter(|f| matches!(f, RelayFrame::Event(_))).collect();
        prop_assume!(frames.len() > 1);
        let lost = lost.index(frames.len() - 1);
        let mut replica = Replica::new(channel());
        replica.apply(&subscribed(None, 0));
        for frame in &frames[..lost] {
            prop_assert_eq!(replica.apply(frame), Applied::Event);
        }
        let before = replica.clone();
        for frame in &frames[..lost] {
            prop_assert_eq!(replica.apply(frame), Applied::Known);
        }
        prop_assert_eq!(&replica, &before);
        prop_assert_eq!(replica.apply(&frames[lost + 1]), Applied::Missed);
        prop_assert_eq!(replica.position(), before.position());
    }
}

fn as_seen(frame: RelayFrame, viewer: &Author) -> RelayFrame {
    match frame {
        RelayFrame::Event(delivery)
            if !delivery.event.is_visible_to(&viewer.member, viewer.kind) =>
        {
            let Event { seq, prev, .. } = delivery.event;
            RelayFrame::Skipped(Skipped {
                channel: delivery.channel,
                seq,
                prev,
            })
        }
        frame => frame,
    }
}

#[test]
fn every_list_is_bounded_in_number_and_in_bytes() {
    let long = "x".repeat(60_000);
    let steps: Vec<_> = (0..400)
        .map(|n| Step::Event {
            body: match n % 4 {
                0 => json!({"type": "message", "role": "user", "text": long}),
                1 => json!({"type": "hint", "hint": {"kind": "text", "text": "h"}}),
                2 => json!({"type": "permission_requested", "request": n.to_string(), "tool": "t",
                    "input": {"command": long}}),
                _ => json!({"type": "file_accessed", "path": n.to_string(), "access": "read"}),
            },
            visibility: if n % 8 < 4 {
                Visibility::Public
            } else {
                Visibility::Agents
            },
            member: 0,
            after_ms: 1,
            hole: 0,
        })
        .collect();
    let mut replica = Replica::new(channel());
    replica.apply(&subscribed(None, 0));
    for frame in frames(&steps) {
        assert_eq!(replica.apply(&frame), Applied::Event);
    }
    let snapshot = replica.snapshot();
    assert!(snapshot.hints.len() <= 2 * limits::snapshot::HINTS);
    assert!(snapshot.files.len() <= limits::snapshot::FILES);
    let bytes = serde_json::to_vec(snapshot).unwrap().len();
    assert!(bytes < 6 * limits::snapshot::LIST_BYTES, "{bytes}");
    assert_eq!(snapshot.messages.last().unwrap().text, long);
}

#[test]
fn the_first_outcome_of_a_request_stays() {
    let bodies = [
        json!({"type": "permission_requested", "request": "r", "tool": "t", "input": {}}),
        json!({"type": "permission_resolved", "request": "r", "outcome": "allowed"}),
        json!({"type": "permission_resolved", "request": "r", "outcome": "denied"}),
    ];
    let steps = bodies.map(|body| Step::Event {
        body,
        visibility: Visibility::Public,
        member: 0,
        after_ms: 1,
        hole: 0,
    });
    let mut replica = Replica::new(channel());
    replica.apply(&subscribed(None, 0));
    for frame in frames(&steps) {
        replica.apply(&frame);
    }
    let resolution = replica.snapshot().requests[0].resolution.as_ref().unwrap();
    assert_eq!(resolution.outcome, Outcome::Allowed);
}
