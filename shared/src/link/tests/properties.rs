//! No schedule of faults makes a link stop retrying, store an event twice, lose an accepted publish
//! silently, or know anything but what happened.

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::rig::channel;
use super::world::{CHANNELS, Network, Track, World};
use crate::link::{Input, SendState, State};
use crate::{CloseCode, ErrorCode, Millis};

/// The longest way back: a half-open socket is noticed (30 s + 10 s), a reconnect waits (30 s) and
/// fails slowly (10 s), a refusal from before is waited out (30 s).
const BACK_WITHIN_MS: Millis = 120_000;

#[derive(Debug, Clone, Copy)]
enum Act {
    Pass(Millis),
    Relay(usize),
    Client(usize),
    Publish(usize, usize),
    Other(usize, bool),
    Prune(usize, usize),
    Drop(u16),
    HalfOpen,
    Network(Network),
    Restart(bool),
    Goodbye(Millis),
    Resync,
    Busy(u32),
    Refuse(u32),
    LeaveOut(u32),
    Online,
    RetryNow,
    StopAndStart,
    WatchAgain(usize),
    /// Followed for a moment, and watched again.
    LookAgain(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let of_channel = 0..CHANNELS.len();
    let network = prop_oneof![
        Just(Network::Up),
        Just(Network::Down),
        Just(Network::Hanging)
    ];
    prop_oneof![
        4 => prop_oneof![0..1000u64, 0..40_000u64].prop_map(Act::Pass),
        8 => (1..6usize).prop_map(Act::Relay),
        8 => (1..6usize).prop_map(Act::Client),
        4 => (of_channel.clone(), prop_oneof![9 => Just(1), 1 => Just(60usize)])
            .prop_map(|(at, n)| Act::Publish(at, n)),
        4 => (of_channel.clone(), any::<bool>()).prop_map(|(at, hidden)| Act::Other(at, hidden)),
        1 => (of_channel.clone(), 0..4usize).prop_map(|(at, keep)| Act::Prune(at, keep)),
        2 => prop_oneof![Just(1001), Just(1006), Just(4408), Just(4429), Just(4503)]
            .prop_map(Act::Drop),
        1 => Just(Act::HalfOpen),
        2 => network.prop_map(Act::Network),
        1 => any::<bool>().prop_map(Act::Restart),
        1 => (0..5_000u64).prop_map(Act::Goodbye),
        1 => Just(Act::Resync),
        1 => (1..4u32).prop_map(Act::Busy),
        1 => (1..3u32).prop_map(Act::Refuse),
        1 => (1..3u32).prop_map(Act::LeaveOut),
        1 => Just(Act::Online),
        1 => Just(Act::RetryNow),
        1 => Just(Act::StopAndStart),
        1 => of_channel.clone().prop_map(Act::WatchAgain),
        1 => of_channel.prop_map(Act::LookAgain),
    ]
}

fn play(world: &mut World, act: Act) {
    match act {
        Act::Pass(ms) => world.pass(ms),
        Act::Relay(limit) => drop(world.pump_relay(limit)),
        Act::Client(limit) => drop(world.pump_client(limit)),
        Act::Publish(at, n) => (0..n).for_each(|_| world.publish(CHANNELS[at])),
        Act::Other(at, is_hidden) => world.relay.other(CHANNELS[at], is_hidden),
        Act::Prune(at, keep) => {
            let log = world.relay.logs.entry(channel(CHANNELS[at])).or_default();
            log.prune(keep);
        }
        Act::Drop(code) => world.drop_connection(CloseCode::from(code)),
        Act::HalfOpen => world.half_open(),
        Act::Network(network) => world.network = network,
        Act::Restart(is_proved) => world.restart(is_proved),
        Act::Goodbye(after_ms) => world.goodbye(after_ms),
        Act::Resync => world.resync(),
        Act::Busy(n) => world.relay.n_busy += n,
        Act::Refuse(n) => world.relay.n_refused += n,
        Act::LeaveOut(n) => world.relay.n_left_out += n,
        Act::Online => world.feed(Input::Online),
        Act::RetryNow => world.feed(Input::RetryNow),
        Act::StopAndStart => {
            world.feed(Input::Stop);
            world.feed(Input::Start);
        }
        Act::WatchAgain(at) => {
            world.feed(Input::Unsubscribe {
                channel: channel(CHANNELS[at]),
            });
            world.watch(CHANNELS[at]);
        }
        Act::LookAgain(at) => {
            world.feed(Input::Follow {
                channel: channel(CHANNELS[at]),
            });
            world.watch(CHANNELS[at]);
        }
    }
}

/// The faults end; the time to come back is bounded.
fn settle(world: &mut World) {
    world.network = Network::Up;
    world.relay.n_busy = 0;
    world.relay.n_refused = 0;
    world.relay.n_left_out = 0;
    let until = world.now + BACK_WITHIN_MS;
    // What a defective relay left out shows with the event after it.
    CHANNELS
        .iter()
        .for_each(|name| world.relay.other(name, false));
    loop {
        let is_busy = world.pump_relay(usize::MAX) | world.pump_client(usize::MAX);
        if !is_busy && is_settled(world) {
            return;
        }
        if !is_busy {
            world.wake();
            let state = world.link.state();
            assert!(world.now <= until, "not back in time: {state:?}");
        }
    }
}

fn is_settled(world: &World) -> bool {
    let is_at_head = |name: &str| {
        let head = world.relay.logs[&channel(name)].head();
        let position = world
            .link
            .replica(&channel(name))
            .and_then(|replica| replica.position());
        position.is_some_and(|position| position.seq.0 == head)
    };
    *world.link.state() == State::Live
        && CHANNELS.iter().all(|name| is_at_head(name))
        && !world.link.outbox().any(|entry| entry.state.is_under_way())
}

fn check_publishes(world: &World) {
    for (id, state) in &world.publishes {
        let stored = world
            .relay
            .logs
            .values()
            .filter_map(|log| log.find(id))
            .collect::<Vec<_>>();
        match state {
            SendState::Accepted { seq } => assert_eq!(stored, [seq.0], "{id}"),
            SendState::Failed {
                code: ErrorCode::Invalid | ErrorCode::RateLimited,
                ..
            } => {
                assert_eq!(stored, [] as [u64; 0], "{id}");
            }
            other => panic!("{id} ended as {other:?}"),
        }
    }
}

fn check_replica(world: &World, name: &str) {
    let (channel, epoch) = (channel(name), world.relay.epoch());
    let replica = world.link.replica(&channel).unwrap();
    let (log, track) = (&world.relay.logs[&channel], &world.tracks[&channel]);
    assert_eq!(
        replica.position().map(|position| &position.epoch),
        Some(&epoch)
    );
    let known: Vec<_> = replica
        .recent()
        .iter()
        .map(|event| event.id.clone())
        .collect();
    assert_eq!(known, track.recent, "every event was told, in order");
    let Track { base, gaps, .. } = track;
    let is_lost = |seq: u64| gaps.iter().any(|(from, to)| (*from..=*to).contains(&seq));
    let mut after = log.visible(*base, u64::MAX);
    after.retain(|event| !is_lost(event.seq.0));
    let folded: Vec<_> = replica
        .recent()
        .iter()
        .filter(|event| event.seq.0 > *base)
        .collect();
    assert_eq!(folded, after.iter().collect::<Vec<_>>());
    assert!(
        gaps.iter().all(|(_, to)| *to <= log.pruned_to),
        "only what was pruned is lost"
    );
}

fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn whatever_happens_it_comes_back_and_knows_the_truth(
        luck in any::<u64>(),
        acts in prop::collection::vec(act(), 0..80),
    ) {
        let mut world = World::new(luck);
        acts.into_iter().for_each(|act| play(&mut world, act));
        settle(&mut world);
        check_publishes(&world);
        CHANNELS.iter().for_each(|name| check_replica(&world, name));
    }

}

proptest! {
    #![proptest_config(cases(20))]

    #[test]
    fn an_hour_without_a_relay_costs_few_attempts_and_no_hope(
        luck in any::<u64>(),
        is_refused in any::<bool>(),
    ) {
        let mut world = World::new(luck);
        world.network = if is_refused { Network::Down } else { Network::Hanging };
        let until = world.now + 3_600_000;
        while world.now < until {
            if !world.pump_client(1) {
                world.wake();
            }
        }
        prop_assert!(world.n_connects < 600, "{} attempts", world.n_connects);
        settle(&mut world);
    }
}
