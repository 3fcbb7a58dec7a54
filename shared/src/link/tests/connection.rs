//! Connecting, waiting, stopping, and noticing that nobody answers.

use super::rig::*;
use crate::link::{Command, Input, Link, State, StopReason};
use crate::{ClientFrame, CloseCode, Hello, RelayFrame, Welcome};

#[test]
fn it_connects_when_started_and_is_live_when_welcomed() {
    let mut rig = Rig::new();
    assert_eq!(rig.link.state(), &State::Idle);
    assert!(rig.step(Input::Start).contains(&Command::Connect));
    assert_eq!(rig.link.state(), &State::Connecting);
    rig.step(Input::Opened);
    assert_eq!(rig.link.state(), &State::Connecting);
    assert!(rig.frame(welcome()).contains(&Command::State));
    assert_eq!(rig.link.state(), &State::Live);
}

#[test]
fn hello_is_the_first_frame_of_every_connection() {
    let mut rig = Rig::new();
    let hello = Hello {
        token: Some("t".to_owned()),
        ..Hello::default()
    };
    rig.link = Link::new(Some(hello.clone()));
    rig.step(Input::Start);
    rig.subscribe("a");
    assert_eq!(sent(&rig.step(Input::Opened)), [ClientFrame::Hello(hello)]);
    assert_eq!(subscribes(&rig.frame(welcome())).len(), 1);
    assert_eq!(
        sent(&rig.frame(welcome())),
        [],
        "a second welcome answers the hello"
    );
}

/// The member of the first `welcome`, a stranger to the relay, was taken for the client's own.
#[test]
fn who_it_is_is_certain_once_the_hello_was_heard() {
    let as_member = |name: &str| match welcome() {
        RelayFrame::Welcome(welcome) => RelayFrame::Welcome(Welcome {
            member: name.parse().unwrap(),
            ..welcome
        }),
        other => other,
    };
    let of = |rig: &Rig| rig.link.member().map(|member| member.to_string());
    let named = Hello {
        member: Some("ada".parse().unwrap()),
        ..Hello::default()
    };
    let mut rig = Rig::new();
    rig.link = Link::new(Some(named));
    rig.step(Input::Start);
    rig.step(Input::Opened);
    rig.frame(as_member("m-1"));
    assert_eq!(of(&rig), None);
    rig.frame(as_member("ada"));
    assert_eq!(of(&rig).as_deref(), Some("ada"));

    // A relay that knows better, such as by a token, is believed as soon as it has answered anything.
    rig.frame(as_member("token"));
    assert_eq!(of(&rig), None);
    rig.publish("p");
    rig.frame(published("p", 1));
    assert_eq!(of(&rig).as_deref(), Some("token"));
}

#[test]
fn waits_double_from_half_a_second_to_thirty_and_never_end() {
    let mut rig = Rig::new();
    rig.step(Input::Start);
    let waits: Vec<_> = (0..9)
        .map(|_| {
            let wait = rig.break_off();
            assert!(rig.pass(wait).contains(&Command::Connect));
            wait
        })
        .collect();
    assert_eq!(
        waits,
        [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]
    );
    for _ in 0..1000 {
        let wait = rig.break_off();
        assert!(rig.pass(wait).contains(&Command::Connect));
    }
    assert_eq!(rig.link.attempts(), 1009);
}

#[test]
fn a_relay_that_welcomes_and_drops_is_backed_off_from() {
    let mut rig = Rig::welcomed();
    let waits: Vec<_> = (0..4)
        .map(|_| {
            let wait = rig.break_off();
            rig.pass(wait);
            rig.open();
            wait
        })
        .collect();
    assert_eq!(waits, [250, 500, 1000, 2000]);
    rig.pass(10_000);
    assert_eq!(
        rig.break_off(),
        250,
        "a connection that held begins a new row"
    );
}

#[test]
fn one_that_was_too_fast_is_not_forgiven_for_having_held() {
    let mut rig = Rig::welcomed();
    rig.break_off();
    rig.pass(250);
    rig.open();
    rig.pass(20_000);
    rig.closed(CloseCode::TooFast);
    assert_eq!(
        rig.link.state(),
        &State::Waiting {
            until: rig.now + 500
        }
    );
}

#[test]
fn a_person_or_the_network_ends_the_wait() {
    for input in [Input::Online, Input::RetryNow] {
        let mut rig = Rig::welcomed();
        rig.break_off();
        assert!(rig.step(input.clone()).contains(&Command::Connect));
        assert_eq!(rig.step(input), [], "an attempt is under way");
    }
}

#[test]
fn the_network_coming_back_asks_a_silent_socket_at_once() {
    let mut rig = Rig::welcomed();
    assert_eq!(sent(&rig.step(Input::Online)), [ClientFrame::Ping]);
    assert_eq!(sent(&rig.step(Input::Online)), []);
    rig.pass(10_000);
    assert!(matches!(rig.link.state(), State::Waiting { .. }));
}

#[test]
fn goodbye_sets_the_earliest_return() {
    let mut rig = Rig::welcomed();
    rig.frame(goodbye(true, Some(7_000)));
    assert_eq!(rig.link.state(), &State::Live, "until the socket closes");
    rig.now += 100;
    rig.closed(CloseCode::Draining);
    let until = rig.now + 6_900;
    assert_eq!(rig.link.state(), &State::Waiting { until });
    assert!(!rig.step(Input::Online).contains(&Command::Connect));
    assert_eq!(rig.link.state(), &State::Waiting { until });
    assert!(
        rig.step(Input::RetryNow).contains(&Command::Connect),
        "a person knows better"
    );
}

#[test]
fn goodbye_without_retry_stops() {
    let mut rig = Rig::welcomed();
    rig.frame(goodbye(false, None));
    rig.closed(CloseCode::GoingAway);
    let reason = StopReason::Refused {
        code: CloseCode::GoingAway,
        reason: "restarting".to_owned(),
    };
    assert_eq!(rig.link.state(), &State::Stopped { reason });
}

#[test]
fn a_goodbye_that_no_close_follows_is_believed_after_a_while() {
    let mut rig = Rig::welcomed();
    rig.frame(goodbye(true, None));
    assert!(
        rig.pass(10_000)
            .contains(&Command::Close(CloseCode::Silent))
    );
    assert!(matches!(rig.link.state(), State::Waiting { .. }));
}

#[test]
fn close_codes_say_retry_authenticate_or_stop() {
    let after = |code| {
        let mut rig = Rig::welcomed();
        rig.closed(code);
        rig.link.state().clone()
    };
    let refused = |code| State::Stopped {
        reason: StopReason::Refused {
            code,
            reason: "why".to_owned(),
        },
    };
    for number in [1001, 1006, 4408, 4429, 4503, 4999] {
        assert!(
            matches!(after(number.into()), State::Waiting { .. }),
            "{number}"
        );
    }
    for code in [
        CloseCode::Done,
        CloseCode::BadFrame,
        CloseCode::Forbidden,
        CloseCode::TooLarge,
    ] {
        assert_eq!(after(code), refused(code));
    }
    let unauthenticated = State::Stopped {
        reason: StopReason::Unauthenticated,
    };
    assert_eq!(after(CloseCode::Unauthenticated), unauthenticated);
}

#[test]
fn it_can_be_started_again_with_other_credentials() {
    let mut rig = Rig::welcomed();
    rig.closed(CloseCode::Unauthenticated);
    for input in [Input::Online, Input::RetryNow, Input::Tick] {
        assert_eq!(rig.step(input), []);
    }
    let hello = Hello {
        token: Some("newer".to_owned()),
        ..Hello::default()
    };
    rig.link.set_hello(Some(hello.clone()));
    assert!(rig.step(Input::Start).contains(&Command::Connect));
    assert_eq!(sent(&rig.step(Input::Opened)), [ClientFrame::Hello(hello)]);
}

#[test]
fn stopping_closes_the_socket_and_stays_so() {
    let mut rig = Rig::welcomed();
    assert!(
        rig.step(Input::Stop)
            .contains(&Command::Close(CloseCode::Done))
    );
    let stopped = State::Stopped {
        reason: StopReason::Asked,
    };
    assert_eq!(rig.link.state(), &stopped);
    rig.pass(600_000);
    rig.step(Input::Online);
    assert_eq!(rig.link.state(), &stopped);
}

#[test]
fn a_socket_that_does_not_open_or_is_not_welcomed_is_given_up() {
    let mut rig = Rig::new();
    rig.step(Input::Start);
    assert!(
        rig.pass(10_000)
            .contains(&Command::Close(CloseCode::Silent))
    );
    rig.wake();
    rig.step(Input::Opened);
    rig.frame(pong());
    assert!(
        rig.pass(10_000)
            .contains(&Command::Close(CloseCode::Silent))
    );
    assert!(matches!(rig.link.state(), State::Waiting { .. }));
}

#[test]
fn an_idle_connection_is_asked_and_a_silent_one_left() {
    let mut rig = Rig::welcomed();
    rig.pass(20_000);
    rig.frame(pong());
    assert_eq!(sent(&rig.pass(29_999)), []);
    assert_eq!(sent(&rig.pass(1)), [ClientFrame::Ping]);
    rig.pass(9_999);
    rig.frame(pong());
    assert_eq!(sent(&rig.pass(29_999)), []);
    assert_eq!(sent(&rig.pass(1)), [ClientFrame::Ping]);
    assert!(
        rig.pass(10_000)
            .contains(&Command::Close(CloseCode::Silent))
    );
    assert!(matches!(rig.link.state(), State::Waiting { .. }));
}

#[test]
fn a_tick_that_is_early_or_late_does_no_harm() {
    let mut rig = Rig::welcomed();
    rig.break_off();
    let until = rig.wake_at.unwrap();
    rig.now = until - 1;
    assert_eq!(
        rig.step(Input::Tick),
        [Command::WakeAt(until)],
        "the timer may be spent"
    );
    rig.now = until + 3_600_000;
    assert!(rig.step(Input::Tick).contains(&Command::Connect));
    rig.open();
    rig.now += 3_600_000;
    assert_eq!(
        sent(&rig.step(Input::Tick)),
        [ClientFrame::Ping],
        "sleep is no proof of silence"
    );
}

#[test]
fn what_a_former_socket_brings_is_ignored() {
    let mut rig = Rig::watching();
    rig.break_off();
    let before = rig.link.state().clone();
    for input in [
        Input::Opened,
        Input::Frame(Box::new(delivery(6))),
        Input::Closed {
            code: CloseCode::Forbidden,
            reason: String::new(),
        },
        Input::Start,
    ] {
        assert_eq!(rig.step(input), []);
    }
    assert_eq!(rig.link.state(), &before);
}

#[test]
fn what_is_live_only_is_not_kept_for_later() {
    let mut rig = Rig::new();
    rig.step(Input::Start);
    assert_eq!(rig.step(Input::Send(ClientFrame::Ping)), []);
    assert_eq!(sent(&rig.open()), []);
    assert_eq!(
        sent(&rig.step(Input::Send(ClientFrame::Ping))),
        [ClientFrame::Ping]
    );
}

#[test]
fn a_question_that_is_never_answered_is_asked_on_another_connection() {
    let mut rig = Rig::watching();
    rig.publish("p");
    rig.pass(20_000);
    rig.frame(delivery(6));
    assert!(!rig.pass(9_999).contains(&Command::Close(CloseCode::Silent)));
    assert!(rig.pass(1).contains(&Command::Close(CloseCode::Silent)));
    rig.wake();
    assert_eq!(published_ids(&rig.open()), ["p"]);
}
