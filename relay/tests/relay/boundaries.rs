//! Where resuming is decided: at the head, the floor, the end of a page, another epoch; the same over
//! every transport.

use std::sync::Arc;

use futures_util::future::join_all;
use pilothouse_relay::config::Config;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, in_folder, in_memory, message, until};
use crate::transport::{Position, Reader, Transport};

/// Publishes `n` messages; the channel has its creation before them.
async fn publish(relay: &Relay, n: usize) {
    for start in (0..n).step_by(1000) {
        let bodies = vec![message("x"); 1000.min(n - start)];
        relay.publish("c", json!(bodies)).await;
    }
}

async fn head(relay: &Relay) -> Position {
    let summary = relay.get("/api/channels/c").await.json();
    Position {
        epoch: summary["epoch"].as_str().unwrap().to_owned(),
        seq: summary["head"].as_u64().unwrap(),
    }
}

/// Comes with a position that cannot be gone on from; is told so, and then misses nothing.
async fn begins_anew(transport: Transport, relay: &Relay, after: &Position) {
    let before = head(relay).await;
    let mut reader = Reader::after(transport, relay, after).await;
    assert_eq!(reader.recovered, Some(false), "{transport:?} {after:?}");
    assert_eq!(reader.position.epoch, before.epoch);
    let from = reader.position.seq;
    assert!(from <= before.seq);
    publish(relay, 1).await;
    let seen = reader.up_to(before.seq + 1).await;
    assert_eq!(seen, (from + 1..=before.seq + 1).collect::<Vec<_>>());
}

/// Comes with a position, and gets every event after it once.
async fn goes_on(transport: Transport, relay: &Relay, after: &Position) {
    let to = head(relay).await.seq;
    let mut reader = Reader::after(transport, relay, after).await;
    assert_eq!(reader.recovered, Some(true), "{transport:?} {after:?}");
    assert_eq!(reader.position, *after);
    let seen = reader.up_to(to).await;
    assert_eq!(seen, (after.seq + 1..=to).collect::<Vec<_>>());
    publish(relay, 1).await;
    assert_eq!(reader.up_to(to + 1).await, [to + 1]);
}

#[tokio::test]
async fn at_the_head_nothing_is_missing_and_the_next_event_comes() {
    for transport in Transport::ALL {
        let relay = Relay::start().await;
        publish(&relay, 3).await;
        let reader = Reader::new(transport, &relay).await;
        assert_eq!(reader.recovered, None, "nobody asked to go on");
        assert_eq!(reader.position, head(&relay).await);
        goes_on(transport, &relay, &reader.position).await;
    }
}

#[tokio::test]
async fn from_zero_everything_comes_even_in_a_channel_that_was_only_made() {
    for transport in Transport::ALL {
        let relay = Relay::start().await;
        relay
            .post("/api/channels", r#"{"id":"c","name":"c"}"#)
            .await;
        let head = head(&relay).await;
        assert_eq!(head.seq, 1);
        goes_on(transport, &relay, &head.at(0)).await;
        goes_on(transport, &relay, &head).await;
    }
}

#[tokio::test]
async fn ahead_of_the_head_is_not_gone_on_from() {
    for transport in Transport::ALL {
        let relay = Relay::start().await;
        publish(&relay, 3).await;
        let head = head(&relay).await;
        begins_anew(transport, &relay, &head.at(head.seq + 2)).await;
        begins_anew(transport, &relay, &head.at((1 << 53) - 1)).await;
    }
}

#[tokio::test]
async fn another_epoch_is_not_gone_on_from() {
    for transport in Transport::ALL {
        let relay = Relay::start().await;
        publish(&relay, 3).await;
        for seq in [0, 2, 4, 9] {
            let epoch = "another".to_owned();
            begins_anew(transport, &relay, &Position { epoch, seq }).await;
        }
    }
}

#[tokio::test]
async fn what_was_pruned_is_not_gone_on_from_and_its_edge_is() {
    // With so much kept, what these publish does not let the floor move again.
    const FLOOR: u64 = 1502;
    for transport in Transport::ALL {
        let relay = Relay::with(Config {
            keep_events: 1000,
            ..in_memory()
        })
        .await;
        publish(&relay, 2500).await;
        until("floor", async || {
            let n_gone = relay.metric("pilothouse_pruned_total").await;
            (n_gone == (FLOOR - 1) as f64).then_some(())
        })
        .await;
        let head = head(&relay).await;
        begins_anew(transport, &relay, &head.at(FLOOR - 2)).await;
        begins_anew(transport, &relay, &head.at(0)).await;
        goes_on(transport, &relay, &head.at(FLOOR - 1)).await;
        goes_on(transport, &relay, &head.at(FLOOR)).await;
    }
}

#[tokio::test]
async fn a_channel_made_anew_is_another_one() {
    for transport in Transport::ALL {
        let relay = Relay::start().await;
        publish(&relay, 3).await;
        let reader = Reader::new(transport, &relay).await;
        let before = reader.position.clone();
        let ((), removed) = tokio::join!(
            reader.hears_of_the_end(),
            Answer::to(relay.request(Method::DELETE, "/api/channels/c"))
        );
        assert_eq!(removed.status, 204);
        relay
            .post("/api/channels", r#"{"id":"c","name":"c"}"#)
            .await;
        publish(&relay, 9).await;
        begins_anew(transport, &relay, &before).await;
        begins_anew(transport, &relay, &before.at(0)).await;
    }
}

#[tokio::test]
async fn a_restart_on_the_same_folder_is_gone_on_from() {
    for transport in Transport::ALL {
        let folder = tempfile::tempdir().unwrap();
        let relay = Relay::with(in_folder(&folder)).await;
        publish(&relay, 20).await;
        let at = head(&relay).await;
        relay.stop().await;
        let relay = Relay::with(in_folder(&folder)).await;
        for seq in [0, 7, at.seq] {
            goes_on(transport, &relay, &at.at(seq)).await;
        }
    }
}

#[tokio::test]
async fn more_or_less_than_a_page_behind_every_event_comes_once() {
    for transport in Transport::ALL {
        let relay = Relay::start().await;
        publish(&relay, 2500).await;
        let head = head(&relay).await;
        // A page has 1000 events, a read for a subscriber 128.
        for n_behind in [1, 127, 128, 129, 999, 1000, 1001, 2000, 2001] {
            let after = head.at(head.seq - n_behind);
            let mut reader = Reader::after(transport, &relay, &after).await;
            assert_eq!(reader.recovered, Some(true));
            let seen = reader.up_to(head.seq).await;
            assert_eq!(seen, (after.seq + 1..=head.seq).collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn a_page_says_more_only_when_there_is_more() {
    for n in [999, 1000, 1001] {
        let relay = Relay::start().await;
        publish(&relay, n - 1).await;
        let mut socket = relay.socket().await;
        for from in [json!({"after": 0}), json!({"before": n + 1}), json!({})] {
            let mut ask = json!({"type": "history", "channel": "c", "limit": 1000});
            ask.as_object_mut()
                .unwrap()
                .extend(from.as_object().unwrap().clone());
            let page = socket.ask(ask).await;
            let query: Vec<_> = from.as_object().unwrap().iter().collect();
            let query: String = query
                .iter()
                .map(|(name, seq)| format!("&{name}={seq}"))
                .collect();
            let path = format!("/api/channels/c/events?limit=1000{query}");
            let over_http = relay.get(&path).await.json();
            let events = page["events"].as_array().unwrap();
            assert_eq!(
                (events.len(), &page["more"]),
                (n.min(1000), &json!(n > 1000))
            );
            assert_eq!(
                (&over_http["events"], &over_http["more"]),
                (&page["events"], &page["more"])
            );
            let last = events.last().unwrap();
            assert_eq!(over_http["position"]["seq"], last["seq"]);
        }
        let reply = socket
            .ask(json!({"type": "subscribe", "channel": "c", "history": 1000}))
            .await;
        assert_eq!(reply["events"].as_array().unwrap().len(), n.min(1000));
    }
}

#[tokio::test]
async fn who_may_not_see_an_event_goes_on_past_it() {
    for transport in Transport::ALL {
        let relay = Relay::start().await;
        publish(&relay, 1).await;
        let mut reader = Reader::open(transport, &relay, "ada", None).await;
        let mut socket = relay.member("bob", "human").await;
        let mut seqs = Vec::new();
        for only in ["bob", "ada", "bob", "bob"] {
            let frame = json!({"type": "publish", "channel": "c", "body": message("x"), "visibility": {"only": [only]}});
            seqs.push(socket.ask(frame).await["seq"].as_u64().unwrap());
        }
        publish(&relay, 1).await;
        let head = head(&relay).await;
        assert_eq!(reader.up_to(head.seq).await, [seqs[1], head.seq]);
        for after in [seqs[0] - 1, seqs[1], seqs[2]] {
            let mut again = Reader::open(transport, &relay, "ada", Some(&head.at(after))).await;
            assert_eq!(again.recovered, Some(true));
            let seen = again.up_to(head.seq).await;
            let meant = [seqs[1], head.seq].into_iter().filter(|seq| *seq > after);
            assert_eq!(seen, meant.collect::<Vec<_>>());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_while_others_publish_gets_each_event_once() {
    const READERS: usize = 12;
    const PUBLISHERS: usize = 4;
    const EACH: usize = 250;
    for transport in Transport::ALL {
        let relay = Arc::new(Relay::start().await);
        publish(&relay, 1).await;
        let first = head(&relay).await;
        let publishing: Vec<_> = (0..PUBLISHERS)
            .map(|_| {
                let relay = Arc::clone(&relay);
                tokio::spawn(async move {
                    for _ in 0..EACH / 5 {
                        relay.publish("c", json!(vec![message("x"); 5])).await;
                    }
                })
            })
            .collect();
        let last = first.seq + (PUBLISHERS * EACH) as u64;
        let reading = (0..READERS).map(|number| read_on(transport, &relay, &first, number, last));
        join_all(reading).await;
        for publisher in publishing {
            publisher.await.unwrap();
        }
    }
}

/// Comes at one moment or another, leaves now and then, comes again; each time where it was.
async fn read_on(transport: Transport, relay: &Relay, first: &Position, number: usize, last: u64) {
    let mut reader = match number % 2 {
        0 => Reader::new(transport, relay).await,
        _ => Reader::after(transport, relay, first).await,
    };
    let mut stride = 1 + number as u64;
    while reader.position.seq < last {
        let from = reader.position.seq;
        let to = (from + stride).min(last);
        // A page is looked at as a whole.
        let seen = match transport {
            Transport::LongPoll => reader.up_to(last).await,
            _ => reader.up_to(to).await,
        };
        assert_eq!(seen, (from + 1..=reader.position.seq).collect::<Vec<_>>());
        reader = Reader::after(transport, relay, &reader.position.clone()).await;
        assert_eq!(reader.recovered, Some(true));
        stride = stride * 3 % 101 + 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_subscription_takes_over_from_the_first_without_a_hole_or_a_repeat() {
    const EVENTS: u64 = 400;
    let relay = Arc::new(Relay::start().await);
    publish(&relay, 1).await;
    let mut socket = relay.socket().await;
    let mut position = socket.subscribe("c").await["position"].clone();
    let publishing = tokio::spawn({
        let relay = Arc::clone(&relay);
        async move {
            for _ in 0..EVENTS {
                relay.publish("c", json!([message("x")])).await;
            }
        }
    });
    // What comes before an answer is of the subscription before, and given again after it.
    while position["seq"].as_u64().unwrap() < 2 + EVENTS {
        let reply = socket.resume("c", &position).await;
        assert_eq!(
            (&reply["recovered"], &reply["position"]),
            (&json!(true), &position)
        );
        let is_other =
            |frame: &Value| !["event", "skipped"].contains(&frame["type"].as_str().unwrap());
        assert!(
            socket
                .aside()
                .iter()
                .all(|frame| !is_other(frame) || frame["type"] == "signal")
        );
        let from = position["seq"].as_u64().unwrap();
        let to = (from + 5).min(2 + EVENTS);
        assert_eq!(socket.follow(from, to).await.len() as u64, to - from);
        position["seq"] = json!(to);
    }
    publishing.await.unwrap();
    socket.is_alive().await;
    assert!(
        socket.aside().iter().all(|frame| frame["type"] != "event"),
        "nothing twice"
    );
}

#[tokio::test]
async fn a_position_has_two_parts() {
    let relay = Relay::start().await;
    publish(&relay, 1).await;
    let answer = relay.get("/api/channels/c/events?epoch=e").await;
    answer.refused(422, "invalid");
    let request = relay.request(Method::GET, "/api/channels/c/stream");
    let answer = Answer::to(request.header("last-event-id", "7")).await;
    answer.refused(422, "invalid");
}
