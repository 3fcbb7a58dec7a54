//! Subscriptions: asked for, resumed, asked for again, ended.

use super::rig::*;
use crate::link::{Change, Command, Input, State};
use crate::{
    ClientFrame, CloseCode, ErrorCode, Gap, Op, RelayFrame, Seq, SignalChanged, SignalKey,
    Unsubscribed, limits,
};

fn ended(reason: Option<&str>) -> RelayFrame {
    let reason = reason.map(str::to_owned);
    RelayFrame::Unsubscribed(Unsubscribed {
        r#ref: None,
        channel: channel("a"),
        reason,
    })
}

#[test]
fn it_replays_until_every_channel_has_caught_up() {
    let mut rig = Rig::welcomed();
    let asked = rig.subscribe("a");
    assert_eq!(rig.link.state(), &State::Replaying);
    assert_eq!(
        changes(&rig.frame(snapshot(&asked, 5, 6))),
        [Change::Snapshot]
    );
    assert_eq!(rig.link.state(), &State::Replaying);
    assert_eq!(
        changes(&rig.frame(delivery(6))).last(),
        Some(&Change::CaughtUp { n_missed: 1 })
    );
    assert_eq!(rig.link.state(), &State::Live);
}

#[test]
fn it_resumes_where_it_was() {
    let mut rig = Rig::watching();
    rig.frame(delivery(6));
    rig.break_off();
    rig.wake();
    let asked = subscribes(&rig.open()).remove(0);
    assert_eq!(asked.after, Some(position("x", 6)));
    let commands = rig.frame(resumed(&asked.r#ref, 6, 8));
    assert_eq!(changes(&commands), [Change::Resumed { head: Seq(8) }]);
    rig.frame(delivery(7));
    assert_eq!(rig.link.state(), &State::Replaying);
    let caught_up = changes(&rig.frame(delivery(8)));
    assert_eq!(caught_up.last(), Some(&Change::CaughtUp { n_missed: 2 }));
    assert_eq!(rig.link.state(), &State::Live);
}

#[test]
fn it_can_begin_at_a_position_known_from_before() {
    let mut rig = Rig::welcomed();
    let after = Some(position("x", 3));
    let input = Input::Subscribe {
        channel: channel("a"),
        history: 0,
        after: after.clone(),
    };
    let asked = subscribes(&rig.step(input)).remove(0);
    assert_eq!((asked.after, asked.history), (after, Some(0)));
    assert_eq!(
        changes(&rig.frame(resumed(&asked.r#ref, 3, 4))),
        [Change::Resumed { head: Seq(4) }]
    );
}

#[test]
fn a_channel_watched_twice_is_asked_for_once() {
    let mut rig = Rig::watching();
    assert_eq!(rig.subscribe("a"), "");
    assert_eq!(rig.link.replicas().count(), 1);
}

#[test]
fn a_followed_channel_keeps_how_it_stands_and_no_events() {
    let mut rig = Rig::welcomed();
    let follow = Input::Follow {
        channel: channel("a"),
    };
    let asked = subscribes(&rig.step(follow.clone())).remove(0);
    assert_eq!((asked.after, asked.history), (None, Some(0)));
    rig.frame(snapshot(&asked.r#ref, 5, 5));
    rig.frame(delivery(6));
    let replica = rig.link.replica(&channel("a")).unwrap();
    assert_eq!((replica.head(), replica.recent().len()), (Seq(6), 0));
    assert_eq!(subscribes(&rig.step(follow)), []);
}

#[test]
fn a_followed_channel_that_is_opened_is_asked_for_its_events() {
    let mut rig = Rig::welcomed();
    let channel = channel("a");
    let follow = Input::Follow {
        channel: channel.clone(),
    };
    let followed = subscribes(&rig.step(follow.clone())).remove(0);
    rig.frame(snapshot(&followed.r#ref, 5, 5));
    let asked = rig.subscribe("a");
    assert_ne!(asked, "");
    assert!(!rig.link.is_caught_up(&channel));
    // What is known stays until the answer, which has the events that are passed over.
    assert_eq!(changes(&rig.frame(delivery(6))), []);
    assert_eq!(rig.link.replica(&channel).unwrap().head(), Seq(5));
    rig.frame(snapshot(&asked, 6, 6));
    rig.frame(delivery(7));
    assert!(rig.link.is_caught_up(&channel));
    assert_eq!(rig.link.replica(&channel).unwrap().recent().len(), 1);
    rig.step(follow);
    assert_eq!(rig.link.replica(&channel).unwrap().recent().len(), 0);
    rig.break_off();
    rig.wake();
    let resumed = subscribes(&rig.open()).remove(0);
    assert_eq!(resumed.after, Some(position("x", 7)));
}

#[test]
fn a_missed_event_is_asked_for_once() {
    let mut rig = Rig::watching();
    let asked = subscribes(&rig.frame(delivery(7)));
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].after, Some(position("x", 5)));
    assert_eq!(rig.link.state(), &State::Replaying);
    assert_eq!(rig.frame(delivery(8)), [], "the answer is on its way");
    assert_eq!(rig.frame(delivery(6)), [], "the answer continues from 5");
    rig.frame(resumed(&asked[0].r#ref, 5, 8));
    for seq in 6..=8 {
        assert!(!changes(&rig.frame(delivery(seq))).is_empty());
    }
    assert_eq!(rig.link.state(), &State::Live);
}

#[test]
fn a_relay_that_keeps_leaving_out_events_is_asked_ever_more_slowly() {
    let mut rig = Rig::watching();
    let mut asked = subscribes(&rig.frame(delivery(7))).remove(0);
    for wait in [500, 1000, 2000] {
        rig.frame(resumed(&asked.r#ref, 5, 7));
        assert_eq!(subscribes(&rig.frame(delivery(7))), []);
        assert_eq!(subscribes(&rig.pass(wait - 1)), []);
        asked = subscribes(&rig.pass(1)).remove(0);
    }
}

#[test]
fn a_missed_change_of_a_signal_is_asked_for() {
    let mut rig = Rig::watching();
    let append = RelayFrame::Signal(SignalChanged {
        channel: channel("a"),
        key: SignalKey::new("tokens/1").unwrap(),
        version: 3,
        op: Op::Append("x".to_owned()),
    });
    assert_eq!(subscribes(&rig.frame(append)).len(), 1);
}

#[test]
fn an_answer_that_does_not_follow_leads_to_a_snapshot() {
    let mut rig = Rig::watching();
    let asked = subscribes(&rig.frame(delivery(7))).remove(0);
    rig.frame(resumed(&asked.r#ref, 4, 7));
    let fresh = subscribes(&rig.wake()).remove(0);
    assert_eq!(fresh.after, None);
    assert_eq!(
        changes(&rig.frame(snapshot(&fresh.r#ref, 7, 7)))[0],
        Change::Snapshot
    );
    assert_eq!(rig.link.state(), &State::Live);
}

#[test]
fn an_answer_to_an_earlier_question_is_passed_over() {
    let mut rig = Rig::welcomed();
    let first = rig.subscribe("a");
    rig.step(Input::Unsubscribe {
        channel: channel("a"),
    });
    let second = rig.subscribe("a");
    assert_ne!(first, second);
    assert_eq!(rig.frame(snapshot(&first, 5, 5)), []);
    assert_eq!(rig.frame(delivery(6)), []);
    assert_eq!(
        changes(&rig.frame(snapshot(&second, 6, 6)))[0],
        Change::Snapshot
    );
}

#[test]
fn a_lost_range_is_told() {
    let mut rig = Rig::watching();
    let gap = Gap {
        channel: channel("a"),
        from: Seq(6),
        to: Seq(8),
        reason: "pruned".to_owned(),
    };
    let told = changes(&rig.frame(RelayFrame::Gap(gap)));
    assert_eq!(
        told,
        [Change::Gap {
            from: Seq(6),
            to: Seq(8)
        }]
    );
}

#[test]
fn resync_subscribes_again_and_anything_else_ends_it() {
    let mut rig = Rig::watching();
    assert_eq!(subscribes(&rig.frame(ended(Some("resync")))).len(), 1);
    for reason in [Some("removed"), None] {
        let mut rig = Rig::watching();
        let commands = rig.frame(ended(reason));
        assert!(matches!(changes(&commands)[..], [Change::Ended { .. }]));
        assert_eq!(sent(&commands), []);
        assert!(rig.link.replica(&channel("a")).is_none());
        assert_eq!(rig.link.state(), &State::Live);
    }
}

#[test]
fn a_refused_subscription_ends_and_a_postponed_one_does_not() {
    let mut rig = Rig::welcomed();
    let asked = rig.subscribe("a");
    let told = changes(&rig.frame(error(&asked, ErrorCode::Forbidden)));
    assert_eq!(
        told,
        [Change::Ended {
            reason: "no".to_owned()
        }]
    );
    for code in [ErrorCode::Unavailable, ErrorCode::RateLimited] {
        let asked = rig.subscribe("a");
        assert_eq!(changes(&rig.frame(error(&asked, code))), []);
        assert_eq!(subscribes(&rig.pass(249)), []);
        assert_eq!(subscribes(&rig.pass(1)).len(), 1);
        rig.step(Input::Unsubscribe {
            channel: channel("a"),
        });
    }
}

#[test]
fn no_longer_watching_tells_the_relay_if_it_knows() {
    let mut rig = Rig::watching();
    for is_missing_something in [false, true] {
        if is_missing_something {
            let asked = rig.subscribe("a");
            rig.frame(snapshot(&asked, 5, 5));
            rig.frame(ended(Some("resync")));
        }
        let commands = rig.step(Input::Unsubscribe {
            channel: channel("a"),
        });
        assert!(matches!(sent(&commands)[..], [ClientFrame::Unsubscribe(_)]));
    }
    rig.subscribe("b");
    rig.closed(CloseCode::GoingAway);
    assert_eq!(
        sent(&rig.step(Input::Unsubscribe {
            channel: channel("b")
        })),
        []
    );
    rig.wake();
    assert_eq!(sent(&rig.open()), []);
}

#[test]
fn one_channel_too_many_comes_back_at_once() {
    let mut rig = Rig::welcomed();
    for n in 0..limits::MAX_SUBSCRIPTIONS {
        rig.subscribe(&format!("c{n}"));
    }
    let input = Input::Subscribe {
        channel: channel("one-more"),
        history: 0,
        after: None,
    };
    let commands = rig.step(input);
    assert!(matches!(
        &commands[..],
        [Command::Changed {
            change: Change::Ended { .. },
            ..
        }]
    ));
    assert_eq!(rig.link.replicas().count(), limits::MAX_SUBSCRIPTIONS);
}
