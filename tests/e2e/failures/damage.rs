//! Files that are not what was written.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use pilothouse_tests::{Agent, Finished, Process, Socket, message, run, run_inside};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{not_ready, ready};

/// Bytes of a page of the database.
const PAGE: usize = 4096;

/// Root without the right to pass over permissions is like anybody.
const LIKE_ANYBODY: [&str; 3] = [
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
];

fn database(data: &Path) -> PathBuf {
    data.join("pilothouse.sqlite3")
}

/// Stores two channels of a hundred events, and stops in order: everything is in one file.
async fn stored() -> Process {
    let mut relay = Process::start().await;
    for channel in ["first", "second"] {
        let agent = Agent::new(&relay.url(), channel, "claude");
        let texts = (0..100).map(|n| message(&format!("{channel} {n} {}", "x".repeat(500))));
        agent.publish(&json!(texts.collect::<Vec<_>>())).await;
    }
    relay.terminate();
    assert!(relay.ended().await.success());
    relay
}

/// Overwrites the page of the database that holds this text.
fn damage(data: &Path, text: &str) {
    let mut bytes = fs::read(database(data)).unwrap();
    let found = bytes
        .windows(text.len())
        .position(|it| it == text.as_bytes());
    let page = found.expect("the text is stored") / PAGE * PAGE;
    bytes[page..page + PAGE].fill(0xA5);
    fs::write(database(data), bytes).unwrap();
}

async fn history(agent: &Agent) -> (StatusCode, Value) {
    let call = agent.call(Method::GET, "/events?after=0&limit=1000");
    let response = call.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

/// A relay that must not start; its last sentence.
fn refused(finished: &Finished) -> String {
    assert_eq!(finished.status.code(), Some(1), "{finished:?}");
    assert_eq!(finished.stdout, "", "it never listened");
    finished.stderr.lines().last().unwrap().to_owned()
}

async fn start_refused(data: &Path) -> String {
    let data = data.to_str().unwrap();
    refused(
        &run(
            &["serve", "--listen", "127.0.0.1:0", "--data-dir", data],
            "",
        )
        .await,
    )
}

#[tokio::test]
async fn a_damaged_channel_is_refused_and_the_others_are_read() {
    let mut relay = stored().await;
    damage(relay.data(), "second 50 ");
    let before = fs::read(database(relay.data())).unwrap();
    relay.restart().await;
    let (first, second) = (
        Agent::new(&relay.url(), "first", "claude"),
        Agent::new(&relay.url(), "second", "claude"),
    );
    let (status, answer) = ready(&first).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let sentence = answer["error"]["message"].as_str().unwrap();
    assert!(
        sentence.contains("damaged") && sentence.contains("restore"),
        "{sentence}"
    );
    assert!(relay.log().contains("damaged"));
    assert_eq!(
        first.events(1, 0).await.len(),
        100,
        "the other one is whole"
    );
    assert_eq!(history(&second).await.0, StatusCode::SERVICE_UNAVAILABLE);
    for agent in [&first, &second] {
        let answer = agent.try_publish(&message("more")).await;
        assert_eq!(
            (answer.code(), answer.status.as_u16()),
            ("unavailable", 503)
        );
    }
    relay.terminate();
    assert!(relay.ended().await.success());
    let after = fs::read(database(relay.data())).unwrap();
    let changed = before.chunks(PAGE).zip(after.chunks(PAGE)).skip(1);
    let n_changed = changed.filter(|(before, after)| before != after).count();
    assert!(n_changed <= 1, "{n_changed} pages; the run's own is one");
}

#[tokio::test]
async fn damage_that_is_met_while_reading_stops_writing_and_leaves_the_tail() {
    let mut relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    // More than a start folds, so that it starts without reading the old ones.
    for batch in 0..6 {
        let texts = (0..100).map(|n| message(&format!("text {batch}.{n} {}", "x".repeat(500))));
        agent.publish(&json!(texts.collect::<Vec<_>>())).await;
    }
    pilothouse_tests::until("a saved state", || async {
        let bytes = fs::read(relay.data().join("pilothouse.sqlite3-wal")).unwrap();
        let state = b"\"n_events\":";
        bytes
            .windows(state.len())
            .any(|it| it == state)
            .then_some(())
    })
    .await;
    relay.terminate();
    assert!(relay.ended().await.success());
    damage(relay.data(), "text 1.50 ");
    relay.restart().await;
    assert_eq!(
        ready(&agent).await.0,
        StatusCode::OK,
        "nobody has met it yet"
    );
    let (status, answer) = history(&agent).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
    assert!(not_ready(&agent).await.contains("damaged"));
    assert_eq!(
        agent.try_publish(&message("more")).await.code(),
        "unavailable"
    );
    assert_eq!(
        agent.events(501, 0).await.len(),
        100,
        "the newest are whole"
    );
    let mut socket = Socket::open(relay.address()).await;
    socket
        .say(&json!({"type": "subscribe", "ref": "1", "channel": "build"}))
        .await;
    let reply = socket.hear_type("subscribed").await;
    assert_eq!(reply["snapshot"]["n_events"], 601);
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_as_it_is() {
    let data = TempDir::new().unwrap();
    let garbage = "not a database, whatever its name ".repeat(1000);
    fs::write(database(data.path()), &garbage).unwrap();
    let sentence = start_refused(data.path()).await;
    assert!(sentence.contains("no database at all"), "{sentence}");
    assert!(sentence.contains("move it away"), "{sentence}");
    assert_eq!(fs::read_to_string(database(data.path())).unwrap(), garbage);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_as_it_is() {
    let relay = stored().await;
    let path = database(relay.data());
    let mut bytes = fs::read(&path).unwrap();
    // Where SQLite keeps the version of whoever uses it: a big-endian number at 60.
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&path, &bytes).unwrap();
    let sentence = start_refused(relay.data()).await;
    assert!(sentence.contains("version 99"), "{sentence}");
    assert!(sentence.contains("use a newer relay"), "{sentence}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[tokio::test]
async fn a_folder_that_may_not_be_written_is_refused_with_the_way_out() {
    let relay = stored().await;
    let allow = |mode: u32, path: &Path| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let data = relay.data().to_owned();
    let start = async || {
        let words = ["serve", "--listen", "127.0.0.1:0", "--data-dir"];
        let arguments = [&words[..], &[data.to_str().unwrap()]].concat();
        // Whoever may pass over permissions gives that up.
        let is_root = rustix::process::geteuid().is_root();
        let wrapper = if is_root { &LIKE_ANYBODY[..] } else { &[] };
        refused(&run_inside(wrapper, &arguments).await)
    };
    let before = fs::read(database(&data)).unwrap();
    for path in [database(&data), data.clone()] {
        allow(if path == data { 0o555 } else { 0o444 }, &path);
        let sentence = start().await;
        assert!(sentence.contains("may not be written"), "{sentence}");
        assert!(sentence.contains("--data-dir"), "{sentence}");
    }
    allow(0o755, &data);
    assert_eq!(fs::read(database(&data)).unwrap(), before);
}
