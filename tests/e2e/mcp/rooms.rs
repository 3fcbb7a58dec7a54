//! Agents talk in a channel, with people in the room.

use pilothouse_tests::{Agent, InProcess, McpClient, Peer, message};
use serde_json::{Value, json};

async fn hears(client: &McpClient, arguments: Value) -> Value {
    client.call("listen", arguments).await.json()
}

fn texts(heard: &Value) -> Vec<&str> {
    let messages = heard["messages"].as_array().unwrap().iter();
    let said = messages.filter(|message| message["kind"] == "text");
    said.map(|message| message["text"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn two_agents_and_a_person_talk_and_nobody_hears_itself() {
    let relay = InProcess::start().await;
    let pairs = [(0, 5), (4, 1)];
    for (n, (one, other)) in pairs.into_iter().enumerate() {
        let room = format!("room-{n}");
        let (ann, bob) = (
            Peer::ALL[one].attach(&relay.url(), "Ann", "ann").await,
            Peer::ALL[other].attach(&relay.url(), "Bob", "bob").await,
        );
        let ada = Agent::person(&relay.url(), &room, "ada");
        let create = json!({"action": "create", "channel": room, "name": "The room"});
        ann.call("channel", create.clone()).await.ok();
        let again = ann.call("channel", create).await;
        assert!(again.err().contains("the channel exists"), "{again:?}");
        let join = json!({"action": "join", "channel": room});
        bob.call("channel", join.clone()).await.ok();
        bob.call("channel", join).await.ok();
        let joined = ada.events(0, 0).await;
        let joined = joined
            .iter()
            .filter(|event| event["body"]["type"] == "joined");
        assert_eq!(joined.count(), 2, "joining again changes nothing");

        let say = json!({"channel": room, "text": "hello Bob"});
        let sent = ann.call("send_message", say).await.json()["sent"].clone();
        assert_eq!(
            (&sent["text"], &sent["from"]),
            (&json!("hello Bob"), &json!("Ann"))
        );
        ada.publish(&message("hello both")).await;
        let listen = json!({"channel": room});
        let heard = hears(&bob, listen.clone()).await;
        assert_eq!(texts(&heard), ["hello Bob", "hello both"], "{heard}");
        assert_eq!(heard["messages"][0]["seq"], sent["seq"]);
        assert_eq!(heard["messages"][1]["is"], "human");
        let heard = hears(&ann, listen.clone()).await;
        assert_eq!(texts(&heard), ["hello both"], "no echo: {heard}");
        assert_eq!(texts(&hears(&bob, listen.clone()).await), [""; 0]);

        let wait = json!({"channel": room, "wait_seconds": 300});
        let call = ann.begin("listen", wait).await;
        assert_eq!(ann.progress(call).await, "listening");
        let say = json!({"channel": room, "text": "hello Ann"});
        bob.call("send_message", say).await.ok();
        assert_eq!(texts(&ann.end(call).await.json()), ["hello Ann"]);

        let history = json!({"action": "history", "channel": room, "limit": 2});
        let page = ann.call("channel", history).await.json();
        assert_eq!(texts(&page), ["hello both", "hello Ann"]);
        let before = json!({"action": "history", "channel": room, "before": page["before"]});
        let page = ann.call("channel", before).await.json();
        assert_eq!(texts(&page), ["hello Bob"]);
        assert_eq!(page["before"], Value::Null);
        let leave = json!({"action": "leave", "channel": room});
        bob.call("channel", leave).await.ok();
        let heard = hears(&ann, listen).await;
        assert_eq!(heard["messages"][0]["text"], "left", "{heard}");
        let list = ann.call("channel", json!({"action": "list"})).await.json();
        let listed = list["channels"].as_array().unwrap();
        assert!(
            listed.iter().any(|channel| channel["id"] == room.as_str()),
            "{list}"
        );
    }
}

#[tokio::test]
async fn of_more_than_500_messages_the_oldest_are_left_out_and_counted() {
    let relay = InProcess::start().await;
    let ada = Agent::person(&relay.url(), "room", "ada");
    for peer in Peer::EACH_WAY {
        let client = peer.attach(&relay.url(), "Tester", "room").await;
        let start = hears(&client, json!({})).await["cursor"].clone();
        let many: Vec<_> = (0..503).map(|n| message(&n.to_string())).collect();
        ada.publish(&Value::from(many)).await;
        let status = client
            .call("channel", json!({"action": "status"}))
            .await
            .json();
        assert_eq!(status["n_unheard"], 503);
        let heard = hears(&client, json!({})).await;
        assert_eq!(
            (texts(&heard).len(), &heard["evicted"]),
            (500, &json!(3)),
            "{peer:?}"
        );
        assert_eq!(texts(&heard)[0], "3");
        assert_eq!(texts(&hears(&client, json!({})).await), [""; 0]);
        let again = hears(&client, json!({"cursor": start})).await;
        assert_eq!(texts(&again), texts(&heard), "a cursor goes back");
    }
}

#[tokio::test]
async fn who_comes_late_begins_with_what_was_said_last() {
    let relay = InProcess::start().await;
    let ada = Agent::person(&relay.url(), "room", "ada");
    ada.publish(&message("first")).await;
    let client = Peer::ALL[1].attach(&relay.url(), "Tester", "room").await;
    assert_eq!(texts(&hears(&client, json!({})).await), ["first"]);
    let late = Peer::ALL[2].attach(&relay.url(), "Late", "room").await;
    let joined = late.call("channel", json!({"action": "join"})).await.json();
    assert_eq!(texts(&joined), ["first"]);
    assert_eq!(texts(&hears(&late, json!({})).await), [""; 0]);
}

/// A report by one agent began an operation anew each time another had reported in between.
#[tokio::test]
async fn two_agents_in_one_channel_each_have_an_operation() {
    let relay = InProcess::start().await;
    let (ann, bob) = (
        Peer::ALL[0].attach(&relay.url(), "Ann", "room").await,
        Peer::ALL[1].attach(&relay.url(), "Bob", "room").await,
    );
    for progress in [0.1, 0.2, 0.3] {
        let report = json!({"operation": "digging", "progress": progress});
        ann.call("report", report).await.ok();
        let report = json!({"operation": "building", "progress": progress});
        bob.call("report", report).await.ok();
    }
    let ada = Agent::person(&relay.url(), "room", "ada");
    let events = ada.events(0, 0).await;
    let started = events
        .iter()
        .filter(|event| event["body"]["type"] == "operation_started");
    assert_eq!(started.count(), 2);
}
