//! Whoever holds which versions, the values it ends with are those of the channel.

use std::collections::BTreeMap;

use pilothouse_shared::limits::MAX_SIGNALS;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn signals() -> Signals {
    Signals::new(ChannelId::new("c").unwrap())
}

fn key(text: &str) -> SignalKey {
    SignalKey::new(text).unwrap()
}

fn op(value: Value) -> Op {
    serde_json::from_value(value).unwrap()
}

/// A watcher as the protocol tells one to be written (section 8).
#[derive(Debug, Default)]
struct Watcher {
    tick: Tick,
    held: BTreeMap<SignalKey, (u64, Value)>,
}

impl Watcher {
    fn subscribe(signals: &Signals) -> Self {
        let all = signals.all().into_iter();
        let held = all.map(|signal| (signal.key, (signal.version, signal.value)));
        Self {
            tick: signals.now(),
            held: held.collect(),
        }
    }

    /// Takes what changed; `false` when it has to subscribe anew.
    fn catch_up(&mut self, signals: &Signals) -> bool {
        let Some(changed) = signals.since(self.tick) else {
            return false;
        };
        for prepared in changed {
            self.apply(prepared.1.frame());
        }
        self.tick = signals.now();
        true
    }

    fn apply(&mut self, frame: &pilothouse_shared::SignalChanged) {
        let held = self.held.get(&frame.key);
        let is_delta = matches!(frame.op, Op::Append(_) | Op::Rows(_));
        let version = held.map_or(0, |(version, _)| *version);
        assert!(
            !is_delta || version + 1 == frame.version,
            "{version} {frame:?}"
        );
        match frame.op.apply(held.map(|(_, value)| value)).unwrap() {
            Some(value) => self.held.insert(frame.key.clone(), (frame.version, value)),
            None => self.held.remove(&frame.key),
        };
    }
}

#[test]
fn one_that_holds_the_version_before_gets_the_delta_and_others_the_whole() {
    let mut signals = signals();
    let key = key("tokens/m");
    signals.change(&key, &op(json!({"set": "a"})), 0).unwrap();
    let (behind, mut current) = (signals.now(), signals.now());
    for (version, text) in [(2, "ab"), (3, "abc"), (4, "abcd")] {
        let delta = op(json!({"append": &text[text.len() - 1..]}));
        signals.change(&key, &delta, 0).unwrap();
        let told = signals.since(current).unwrap();
        assert_eq!((told.len(), told[0].1.frame().version), (1, version));
        assert_eq!(told[0].1.frame().op, delta);
        current = signals.now();
    }
    // Three changes are one frame to who missed them.
    let told = signals.since(behind).unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1.frame().op, op(json!({"set": "abcd"})));
    assert!(signals.since(current).unwrap().is_empty());
}

#[test]
fn an_op_that_is_refused_changes_nothing() {
    let mut signals = signals();
    let key = key("k");
    signals.change(&key, &op(json!({"set": 7})), 0).unwrap();
    let now = signals.now();
    let refused = signals
        .change(&key, &op(json!({"append": "x"})), 0)
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::Invalid);
    assert_eq!((signals.now(), signals.get(&key)), (now, Some(&json!(7))));
    signals
        .change(
            &SignalKey::new("none").unwrap(),
            &op(json!({"clear": true})),
            0,
        )
        .unwrap();
    assert_eq!(signals.now(), now, "clearing nothing changes nothing");
}

#[test]
fn marks_of_cleared_signals_are_bounded_and_who_stands_before_one_subscribes_anew() {
    let mut signals = signals();
    let mut watcher = Watcher::subscribe(&signals);
    for n in 0..3 * MAX_SIGNALS {
        let key = key(&format!("k{n}"));
        signals.change(&key, &op(json!({"set": n})), 0).unwrap();
        signals
            .change(&key, &op(json!({"clear": true})), 0)
            .unwrap();
    }
    assert!(
        signals.slots.len() <= 2 * MAX_SIGNALS + 1,
        "{}",
        signals.slots.len()
    );
    assert_eq!(signals.slots.len(), signals.by_tick.len());
    assert!(!watcher.catch_up(&signals));
    assert!(Watcher::subscribe(&signals).catch_up(&signals));
}

/// A change of one of a few signals, or a look of one of a few watchers.
#[derive(Debug, Clone)]
enum Step {
    Change(u8, Value),
    Look(usize),
    Subscribe(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let change = prop_oneof![
        "[a-z]{0,3}".prop_map(|text| json!({"set": text})),
        "[a-z]{1,3}".prop_map(|text| json!({"append": text})),
        (1..4u8, 0..4u8, "[a-z]{0,2}").prop_map(|(height, row, text)| {
            json!({"rows": {"width": 3, "height": height, "rows": {(row.to_string()): text}}})
        }),
        Just(json!({"clear": true})),
    ];
    prop_oneof![
        4 => (0..3u8, change).prop_map(|(key, op)| Step::Change(key, op)),
        2 => (0..3usize).prop_map(Step::Look),
        1 => (0..3usize).prop_map(Step::Subscribe),
    ]
}

proptest! {
    #[test]
    fn whenever_a_watcher_looks_it_ends_with_the_values_of_the_channel(
        steps in proptest::collection::vec(step(), 0..60)
    ) {
        let mut signals = signals();
        let mut watchers = [Watcher::default(), Watcher::default(), Watcher::default()];
        for step in steps {
            match step {
                // What does not fit the value is refused, and changes nothing.
                Step::Change(n, value) => drop(signals.change(&key(&n.to_string()), &op(value), 0)),
                Step::Look(watcher) => prop_assert!(watchers[watcher].catch_up(&signals)),
                Step::Subscribe(watcher) => watchers[watcher] = Watcher::subscribe(&signals),
            }
        }
        let expected = Watcher::subscribe(&signals).held;
        for mut watcher in watchers {
            prop_assert!(watcher.catch_up(&signals));
            prop_assert_eq!(&watcher.held, &expected);
        }
    }
}
