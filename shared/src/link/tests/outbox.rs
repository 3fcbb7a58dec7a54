//! Publishes: sent, sent again, refused, bounded.

use super::rig::*;
use crate::link::{Command, Input, MAX_OUTGOING, SendState};
use crate::{ErrorCode, RelayFrame, Seq};

fn state(rig: &Rig, id: &str) -> SendState {
    let entry = rig.link.outbox().find(|entry| entry.id == event_id(id));
    entry.map(|entry| entry.state.clone()).unwrap()
}

fn code(rig: &Rig, id: &str) -> Option<ErrorCode> {
    match state(rig, id) {
        SendState::Failed { code, .. } => Some(code),
        _ => None,
    }
}

#[test]
fn a_publish_waits_for_the_connection_and_ends_accepted() {
    let mut rig = Rig::new();
    assert_eq!(rig.publish("p"), [Command::Outbox(event_id("p"))]);
    assert_eq!(state(&rig, "p"), SendState::Pending);
    rig.step(Input::Start);
    assert_eq!(published_ids(&rig.step(Input::Opened)), [] as [&str; 0]);
    assert_eq!(published_ids(&rig.frame(welcome())), ["p"]);
    assert_eq!(state(&rig, "p"), SendState::Sent);
    assert!(
        rig.frame(published("p", 7))
            .contains(&Command::Outbox(event_id("p")))
    );
    assert_eq!(state(&rig, "p"), SendState::Accepted { seq: Seq(7) });
}

#[test]
fn what_was_not_acknowledged_is_sent_again_under_its_id_and_in_order() {
    let mut rig = Rig::welcomed();
    for id in ["p", "q", "r"] {
        rig.publish(id);
    }
    rig.frame(published("q", 1));
    rig.break_off();
    assert_eq!(state(&rig, "p"), SendState::Pending);
    rig.wake();
    assert_eq!(published_ids(&rig.open()), ["p", "r"]);
}

#[test]
fn an_id_that_is_known_is_not_taken_twice() {
    let mut rig = Rig::welcomed();
    rig.publish("p");
    let told_again = [Command::Outbox(event_id("p"))];
    assert_eq!(rig.publish("p"), told_again);
    rig.frame(published("p", 1));
    assert_eq!(rig.publish("p"), told_again);
    assert_eq!(rig.link.outbox().count(), 1);
}

#[test]
fn a_refused_publish_is_shown_and_can_be_sent_again_or_forgotten() {
    let mut rig = Rig::welcomed();
    rig.publish("p");
    rig.frame(error("p", ErrorCode::Forbidden));
    assert_eq!(code(&rig, "p"), Some(ErrorCode::Forbidden));
    let again = rig.step(Input::Resend { id: event_id("p") });
    assert_eq!(published_ids(&again), ["p"]);
    assert_eq!(
        rig.step(Input::Dismiss { id: event_id("p") }),
        [],
        "it is under way"
    );
    rig.frame(error("p", ErrorCode::Forbidden));
    rig.step(Input::Dismiss { id: event_id("p") });
    assert_eq!(rig.link.outbox().count(), 0);
}

#[test]
fn later_is_not_no() {
    for code in [ErrorCode::Unavailable, ErrorCode::RateLimited] {
        let mut rig = Rig::welcomed();
        rig.publish("p");
        rig.publish("q");
        rig.frame(error("p", code));
        rig.frame(error("q", code));
        assert_eq!(state(&rig, "p"), SendState::Pending);
        assert_eq!(
            published_ids(&rig.publish("r")),
            [] as [&str; 0],
            "it would overtake"
        );
        assert_eq!(published_ids(&rig.pass(249)), [] as [&str; 0]);
        assert_eq!(published_ids(&rig.pass(1)), ["p", "q", "r"]);
        rig.frame(error("p", code));
        assert_eq!(published_ids(&rig.pass(499)), [] as [&str; 0]);
        assert_eq!(published_ids(&rig.pass(1)), ["p"]);
    }
}

#[test]
fn one_too_many_is_turned_away_visibly() {
    let mut rig = Rig::new();
    for n in 0..MAX_OUTGOING {
        rig.publish(&format!("p{n}"));
    }
    assert_eq!(rig.publish("last"), [Command::Outbox(event_id("last"))]);
    assert_eq!(code(&rig, "last"), Some(ErrorCode::RateLimited));
    rig.step(Input::Resend {
        id: event_id("last"),
    });
    assert_eq!(
        code(&rig, "last"),
        Some(ErrorCode::RateLimited),
        "there is still no room"
    );
    rig.step(Input::Start);
    assert_eq!(published_ids(&rig.open()).len(), MAX_OUTGOING);
    rig.frame(published("p0", 1));
    assert_eq!(
        published_ids(&rig.step(Input::Resend {
            id: event_id("last")
        })),
        ["last"]
    );
}

#[test]
fn the_outbox_never_grows_past_its_bounds() {
    let mut rig = Rig::welcomed();
    for n in 0..3 * MAX_OUTGOING {
        rig.publish(&format!("a{n}"));
        rig.frame(published(&format!("a{n}"), 1));
        rig.publish(&format!("f{n}"));
        rig.frame(error(&format!("f{n}"), ErrorCode::Invalid));
    }
    assert_eq!(rig.link.outbox().count(), 2 * MAX_OUTGOING);
    assert!(rig.link.outbox().all(|entry| entry.id != event_id("a199")));
    assert!(rig.link.outbox().any(|entry| entry.id == event_id("a200")));
}

#[test]
fn what_failed_last_is_remembered_longest() {
    let mut rig = Rig::welcomed();
    for n in 0..3 * MAX_OUTGOING {
        rig.publish(&format!("p{n}"));
    }
    rig.frame(error("p0", ErrorCode::Invalid));
    assert_eq!(code(&rig, "p0"), Some(ErrorCode::Invalid));
}

#[test]
fn a_publish_larger_than_a_frame_fails_alone() {
    let mut rig = Rig::new();
    rig.step(Input::Start);
    rig.step(Input::Opened);
    let RelayFrame::Welcome(mut tight) = welcome() else {
        unreachable!()
    };
    tight.max_frame_bytes = 20;
    rig.frame(RelayFrame::Welcome(tight));
    assert_eq!(published_ids(&rig.publish("p")), [] as [&str; 0]);
    assert_eq!(code(&rig, "p"), Some(ErrorCode::TooLarge));
}

#[test]
fn an_answer_to_nothing_in_the_outbox_goes_to_the_driver() {
    let mut rig = Rig::welcomed();
    for frame in [
        published("elsewhere", 1),
        error("elsewhere", ErrorCode::Invalid),
    ] {
        assert_eq!(rig.frame(frame.clone()), [Command::Reply(Box::new(frame))]);
    }
}
