//! The client library against a real relay: what is acknowledged, followed and kept up to date, also
//! across restarts.

mod steered;

use std::sync::LazyLock;
use std::time::Duration;

use pilothouse_relay::client::{Agent, Happened, Refused};
use pilothouse_relay::config::Config;
use pilothouse_shared::{
    Body, ChannelId, ErrorCode, EventId, Hello, MemberKind, Op, Seq, Visibility,
};
use serde_json::{Value, json};

use crate::harness::{Relay, in_folder, message, soon, until};

fn agent(relay: &Relay, member: &str) -> Agent {
    let hello = Hello {
        member: Some(member.parse().unwrap()),
        name: Some(member.to_owned()),
        kind: MemberKind::Agent,
        token: None,
    };
    Agent::connect(&format!("http://{}", relay.address), hello).unwrap()
}

static CHANNEL: LazyLock<ChannelId> = LazyLock::new(|| "work".parse().unwrap());

fn body(value: Value) -> Body {
    serde_json::from_value(value).unwrap()
}

/// Ends a relay and starts another one on its port.
async fn restart(relay: Relay, config: Config) -> Relay {
    let address = relay.address;
    relay.stop().await;
    Relay::at(address, config).await
}

#[tokio::test]
async fn a_publish_is_answered_once_it_is_stored_or_refused() {
    let relay = Relay::start().await;
    let agent = agent(&relay, "ada");
    let stored = soon("seq", agent.publish(&CHANNEL, body(message("one")))).await;
    assert_eq!(stored, Ok(Seq(2)), "after `channel_created`");
    let refused = agent.publish(&CHANNEL, body(json!({"type": "joined"})));
    let refused = soon("refusal", refused).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Invalid));
    assert_eq!(agent.member().await.unwrap().as_str(), "ada");
}

#[tokio::test]
async fn more_publishes_than_the_link_holds_wait_for_their_turn() {
    let relay = Relay::start().await;
    let agent = agent(&relay, "ada");
    let publishing = (0..500).map(|n| {
        let (agent, body) = (agent.clone(), body(message(format!("{n}"))));
        tokio::spawn(async move { agent.publish(&CHANNEL, body).await })
    });
    let publishing: Vec<_> = publishing.collect();
    let mut seqs = Vec::new();
    for publish in publishing {
        seqs.push(soon("seq", publish).await.unwrap().unwrap().0);
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (2..502).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_id_published_twice_is_stored_once_and_answered_twice() {
    let relay = Relay::start().await;
    let agent = agent(&relay, "ada");
    let id: EventId = "mine".parse().unwrap();
    let submit = || {
        let body = body(message("once"));
        agent.submit_as(id.clone(), &CHANNEL, body, Visibility::Public)
    };
    let (first, second) = (submit().await, submit().await);
    assert_eq!(soon("seq", first.stored()).await, Ok(Seq(2)));
    assert_eq!(soon("seq", second.stored()).await, Ok(Seq(2)));
    assert_eq!(soon("seq", submit().await.stored()).await, Ok(Seq(2)));
}

#[tokio::test]
async fn what_is_published_while_the_relay_is_away_is_stored_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    let agent = agent(&relay, "ada");
    let mut following = agent.subscribe(&CHANNEL, 0).await;
    agent
        .publish(&CHANNEL, body(message("before")))
        .await
        .unwrap();
    let ended = soon("end", following.next()).await.unwrap();
    if matches!(ended, Happened::Ended { .. }) {
        following.again().await;
    }
    let address = relay.address;
    relay.stop().await;
    let receipt = agent.submit(&CHANNEL, body(message("meanwhile"))).await;
    let key = "activity/ada".parse().unwrap();
    let activity = json!({"operation": "waiting"});
    agent
        .signal(&CHANNEL, key, Op::Set(activity.clone()))
        .unwrap();
    let relay = Relay::at(address, in_folder(&folder)).await;
    assert_eq!(soon("seq", receipt.stored()).await, Ok(Seq(3)));
    until("the activity", async || {
        let summary = relay.get("/api/channels/work").await.json();
        (summary["activity"] == activity).then_some(())
    })
    .await;
}

#[tokio::test]
async fn live_values_come_back_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    let agent = agent(&relay, "ada");
    let key = || "tokens/m".parse().unwrap();
    for text in ["He", "ll", "o"] {
        let op = Op::Append(text.to_owned());
        agent.signal(&CHANNEL, key(), op).unwrap();
    }
    agent
        .publish(&CHANNEL, body(message("stored")))
        .await
        .unwrap();
    let relay = restart(relay, in_folder(&folder)).await;
    let mut socket = relay.member("bob", "human").await;
    until("the text", async || {
        let reply = socket.subscribe("work").await;
        let mut signals = reply["signals"].as_array().unwrap().iter();
        signals
            .any(|signal| signal["key"] == "tokens/m" && signal["value"] == "Hello")
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_follower_gets_each_event_once_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    let agent = agent(&relay, "ada");
    agent.publish(&CHANNEL, body(message("0"))).await.unwrap();
    let mut following = agent.subscribe(&CHANNEL, 100).await;
    let relay = restart(relay, in_folder(&folder)).await;
    for n in 1..=20 {
        let text = body(message(format!("{n}")));
        soon("seq", agent.publish(&CHANNEL, text)).await.unwrap();
    }
    let mut texts = Vec::new();
    while texts.len() < 21 {
        match soon("event", following.next()).await.unwrap() {
            Happened::Event(event) => match event.body {
                Body::Message(message) => texts.push(message.text),
                _ => assert!(texts.is_empty()),
            },
            other => panic!("{other:?}"),
        }
    }
    let expected: Vec<_> = (0..=20).map(|n: u32| n.to_string()).collect();
    assert_eq!(texts, expected);
    drop(relay);
}

#[tokio::test]
async fn a_channel_that_does_not_exist_ends_and_can_be_asked_for_again() {
    let relay = Relay::start().await;
    let agent = agent(&relay, "ada");
    let mut following = agent.subscribe(&CHANNEL, 10).await;
    let ended = soon("end", following.next()).await.unwrap();
    assert!(matches!(ended, Happened::Ended { .. }), "{ended:?}");
    agent.publish(&CHANNEL, body(message("now"))).await.unwrap();
    following.again().await;
    let first = soon("event", following.next()).await.unwrap();
    assert!(matches!(first, Happened::Event(event) if event.seq == Seq(1)));
}

#[tokio::test]
async fn a_channel_nobody_follows_any_more_is_left() {
    let relay = Relay::start().await;
    let agent = agent(&relay, "ada");
    agent.publish(&CHANNEL, body(message("now"))).await.unwrap();
    let n_agents = async || relay.get("/api/channels/work").await.json()["agents"].as_u64();
    let first = agent.subscribe(&CHANNEL, 0).await;
    let second = agent.subscribe(&CHANNEL, 0).await;
    until("presence", async || {
        (n_agents().await == Some(1)).then_some(())
    })
    .await;
    drop(first);
    agent
        .publish(&CHANNEL, body(message("still here")))
        .await
        .unwrap();
    assert_eq!(n_agents().await, Some(1));
    drop(second);
    until("absence", async || {
        (n_agents().await == Some(0)).then_some(())
    })
    .await;
    let mut third = agent.subscribe(&CHANNEL, 1).await;
    let event = soon("event", third.next()).await.unwrap();
    assert!(matches!(event, Happened::Event(_)), "{event:?}");
}

#[tokio::test]
async fn closing_waits_for_what_is_under_way_and_ends_the_clones() {
    let relay = Relay::start().await;
    let agent = agent(&relay, "ada");
    let clone = agent.clone();
    let mut receipts = Vec::new();
    for n in 0..50 {
        let body = body(message(format!("{n}")));
        receipts.push(agent.submit(&CHANNEL, body).await);
    }
    let n_left = soon("end", agent.close(Duration::from_secs(30))).await;
    assert_eq!(n_left, 0);
    for receipt in receipts {
        assert!(receipt.stored().await.is_ok());
    }
    let refused = clone.publish(&CHANNEL, body(message("late"))).await;
    assert_eq!(refused, Err(Refused::Closed));
}

#[tokio::test]
async fn closing_without_a_relay_says_how_much_is_left() {
    let relay = Relay::start().await;
    let agent = agent(&relay, "ada");
    relay.stop().await;
    let receipt = agent.submit(&CHANNEL, body(message("lost"))).await;
    assert_eq!(soon("end", agent.close(Duration::ZERO)).await, 1);
    assert_eq!(receipt.stored().await, Err(Refused::Closed));
}
