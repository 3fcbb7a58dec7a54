use proptest::prelude::*;
use serde_json::json;

use super::*;

fn channel() -> ChannelId {
    "c".parse().unwrap()
}

fn key(name: &str) -> SignalKey {
    name.parse().unwrap()
}

fn rows(height: u32, rows: &[(u32, &str)]) -> Op {
    Op::Rows(RowsPatch {
        width: 10,
        height,
        rows: rows
            .iter()
            .map(|(row, text)| (row.to_string(), (*text).to_owned()))
            .collect(),
        extra: pilothouse_shared::Extra::new(),
    })
}

/// What the relay holds: the ops it was told, applied as it does.
#[derive(Debug, Default)]
struct Told(BTreeMap<SignalKey, Value>);

impl Told {
    fn hear(&mut self, frame: ClientFrame) {
        let ClientFrame::Signal(change) = frame else {
            panic!("not a signal: {frame:?}");
        };
        let value = change.op.apply(self.0.get(&change.key)).unwrap();
        match value {
            Some(value) => self.0.insert(change.key, value),
            None => self.0.remove(&change.key),
        };
    }
}

#[test]
fn what_was_missed_is_told_as_one_change() {
    let (mut signals, mut told) = (Signals::default(), Told::default());
    let change = |signals: &mut Signals, op| signals.change(channel(), key("k"), op).unwrap();
    change(&mut signals, rows(3, &[(0, "a"), (1, "b")]));
    told.hear(signals.next().unwrap());
    change(&mut signals, rows(3, &[(0, "x")]));
    change(&mut signals, rows(3, &[(2, "z")]));
    let frame = signals.next().unwrap();
    let expected = ClientFrame::Signal(ChangeSignal {
        channel: channel(),
        key: key("k"),
        op: rows(3, &[(0, "x"), (2, "z")]),
    });
    assert_eq!(frame, expected);
    assert_eq!(signals.next(), None);
}

#[test]
fn a_new_connection_is_told_whole_values_and_what_was_cleared() {
    let mut signals = Signals::default();
    for name in ["stays", "goes"] {
        signals
            .change(channel(), key(name), Op::Set(json!(1)))
            .unwrap();
        signals.next().unwrap();
    }
    let mut told = Told([(key("goes"), json!(1))].into());
    signals
        .change(channel(), key("goes"), Op::Clear(True))
        .unwrap();
    signals.forget_told();
    while let Some(frame) = signals.next() {
        told.hear(frame);
    }
    assert_eq!(told.0, [(key("stays"), json!(1))].into());
    assert!(signals.held.len() == 1 && !signals.are_untold());
}

#[test]
fn more_signals_than_a_client_keeps_are_refused_until_one_is_cleared() {
    let mut signals = Signals::default();
    let set = |signals: &mut Signals, n: usize, op| {
        let outcome = signals.change(channel(), key(&format!("k{n}")), op);
        while signals.next().is_some() {}
        outcome
    };
    for n in 0..MAX_OWN_SIGNALS {
        set(&mut signals, n, Op::Set(json!(n))).unwrap();
    }
    let another = Op::Set(json!(0));
    assert_eq!(
        set(&mut signals, 1000, another.clone()),
        Err(SignalError::TooMany)
    );
    set(&mut signals, 3, Op::Clear(True)).unwrap();
    set(&mut signals, 1000, another).unwrap();
}

#[test]
fn a_value_above_the_limit_is_refused_and_the_one_before_stays() {
    let mut signals = Signals::default();
    let mut append = |n: usize| signals.change(channel(), key("t"), Op::Append("x".repeat(n)));
    append(MAX_SIGNAL_BYTES - 2).unwrap();
    assert_eq!(append(1), Err(SignalError::TooLarge));
    assert!(signals.next().is_some());
}

/// What may happen to the signals of a client.
#[derive(Debug, Clone)]
enum Act {
    Change(usize, Op),
    Tell,
    /// The connection is lost; the relay may have been restarted.
    Lose {
        is_restarted: bool,
    },
}

fn ops() -> impl Strategy<Value = Op> {
    let row = |height: u32| (0..height, "[a-c]{0,2}");
    let patch = (1..4u32).prop_flat_map(move |height| {
        let rows =
            prop::collection::btree_map(row(height).prop_map(|(n, _)| n), "[a-c]{0,2}", 0..3);
        rows.prop_map(move |rows| {
            let rows: Vec<_> = rows.into_iter().collect();
            let rows: Vec<_> = rows.iter().map(|(n, text)| (*n, text.as_str())).collect();
            super::tests::rows(height, &rows)
        })
    });
    prop_oneof![
        3 => patch,
        1 => Just(Op::Set(json!("text"))),
        1 => "[a-c]{1,2}".prop_map(Op::Append),
        1 => Just(Op::Clear(True)),
    ]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (0..3usize, ops()).prop_map(|(key, op)| Act::Change(key, op)),
        4 => Just(Act::Tell),
        1 => any::<bool>().prop_map(|is_restarted| Act::Lose { is_restarted }),
    ];
    prop::collection::vec(act, 0..60)
}

proptest! {
    /// However changes, tellings and losses fall, a relay that was told all knows the latest values.
    #[test]
    fn in_the_end_the_relay_holds_the_latest_values(acts in acts()) {
        let (mut signals, mut told) = (Signals::default(), Told::default());
        let mut wanted: BTreeMap<SignalKey, Value> = BTreeMap::new();
        for act in acts {
            match act {
                Act::Change(n, op) => {
                    let key = key(&format!("k{n}"));
                    if signals.change(channel(), key.clone(), op.clone()).is_ok() {
                        match op.apply(wanted.get(&key)).unwrap() {
                            Some(value) => wanted.insert(key, value),
                            None => wanted.remove(&key),
                        };
                    }
                }
                Act::Tell => signals.next().into_iter().for_each(|frame| told.hear(frame)),
                Act::Lose { is_restarted } => {
                    signals.forget_told();
                    if is_restarted {
                        told = Told::default();
                    }
                }
            }
            prop_assert!(signals.turns.len() <= signals.held.len());
        }
        while let Some(frame) = signals.next() {
            told.hear(frame);
        }
        prop_assert_eq!(told.0, wanted);
        prop_assert!(!signals.are_untold());
    }
}
