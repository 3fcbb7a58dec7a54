//! What is attached and works is told from what does not.

use pilothouse_tests::{Agent, Finished, Home, InProcess};
use serde_json::Value;

async fn doctor(home: &Home, url: &str, arguments: &[&str]) -> (Finished, Value) {
    let all = [&["doctor", "--json", "--url", url][..], arguments].concat();
    let done = home.run(&all, "").await;
    let report = serde_json::from_str(&done.stdout).expect(&done.stderr);
    (done, report)
}

/// The state of a check and all it says.
fn check(report: &Value, section: &str, what: &str) -> (String, String) {
    let named = |items: &Value, key: &str, name: &str| {
        let items = items.as_array().unwrap().iter();
        items.clone().find(|item| item[key] == name).cloned()
    };
    let section = named(&report["sections"], "name", section).unwrap();
    let check = named(&section["checks"], "what", what);
    let check = check.unwrap_or_else(|| panic!("no {what} in {section}"));
    let state = check["state"].as_str().unwrap().to_owned();
    (state, check.to_string())
}

fn is(report: &Value, section: &str, what: &str, state: &str) -> String {
    let (found, says) = check(report, section, what);
    assert_eq!(found, state, "{says}");
    says
}

#[tokio::test]
async fn what_is_not_attached_is_no_fault_and_it_says_how_to_attach() {
    let home = Home::new();
    let (done, report) = doctor(&home, "http://127.0.0.1:1", &[]).await;
    assert!(done.status.success() && report["ok"] == true, "{report}");
    let says = is(&report, "relay", "reachable", "failed");
    assert!(says.contains("pilothouse serve"), "{says}");
    for agent in ["claude-code", "codex"] {
        let says = is(&report, agent, "attached", "absent");
        assert!(
            says.contains(&format!("pilothouse install {agent}")),
            "{says}"
        );
    }
    let says = is(&report, "mcp", "attached", "absent");
    assert!(says.contains("claude mcp add"), "{says}");
}

#[tokio::test]
async fn what_is_attached_to_a_relay_that_is_down_is_a_fault() {
    let home = Home::new();
    let url = "http://127.0.0.1:1";
    let _ = home
        .run(&["install", "claude-code", "--yes", "--url", url], "")
        .await;
    let (done, report) = doctor(&home, url, &["claude-code"]).await;
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(report["ok"], false);
    is(&report, "claude-code", "attached", "ok");
}

#[tokio::test]
async fn hooks_for_another_relay_or_switched_off_are_found() {
    let home = Home::new();
    home.write(".claude/settings.json", "{\"disableAllHooks\": true}");
    let _ = home
        .run(
            &[
                "install",
                "claude-code",
                "--yes",
                "--url",
                "http://127.0.0.1:2",
            ],
            "",
        )
        .await;
    let (done, report) = doctor(&home, "http://127.0.0.1:1", &["claude-code"]).await;
    assert_eq!(done.status.code(), Some(1));
    let says = is(&report, "claude-code", "attached", "failed");
    assert!(says.contains("pilothouse install claude-code"), "{says}");
    let says = is(&report, "claude-code", "allowed", "failed");
    assert!(says.contains("disableAllHooks"), "{says}");
}

#[tokio::test]
async fn hooks_that_codex_was_not_told_to_trust_are_found() {
    let home = Home::new();
    let _ = home
        .run(
            &["install", "codex", "--yes", "--url", "http://127.0.0.1:1"],
            "",
        )
        .await;
    let (_, report) = doctor(&home, "http://127.0.0.1:1", &["codex"]).await;
    let says = is(&report, "codex", "trusted", "failed");
    assert!(says.contains("/hooks"), "{says}");
}

#[tokio::test]
async fn a_hint_makes_the_round_trip_on_every_path_and_nothing_is_left() {
    let (relay, home) = (InProcess::start().await, Home::new());
    let url = relay.url();
    for agent in ["claude-code", "codex"] {
        let _ = home
            .run(&["install", agent, "--yes", "--url", &url], "")
            .await;
    }
    // Twice: what the first leaves behind is in nobody's way.
    for _ in 0..2 {
        let (_, report) = doctor(&home, &url, &[]).await;
        for path in ["claude-code", "codex", "mcp"] {
            is(&report, path, "round trip", "ok");
        }
        is(&report, "claude-code", "last event", "absent");
    }
    let ada = Agent::person(&url, "", "ada");
    assert_eq!(ada.channels().await, Vec::<Value>::new());
}

#[tokio::test]
async fn the_report_is_for_people_unless_a_program_asks() {
    let (relay, home) = (InProcess::start().await, Home::new());
    let done = home
        .run(&["doctor", "mcp", "--url", &relay.url()], "")
        .await;
    assert!(done.status.success());
    let lines: Vec<_> = done.stdout.lines().collect();
    assert_eq!(lines[0], "relay");
    assert!(lines[1].starts_with("  reachable   ok"), "{}", lines[1]);
    assert!(done.stdout.contains("round trip  ok"), "{}", done.stdout);
}
