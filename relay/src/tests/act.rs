//! What can happen, and how often it does.

use proptest::prelude::*;

use super::gate::Door;

/// Watchers of a schedule.
pub(super) const WATCHERS: usize = 4;

/// Channels of a schedule.
pub(super) const CHANNELS: usize = 2;

/// One thing that happens. Numbers name a watcher, a member or a channel.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// Somebody publishes over HTTP: so many bodies at once.
    Publish(Saying, u16),
    /// A watcher publishes through its link.
    Tell(usize, Saying),
    /// The relay works off what a watcher sent, and sends what it has for it.
    Serve(usize),
    /// A watcher's socket opens, or brings up to so many frames.
    Take(usize, usize),
    /// A watcher and the relay talk until they have nothing to say.
    Talk(usize),
    /// The socket breaks; both sides learn of it.
    Drop(usize),
    /// The socket takes frames from now on, and none arrives.
    HalfOpen(usize),
    /// The relay goes on serving sockets that are half open.
    Haunt,
    /// The relay gives up the oldest socket that is half open.
    Reap,
    /// Time passes for a watcher.
    Pass(usize, u64),
    /// A watcher watches a channel; anew if it did.
    Watch(usize, usize, From),
    Unwatch(usize, usize),
    /// Somebody changes a signal: appends, or clears it.
    Signal(usize, bool),
    /// The relay's tick: presence is told.
    Tick,
    /// The next call of the store is held up here.
    Hold(Door),
    /// The call that was held up first goes on.
    Release,
    Remove(usize),
    Create(usize),
    /// Both, as somebody does who wants to begin anew.
    Remake(usize),
    /// The relay ends and starts again on the same store.
    Restart,
}

/// Where a watcher begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum From {
    /// With so much history.
    History(usize),
    /// So far behind the head.
    Behind(u64),
    /// So far ahead of the head.
    Ahead(u64),
    /// Where an earlier run of the channel was.
    Before(u64),
}

/// Something to publish.
#[derive(Debug, Clone, Copy)]
pub(super) struct Saying {
    pub(super) by: usize,
    pub(super) channel: usize,
    pub(super) what: What,
    pub(super) to: Audience,
    /// An idempotency id, perhaps one that was used before.
    pub(super) id: Option<u8>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    Message,
    Work,
    Usage,
    Custom,
    /// So large that a few of them push everything else out of memory.
    Large,
    Hint,
    /// To the hint that is so far back.
    Acknowledge(usize),
    Question,
    /// To the question that is so far back.
    Answer(usize),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Audience {
    Everybody,
    Agents,
    Ada,
    BobAndClaude,
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let of_watcher = || 0..WATCHERS;
    let of_channel = || prop_oneof![3 => Just(0), 1 => Just(1usize)];
    let n = prop_oneof![36 => Just(1), 12 => 2..8u16, 1 => 120..140u16];
    prop_oneof![
        12 => (saying(), n).prop_map(|(saying, n)| Act::Publish(saying, n)),
        3 => (of_watcher(), saying()).prop_map(|(at, saying)| Act::Tell(at, saying)),
        7 => of_watcher().prop_map(Act::Serve),
        7 => (of_watcher(), 1..6usize).prop_map(|(at, n)| Act::Take(at, n)),
        7 => of_watcher().prop_map(Act::Talk),
        2 => of_watcher().prop_map(Act::Drop),
        1 => of_watcher().prop_map(Act::HalfOpen),
        2 => Just(Act::Haunt),
        1 => Just(Act::Reap),
        3 => (of_watcher(), prop_oneof![0..1000u64, 0..40_000u64])
            .prop_map(|(at, ms)| Act::Pass(at, ms)),
        4 => (of_watcher(), of_channel(), from())
            .prop_map(|(at, channel, from)| Act::Watch(at, channel, from)),
        1 => (of_watcher(), of_channel()).prop_map(|(at, channel)| Act::Unwatch(at, channel)),
        2 => (of_channel(), any::<bool>()).prop_map(|(channel, clears)| Act::Signal(channel, clears)),
        1 => Just(Act::Tick),
        4 => door().prop_map(Act::Hold),
        4 => Just(Act::Release),
        1 => of_channel().prop_map(Act::Remove),
        1 => of_channel().prop_map(Act::Create),
        2 => of_channel().prop_map(Act::Remake),
        1 => Just(Act::Restart),
    ]
}

/// As [`act`], with publishes that no memory holds for long.
pub(super) fn heavy_act() -> impl Strategy<Value = Act> {
    let large = |(by, n)| {
        let saying = Saying {
            by,
            channel: 0,
            what: What::Large,
            to: Audience::Everybody,
            id: None,
        };
        Act::Publish(saying, n)
    };
    prop_oneof![4 => act(), 1 => (0..4usize, 4..9u16).prop_map(large)]
}

fn from() -> impl Strategy<Value = From> {
    prop_oneof![
        prop_oneof![Just(0), 1..6usize, Just(50)].prop_map(From::History),
        (0..12u64).prop_map(From::Behind),
        (1..3u64).prop_map(From::Ahead),
        (0..5u64).prop_map(From::Before),
    ]
}

fn saying() -> impl Strategy<Value = Saying> {
    let channel = prop_oneof![3 => Just(0), 1 => Just(1usize)];
    let id = prop_oneof![3 => Just(None), 1 => (0..6u8).prop_map(Some)];
    (0..4usize, channel, what(), audience(), id).prop_map(|(by, channel, what, to, id)| Saying {
        by,
        channel,
        what,
        to,
        id,
    })
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        4 => Just(What::Message),
        2 => Just(What::Work),
        1 => Just(What::Usage),
        1 => Just(What::Custom),
        2 => Just(What::Hint),
        1 => (0..3usize).prop_map(What::Acknowledge),
        2 => Just(What::Question),
        1 => (0..3usize).prop_map(What::Answer),
    ]
}

fn audience() -> impl Strategy<Value = Audience> {
    prop_oneof![
        3 => Just(Audience::Everybody),
        1 => Just(Audience::Agents),
        1 => Just(Audience::Ada),
        1 => Just(Audience::BobAndClaude),
    ]
}

fn door() -> impl Strategy<Value = Door> {
    prop_oneof![
        3 => Just(Door::BeforeRead),
        3 => Just(Door::AfterRead),
        1 => Just(Door::BeforeSave),
        1 => Just(Door::AfterSave),
        2 => Just(Door::BeforePrune),
        2 => Just(Door::AfterPrune),
        1 => Just(Door::BeforeRemove),
        1 => Just(Door::AfterRemove),
        1 => Just(Door::BeforeCreate),
        1 => Just(Door::AfterCreate),
    ]
}
