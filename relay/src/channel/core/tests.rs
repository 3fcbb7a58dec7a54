//! Time rules of a channel, with the time as a number.

use pilothouse_shared::{Author, ChannelId, Epoch, MemberId, MemberKind};
use serde_json::{Value, json};

use super::*;

fn core() -> Core {
    let position = Position {
        epoch: Epoch::new("e").unwrap(),
        seq: Seq::ZERO,
    };
    let channel = ChannelId::new("c").unwrap();
    Core::new(
        Replica::at(channel, position, Snapshot::default()),
        Seq::ZERO,
        Seq::ZERO,
        1,
    )
}

fn typing() -> SignalKey {
    SignalKey::new("typing/ada").unwrap()
}

fn set(value: Value) -> Op {
    Op::Set(value)
}

#[test]
fn typing_ends_5_seconds_after_the_last_set_and_not_before() {
    let mut core = core();
    core.signal(&typing(), &set(json!(true)), 1_000).unwrap();
    core.tick(1_000 + TYPING_MS);
    assert_eq!(core.signals.get(&typing()), Some(&json!(true)));
    core.signal(&typing(), &set(json!(true)), 4_000).unwrap();
    core.tick(4_000 + TYPING_MS);
    assert_eq!(
        core.signals.get(&typing()),
        Some(&json!(true)),
        "it was set again"
    );
    core.tick(4_001 + TYPING_MS);
    assert_eq!(core.signals.get(&typing()), None);
}

#[test]
fn only_typing_ends_by_itself() {
    let mut core = core();
    let keys =
        ["typin/ada", "activity/typing/ada", "tokens/m"].map(|key| SignalKey::new(key).unwrap());
    for key in &keys {
        core.signal(key, &set(json!(true)), 0).unwrap();
    }
    core.tick(Millis::MAX);
    assert!(keys.iter().all(|key| core.signals.get(key).is_some()));
}

#[test]
fn presence_is_told_at_the_next_tick_and_only_when_it_changed() {
    let mut core = core();
    let presence = SignalKey::new("presence").unwrap();
    let ada = Author {
        member: MemberId::new("ada").unwrap(),
        name: "Ada".to_owned(),
        kind: MemberKind::Human,
    };
    core.presence.enter(Arc::new(ada), None);
    assert_eq!(core.signals.get(&presence), None);
    core.tick(1);
    assert_eq!(core.signals.get(&presence).unwrap()["watchers"], 1);
    let told = core.signals.now();
    core.tick(2);
    assert_eq!(core.signals.now(), told);
}

#[test]
fn the_relay_alone_writes_presence() {
    let mut core = core();
    let presence = SignalKey::new("presence").unwrap();
    let refused = core.signal(&presence, &set(json!(1)), 0).unwrap_err();
    assert_eq!(refused.code, ErrorCode::Invalid);
}

#[test]
fn history_goes_only_when_there_is_a_fair_amount_too_much() {
    let mut core = core();
    assert_eq!(core.prunable(0), None, "nothing there");
    let event = |seq: u64| {
        serde_json::from_value(json!({
            "seq": seq, "prev": seq - 1, "id": seq.to_string(), "at": seq,
            "author": {"member": "a", "name": "a", "kind": "agent"},
            "body": {"type": "cancel_requested"},
        }))
        .unwrap()
    };
    core.committed((1..=110).map(event).collect());
    assert_eq!(core.prunable(110), None);
    assert_eq!(core.prunable(101), None, "less than a tenth");
    assert_eq!(core.prunable(100), Some(Seq(10)));
    core.unpromise(Seq(10));
    assert_eq!(core.floor(), Seq(11));
    assert_eq!(
        core.prunable(100),
        Some(Seq(10)),
        "the store has not done it yet"
    );
    assert_eq!((core.pruned(Seq(4)), core.pruned(Seq(10))), (4, 6));
    assert_eq!((core.floor(), core.prunable(100)), (Seq(11), None));
    core.unpromise(Seq(5));
    assert_eq!(
        (core.floor(), core.pruned(Seq(5))),
        (Seq(11), 0),
        "a late answer does not bring back what is gone"
    );
    assert_eq!(core.prunable(u64::MAX), None, "for ever");
}
