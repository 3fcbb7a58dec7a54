//! A relay with keys, as who runs it and who uses it meet it.

use pilothouse_tests::{DEADLINE, Finished, Home, Process, run, until, within};
use serde_json::{Value, json};

/// A relay that has run in open mode, was given keys, and was started anew. The file has a token that may do
/// everything.
async fn keyed() -> (Process, String) {
    let mut relay = Process::start().await;
    let file = relay.data().join("me.token").to_str().unwrap().to_owned();
    let made = beside(
        &relay,
        &[
            "token", "create", "--name", "me", "--role", "admin", "--out", &file,
        ],
    )
    .await;
    assert!(made.status.success(), "{}", made.stderr);
    assert!(
        made.stdout.is_empty(),
        "the token is in the file alone: {}",
        made.stdout
    );
    assert!(made.stderr.contains("made keys"), "{}", made.stderr);
    relay.kill().await;
    relay.restart().await;
    (relay, file)
}

/// Runs a command on the relay's data folder.
async fn beside(relay: &Process, arguments: &[&str]) -> Finished {
    let place = ["--data-dir", relay.data().to_str().unwrap()];
    run(&[arguments, &place].concat(), "").await
}

/// Runs a command that speaks to the relay.
async fn ask(relay: &Process, arguments: &[&str], input: &str) -> Finished {
    let url = relay.url();
    run(&[arguments, &["--url", &url]].concat(), input).await
}

#[tokio::test]
async fn keys_count_from_the_next_start_on() {
    let mut relay = Process::start().await;
    let made = beside(
        &relay,
        &["token", "create", "--name", "me", "--role", "observer"],
    )
    .await;
    assert_eq!(made.stdout.trim().split('.').count(), 3, "{}", made.stdout);
    assert!(
        ask(&relay, &["channels"], "").await.status.success(),
        "open as before"
    );
    relay.kill().await;
    relay.restart().await;
    let refused = ask(&relay, &["channels"], "").await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.stderr.contains("wants to know who you are"),
        "{}",
        refused.stderr
    );
}

#[tokio::test]
async fn commands_show_the_token_in_a_file() {
    let (relay, file) = keyed().await;
    let said = r#"{"type":"message","role":"assistant","text":"hello"}"#;
    let done = ask(&relay, &["publish", "ops", "--token-file", &file], said).await;
    assert!(done.status.success(), "{}", done.stderr);
    let seen = ask(
        &relay,
        &["watch", "ops", "--once", "--token-file", &file],
        "",
    )
    .await;
    assert!(
        seen.stdout.contains("hello"),
        "{} {}",
        seen.stdout,
        seen.stderr
    );
    let stranger = ask(&relay, &["watch", "ops", "--once"], "").await;
    assert!(!stranger.status.success() && !stranger.stdout.contains("hello"));
    let token = std::fs::read_to_string(&file).unwrap();
    assert!(!relay.log().contains(token.trim()), "no log has the token");
}

#[tokio::test]
async fn a_link_lets_one_browser_in() {
    let (relay, _) = keyed().await;
    let made = beside(
        &relay,
        &[
            "link",
            "--name",
            "phone",
            "--role",
            "observer",
            "--channel",
            "ops",
        ],
    )
    .await;
    assert!(made.status.success(), "{}", made.stderr);
    let link = made.stdout.lines().last().unwrap();
    let (address, code) = link.split_once("/#join=").unwrap();
    assert_eq!(address, relay.url(), "where the relay said it is reached");
    assert!(made.stdout.contains('█'), "{}", made.stdout);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let open = || {
        http.post(format!("{}/api/session", relay.url()))
            .json(&json!({ "code": code }))
            .send()
    };
    let (first, second) = tokio::join!(open(), open());
    let mut statuses = [
        first.unwrap().status().as_u16(),
        second.unwrap().status().as_u16(),
    ];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401], "of two at once, one");
}

#[tokio::test]
async fn an_attached_agent_has_a_token_of_its_own_that_opens_nothing_else() {
    let (relay, owner) = keyed().await;
    let (home, url) = (Home::new(), relay.url());
    let data = relay.data().to_str().unwrap().to_owned();
    let place = ["--url", &url, "--data-dir", &data];
    let install = [&["install", "claude-code", "--yes"][..], &place].concat();
    let done = home.run(&install, "").await;
    assert!(done.status.success(), "{}", done.stderr);
    let settings = home.read(".claude/settings.json").unwrap();
    let token = std::fs::read_to_string(relay.data().join("access/claude-code.token")).unwrap();
    assert!(
        !settings.contains(token.trim()),
        "settings are often shared: {settings}"
    );
    let again = home.run(&install, "").await;
    assert!(
        again.stdout.contains("already installed"),
        "{}",
        again.stdout
    );
    let parsed: Value = serde_json::from_str(&settings).unwrap();
    let command = parsed["hooks"]["PostToolUse"][0]["hooks"][0]["command"]
        .as_str()
        .unwrap();
    let words = shlex::split(command).unwrap();
    let words: Vec<_> = words[1..]
        .iter()
        .map(String::as_str)
        .chain(["--verbose"])
        .collect();
    let event = json!({
        "hook_event_name": "SessionStart", "session_id": "7f3a9c21-0000-4000-8000-000000000000",
        "cwd": "/home/ada/web", "source": "startup",
    });
    let told = run(&words, &event.to_string()).await;
    assert!(told.stderr.is_empty(), "{}", told.stderr);
    let seen = ask(&relay, &["channels", "--json", "--token-file", &owner], "").await;
    assert!(
        seen.stdout.contains("claude-code-web-7f3a9c21"),
        "{}",
        seen.stdout
    );
    let narrow = relay.data().join("access/claude-code.token");
    let watching = ask(
        &relay,
        &[
            "channels",
            "--json",
            "--token-file",
            narrow.to_str().unwrap(),
        ],
        "",
    )
    .await;
    assert!(
        watching.stdout.is_empty(),
        "it sees no channel: {}",
        watching.stdout
    );
    let revoked = beside(&relay, &["token", "revoke", "Claude Code"]).await;
    assert!(revoked.status.success(), "{}", revoked.stderr);
    let refused = async || {
        let silent = run(&words, &event.to_string()).await;
        assert!(silent.status.success(), "an agent is never held back");
        silent.stderr.contains("taken back").then_some(())
    };
    until("the relay to know", refused).await;
}

#[tokio::test]
async fn the_doctor_lets_itself_in_for_as_long_as_it_looks() {
    let (relay, _) = keyed().await;
    let (home, url) = (Home::new(), relay.url());
    let data = relay.data().to_str().unwrap().to_owned();
    let place = ["--url", &url, "--data-dir", &data];
    for agent in ["claude-code", "codex"] {
        let done = home
            .run(&[&["install", agent, "--yes"][..], &place].concat(), "")
            .await;
        assert!(done.status.success(), "{}", done.stderr);
    }
    let examined = home
        .run(
            &[&["doctor", "claude-code", "codex"][..], &place].concat(),
            "",
        )
        .await;
    // That Codex trusts its hooks is for a person to say.
    assert_eq!(
        examined.stdout.matches("round trip  ok").count(),
        2,
        "{}",
        examined.stdout
    );
    let listed = beside(&relay, &["token", "list"]).await.stdout;
    let doctor = listed
        .lines()
        .find(|line| line.contains("pilothouse doctor"))
        .unwrap();
    assert!(doctor.contains("revoked"), "{doctor}");
}

#[tokio::test]
async fn a_revoked_watcher_is_told_and_ends() {
    let (relay, owner) = keyed().await;
    let file = relay.data().join("ben.token").to_str().unwrap().to_owned();
    let new = [
        "token", "create", "--name", "Ben", "--role", "observer", "--out", &file,
    ];
    assert!(beside(&relay, &new).await.status.success());
    let said = r#"{"type":"operation_finished","ok":true}"#;
    let done = ask(&relay, &["publish", "ops", "--token-file", &owner], said).await;
    assert!(done.status.success(), "{}", done.stderr);
    let watching = tokio::spawn({
        let url = relay.url();
        async move { run(&["watch", "ops", "--token-file", &file, "--url", &url], "").await }
    });
    let is_there = async || {
        let list = ask(&relay, &["channels", "--json", "--token-file", &owner], "")
            .await
            .stdout;
        list.contains(r#""watchers":1"#).then_some(())
    };
    until("the watcher", is_there).await;
    assert!(
        beside(&relay, &["token", "revoke", "Ben"])
            .await
            .status
            .success()
    );
    let ended = within(DEADLINE, "the watcher to end", watching)
        .await
        .unwrap();
    assert!(!ended.status.success(), "{}", ended.stdout);
    assert!(ended.stderr.contains("taken back"), "{}", ended.stderr);
}
