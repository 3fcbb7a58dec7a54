//! A history that an earlier relay left is read by this one, whole. `stores/` has one for each version of
//! the database, as statements of SQL so that a change of one can be read: each was made by a relay of its
//! time, with eight events kept, from the same calls.

use std::time::Duration;

use pilothouse_relay::config::Config;
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Relay, in_folder, message};

/// What relays of each version left; the last is of today's.
const STORES: [&str; 2] = [
    include_str!("../stores/v1.sql"),
    include_str!("../stores/v2.sql"),
];

/// A data folder with such a history.
fn folder(store: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let file = Connection::open(folder.path().join("pilothouse.sqlite3")).unwrap();
    file.execute_batch(store).unwrap();
    folder
}

/// The stored events are of one day in November 2026, and stay.
fn settings(folder: &TempDir) -> Config {
    Config {
        keep_for: Duration::MAX,
        ..in_folder(folder)
    }
}

async fn events(relay: &Relay, channel: &str) -> Vec<Value> {
    let path = format!("/api/channels/{channel}/events?limit=100");
    let request = relay.request(reqwest::Method::GET, &path);
    let answer = request.header("pilothouse-member", "ada").send().await;
    let page: Value = answer.unwrap().json().await.unwrap();
    page["events"].as_array().unwrap().clone()
}

#[test]
fn there_is_a_store_of_every_version() {
    for (index, store) in STORES.iter().enumerate() {
        let file = Connection::open_in_memory().unwrap();
        file.execute_batch(store).unwrap();
        let version: usize = file
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(version, index + 1);
    }
}

#[tokio::test]
async fn channels_events_and_state_of_every_version_are_there() {
    for store in STORES {
        let folder = folder(store);
        let relay = Relay::with(settings(&folder)).await;
        let list = relay.get("/api/channels").await.json();
        let ids = list["channels"].as_array().unwrap().iter();
        let mut ids: Vec<_> = ids.map(|channel| channel["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["deploy", "long"]);
        let deploy = relay.get("/api/channels/deploy").await.json();
        assert_eq!(deploy["name"], "Deploy of the shop");
        assert_eq!(deploy["session"]["agent"], "claude-code");
        assert_eq!((&deploy["head"], &deploy["floor"]), (&json!(12), &json!(5)));
        let events = events(&relay, "deploy").await;
        let seqs: Vec<_> = events
            .iter()
            .map(|event| event["seq"].as_u64().unwrap())
            .collect();
        assert_eq!(seqs, (5..=12).collect::<Vec<_>>());
        assert_eq!(events[0]["body"]["type"], "tool_finished");
        assert_eq!(events[5]["visibility"], json!({"only": ["ada", "claude"]}));
        assert_eq!(events[7]["body"]["field"], json!({"kept": [1, 2.5, "x"]}));
        relay.stop().await;
    }
}

#[tokio::test]
async fn what_waited_waits_and_what_was_answered_is() {
    for store in STORES {
        let folder = folder(store);
        let relay = Relay::with(settings(&folder)).await;
        let request = |id: &str| format!("/api/channels/deploy/requests/{id}");
        let open = relay.get(&request("r1")).await.json();
        assert_eq!(open["ask"]["tool"], "Bash");
        assert_eq!(open["resolution"], Value::Null);
        let answered = relay.get(&request("q1")).await.json();
        assert_eq!(answered["resolution"]["answer"], "green");
        let hints = relay.request(reqwest::Method::GET, "/api/channels/deploy/hints");
        let hints = hints.header("pilothouse-member", "claude").send().await;
        let hints: Value = hints.unwrap().json().await.unwrap();
        assert_eq!(hints["hints"][0]["hint"]["text"], "use staging first");
        relay.stop().await;
    }
}

/// A file of the first version does not say how its last run ended, so that it may lack events that somebody
/// has seen: positions of then prove nothing, and whoever held one begins anew.
#[tokio::test]
async fn positions_hold_since_the_second_version_and_publishing_goes_on_in_all() {
    for (index, store) in STORES.iter().enumerate() {
        let folder = folder(store);
        let relay = Relay::with(settings(&folder)).await;
        assert_eq!(relay.publish("long", json!([message("new")])).await, [15]);
        let after = json!({"epoch": epoch_of(store, "long"), "seq": 10});
        let mut socket = relay.socket().await;
        let reply = socket.resume("long", &after).await;
        assert_eq!(reply["recovered"], index > 0, "{reply}");
        if index > 0 {
            for seq in 11..=15 {
                let event = socket.until("an event", |frame| frame["type"] == "event");
                assert_eq!(event.await["seq"], seq);
            }
        }
        drop(socket);
        relay.stop().await;
    }
}

/// The epoch of a channel as it is stored.
fn epoch_of(store: &str, channel: &str) -> String {
    let file = Connection::open_in_memory().unwrap();
    file.execute_batch(store).unwrap();
    let select = "SELECT epoch FROM channels WHERE id = ?1";
    file.query_row(select, [channel], |row| row.get(0)).unwrap()
}

/// An id that was stored then is known now, and a channel that was removed then stays so.
#[tokio::test]
async fn what_was_stored_or_removed_is_not_taken_anew() {
    for store in STORES {
        let folder = folder(store);
        let relay = Relay::with(settings(&folder)).await;
        let stored = events(&relay, "deploy").await.pop().unwrap();
        let again = relay
            .request(reqwest::Method::POST, "/api/channels/deploy/events")
            .header("idempotency-key", stored["id"].as_str().unwrap())
            .json(&message("again"));
        let again: Value = again.send().await.unwrap().json().await.unwrap();
        assert_eq!(again["published"][0]["duplicate"], true);
        let path = "/api/channels/gone/events";
        let late = relay.post(path, message("late").to_string()).await;
        assert_eq!(late.status, 404);
        relay.stop().await;
    }
}
