//! The history is copied while it is written, and put back.

use std::path::Path;

use pilothouse_tests::{Agent, Finished, Process, message, run};
use serde_json::{Value, json};

async fn pilothouse(verb: &str, file: &Path, data: &Path) -> Finished {
    let (file, data) = (file.to_string_lossy(), data.to_string_lossy());
    run(&[verb, &file, "--data-dir", &data], "").await
}

fn epoch(page: &Value) -> &Value {
    &page["position"]["epoch"]
}

async fn page(relay: &Process) -> Value {
    let url = format!("{}/api/channels/build/events?limit=1000", relay.url());
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

/// What was said, oldest first.
fn texts(page: &Value) -> Vec<&str> {
    let events = page["events"].as_array().unwrap().iter();
    events
        .filter_map(|event| event["body"]["text"].as_str())
        .collect()
}

#[tokio::test]
async fn a_copy_taken_under_load_has_all_that_was_acknowledged_and_a_new_epoch() {
    let relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent
        .publish(&json!([message("one"), message("two")]))
        .await;
    let going_on = tokio::spawn({
        let agent = agent.clone();
        async move {
            for n in 0..200 {
                agent.publish(&message(&format!("later {n}"))).await;
            }
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.backup");
    let done = pilothouse("backup", &file, relay.data()).await;
    assert!(done.status.success(), "{}", done.stderr);
    assert!(done.stdout.contains("1 channels"), "{}", done.stdout);
    going_on.await.unwrap();
    let original = page(&relay).await;

    let mut restored = Process::start().await;
    restored.kill().await;
    let done = pilothouse("restore", &file, restored.data()).await;
    assert!(done.status.success(), "{}", done.stderr);
    restored.restart().await;
    let copy = page(&restored).await;
    let events = copy["events"].as_array().unwrap();
    let texts = texts(&copy);
    assert_eq!(texts[..2], ["one", "two"]);
    let n_events = events.len();
    assert_eq!(
        events[..],
        original["events"].as_array().unwrap()[..n_events]
    );
    assert_ne!(epoch(&copy), epoch(&original), "its end may be missing");
}

#[tokio::test]
async fn what_was_there_is_kept_and_a_folder_in_use_is_left_alone() {
    let mut relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.publish(&message("first")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.backup");
    assert!(
        pilothouse("backup", &file, relay.data())
            .await
            .status
            .success()
    );
    let again = pilothouse("backup", &file, relay.data()).await;
    assert!(again.stderr.contains("exists"), "{}", again.stderr);
    agent.publish(&message("second")).await;

    let in_use = pilothouse("restore", &file, relay.data()).await;
    assert!(!in_use.status.success());
    assert!(
        in_use.stderr.contains("another relay uses"),
        "{}",
        in_use.stderr
    );
    relay.kill().await;
    let done = pilothouse("restore", &file, relay.data()).await;
    assert!(done.status.success(), "{}", done.stderr);
    assert!(relay.data().join("pilothouse.sqlite3.before-1").exists());
    relay.restart().await;
    assert_eq!(texts(&page(&relay).await), ["first"]);
}

#[tokio::test]
async fn a_damaged_history_is_set_aside_for_its_copy() {
    let mut relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.publish(&message("saved")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.backup");
    assert!(
        pilothouse("backup", &file, relay.data())
            .await
            .status
            .success()
    );
    relay.kill().await;
    let place = relay.data().join("pilothouse.sqlite3");
    std::fs::write(&place, "what a failing disk left").unwrap();
    let done = pilothouse("restore", &file, relay.data()).await;
    assert!(done.status.success(), "{}", done.stderr);
    relay.restart().await;
    assert_eq!(texts(&page(&relay).await), ["saved"]);
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_reads_a_copy() {
    use std::os::unix::fs::PermissionsExt;
    let relay = Process::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.backup");
    assert!(
        pilothouse("backup", &file, relay.data())
            .await
            .status
            .success()
    );
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn what_is_no_history_is_neither_copied_nor_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.backup");
    let nothing = pilothouse("backup", &file, folder.path()).await;
    assert!(
        nothing.stderr.contains("there is no history in"),
        "{}",
        nothing.stderr
    );
    assert!(!file.exists());
    std::fs::write(&file, "not a database, though long enough to be looked at").unwrap();
    let nonsense = pilothouse("restore", &file, &folder.path().join("data")).await;
    assert!(!nonsense.status.success());
    assert!(!folder.path().join("data").exists(), "nothing was made");
}
