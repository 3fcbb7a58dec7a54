//! A crowd that returns is served from memory, with what the store has and in its order.

use pilothouse_shared::{Body, ChannelId, MemberId, MemberKind, Position, Visibility};
use serde_json::json;

use super::*;
use crate::Server;
use crate::channel::{Item, Opening, Proposal, Subscription, Waker};
use crate::config::{Config, Durability};

fn ada() -> Author {
    Author {
        member: MemberId::new("ada").unwrap(),
        name: "Ada".to_owned(),
        kind: MemberKind::Human,
    }
}

/// A channel with `n` events after the one that made it. Every third is for agents.
async fn with_history(n: usize) -> (Server, Arc<Channel>) {
    let config = Config {
        durability: Durability::Memory,
        ..Config::default()
    };
    let server = Server::new(config).await.unwrap();
    let id = ChannelId::new("c").unwrap();
    let channel = server.hub.create(&id, "c", &ada()).await.unwrap();
    let proposal = |number: usize| {
        let body = json!({"type": "message", "role": "user", "text": number.to_string()});
        let body: Body = serde_json::from_value(body).unwrap();
        let visibility = match number.is_multiple_of(3) {
            true => Visibility::Agents,
            false => Visibility::Public,
        };
        Proposal {
            author: Author {
                kind: MemberKind::Agent,
                member: MemberId::new("claude").unwrap(),
                ..ada()
            },
            body,
            id: None,
            visibility,
        }
    };
    channel
        .publish((0..n).map(proposal).collect())
        .await
        .unwrap();
    (server, channel)
}

async fn open(channel: &Arc<Channel>, opening: &Opening) -> (Subscription, Vec<u64>) {
    let waker = Arc::new(Waker::default());
    let opened = channel.subscribe(&Arc::new(ada()), opening, waker).await;
    let (subscription, reply) = opened.unwrap();
    let seqs = reply.events.iter().map(|event| event.seq.0).collect();
    (subscription, seqs)
}

async fn fetch(subscription: &mut Subscription) -> Vec<u64> {
    let mut seqs = Vec::new();
    loop {
        let items = subscription.take().await.unwrap();
        if items.is_empty() {
            return seqs;
        }
        for item in items {
            match item {
                Item::Event(event) => seqs.push(event.seq().0),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn many_who_resume_at_one_place_are_served_by_one_read() {
    let (_server, channel) = with_history(1000).await;
    let epoch = channel.epoch.clone();
    let after = Some(Position {
        epoch,
        seq: Seq(11),
    });
    let opening = Opening {
        after,
        history: None,
    };
    let (mut first, _) = open(&channel, &opening).await;
    let (mut second, _) = open(&channel, &opening).await;
    let all: Vec<u64> = (12..=1001).collect();
    assert_eq!(fetch(&mut first).await, all);
    assert_eq!(channel.core().tail.base(), Seq(11));
    let held = channel.core().tail.after(Seq(11)).unwrap().remove(0);
    assert_eq!(fetch(&mut second).await, all);
    let still = channel.core().tail.after(Seq(11)).unwrap().remove(0);
    assert!(Arc::ptr_eq(&held, &still), "the second found it there");
}

#[tokio::test]
async fn the_newest_events_are_those_that_the_store_would_give() {
    let (_server, channel) = with_history(300).await;
    for history in [1, 7, 50, 300, 1000] {
        let opening = Opening {
            after: None,
            history: Some(history),
        };
        let before = Stretch::Before(Seq(302));
        let (expected, _) = channel.page(&ada(), before, history).await.unwrap();
        let expected: Vec<_> = expected.iter().map(|event| event.seq.0).collect();
        let (_subscription, seqs) = open(&channel, &opening).await;
        assert_eq!(seqs, expected, "{history}");
    }
}

#[tokio::test]
async fn what_nobody_watches_any_more_is_not_held() {
    let (_server, channel) = with_history(100).await;
    let opening = Opening::default();
    let (subscription, _) = open(&channel, &opening).await;
    assert_eq!(channel.core().tail.base(), Seq(51));
    drop(subscription);
    assert_eq!(channel.core().tail.base(), Seq(101));
    assert_eq!(channel.recall(Seq(50)).await.unwrap(), Recalled::No);
}

#[test]
fn large_events_that_do_not_fit_are_fetched_in_vain_a_few_times_only() {
    let mut tail = crate::channel::tail::Tail::new(Seq(3000));
    let event = |seq: u64| {
        let event = json!({
            "seq": seq, "prev": seq - 1, "id": seq.to_string(), "at": 1,
            "author": {"member": "a", "name": "a", "kind": "agent"},
            "body": {"type": "message", "role": "user", "text": "x".repeat(200_000)},
        });
        let event = serde_json::from_value(event).unwrap();
        Arc::new(Prepared::new(ChannelId::new("c").unwrap(), event))
    };
    let older = (2901..=3000).map(event).collect();
    assert!(!tail.extend_back(Seq(2900), older));
    assert_eq!(tail.missing(Seq(2900)), Missing::TooMuch);
    assert_eq!(tail.missing(Seq(2950)), Missing::Some(50));
    assert_eq!(tail.missing(Seq(3000)), Missing::Nothing);
}
