use pilothouse_shared::{ChannelId, RelayFrame, Snapshot};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn event(seq: u64) -> Value {
    json!({
        "seq": seq, "prev": seq - 1, "id": format!("e{seq}"), "at": 1, "body": {"type": "left"},
        "author": {"member": "m", "name": "n", "kind": "agent"},
    })
}

fn frame(value: Value) -> RelayFrame {
    serde_json::from_value(value).unwrap()
}

/// A channel whose relay delivers, skips, restarts and loses track.
struct World {
    replica: Replica,
    generation: u64,
    epoch: u32,
    head: u64,
}

impl World {
    fn new() -> Self {
        let channel: ChannelId = "c".parse().unwrap();
        let mut world = Self {
            replica: Replica::new(channel),
            generation: 0,
            epoch: 0,
            head: 0,
        };
        world.snapshot(0);
        world
    }

    /// A snapshot at the head, with the last events.
    fn snapshot(&mut self, history: u64) {
        let first = self.head.saturating_sub(history) + 1;
        let events: Vec<_> = (first..=self.head).map(event).collect();
        self.replica.apply(&frame(json!({
            "type": "subscribed", "ref": "r", "channel": "c", "head": self.head, "floor": 1,
            "position": {"epoch": format!("e{}", self.epoch), "seq": self.head},
            "snapshot": serde_json::to_value(Snapshot::default()).unwrap(),
            "events": events, "signals": [],
        })));
        self.generation += 1;
    }

    fn event(&mut self) {
        self.head += 1;
        let mut value = event(self.head);
        value["type"] = json!("event");
        value["channel"] = json!("c");
        self.replica.apply(&frame(value));
    }

    fn gap(&mut self, n: u64) {
        let from = self.head + 1;
        self.head += n;
        self.replica.apply(&frame(json!({
            "type": "gap", "channel": "c", "from": from, "to": self.head, "reason": "pruned",
        })));
    }

    fn skip(&mut self) {
        let prev = self.head;
        self.head += 1;
        self.replica.apply(&frame(json!({
            "type": "skipped", "channel": "c", "seq": self.head, "prev": prev,
        })));
    }
}

#[derive(Debug, Clone)]
enum Act {
    Events(usize),
    Skip,
    Gap,
    Snapshot(u64),
    Restart,
    Look(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (1..20usize).prop_map(Act::Events),
        1 => Just(Act::Events(RECENT + 5)),
        2 => Just(Act::Skip),
        1 => Just(Act::Gap),
        1 => (0..10u64).prop_map(Act::Snapshot),
        1 => Just(Act::Restart),
        8 => (1..30usize).prop_map(Act::Look),
    ];
    prop::collection::vec(act, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whenever a follower looks: in order, each event once an epoch, and what is left out is either
    /// not for this member or said to be missed.
    #[test]
    fn a_follower_is_told_everything_or_what_it_missed(acts in acts()) {
        let (mut world, mut cursor) = (World::new(), Cursor::default());
        cursor.next(&world.replica, world.generation);
        let mut hidden = std::collections::BTreeSet::new();
        let mut at = 0;
        let mut look = |world: &World, hidden: &std::collections::BTreeSet<u64>| {
            let Some(happened) = cursor.next(&world.replica, world.generation) else {
                return Ok(false);
            };
            match happened {
                Happened::Anew => at = start(world.replica.position().unwrap(), &world.replica).seq.0,
                Happened::Event(event) => {
                    prop_assert!(event.seq.0 > at);
                    prop_assert!((at + 1..event.seq.0).all(|seq| hidden.contains(&seq)));
                    at = event.seq.0;
                }
                Happened::Missed { from, to } => {
                    prop_assert!(from.0 == at + 1 || (at + 1..from.0).all(|it| hidden.contains(&it)));
                    prop_assert!(to >= from);
                    at = to.0;
                }
                Happened::Ended { .. } => unreachable!("a cursor does not know"),
            }
            Ok(true)
        };
        for act in acts {
            match act {
                Act::Events(n) => (0..n).for_each(|_| world.event()),
                Act::Skip => {
                    world.skip();
                    hidden.insert(world.head);
                }
                Act::Gap => world.gap(3),
                Act::Snapshot(history) => world.snapshot(history),
                Act::Restart => {
                    world.epoch += 1;
                    world.snapshot(5);
                }
                Act::Look(n) => {
                    for _ in 0..n {
                        look(&world, &hidden)?;
                    }
                }
            }
        }
        while look(&world, &hidden)? {}
    }
}

/// A snapshot without events, in the same epoch, passed over what had come before it without a word.
#[test]
fn a_follower_is_told_what_a_snapshot_without_events_leaves_out() {
    let mut world = World::new();
    let mut cursor = Cursor::default();
    cursor.next(&world.replica, world.generation);
    world.event();
    world.snapshot(0);
    let (from, to) = (Seq(1), Seq(1));
    let next = cursor.next(&world.replica, world.generation);
    assert_eq!(next, Some(Happened::Missed { from, to }));
    assert_eq!(cursor.next(&world.replica, world.generation), None);
}

#[test]
fn a_follower_that_skips_begins_after_what_there_is() {
    let mut world = World::new();
    world.event();
    let mut cursor = Cursor::default();
    cursor.skip(&world.replica, world.generation);
    assert_eq!(cursor.next(&world.replica, world.generation), None);
    world.event();
    let next = cursor.next(&world.replica, world.generation);
    assert!(matches!(next, Some(Happened::Event(event)) if event.seq == Seq(2)));
}
