//! Hooks come into an agent's settings and out again, and nothing else changes.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};

use pilothouse_tests::Home;
use serde_json::{Value, json};

const CLAUDE: &str = ".claude/settings.json";

const MINE: &str = r#"{
    // what I like
    "model": "opus",
    "hooks": {
        "Stop": [
            {"hooks": [{"type": "command", "command": "say done"}]},
        ],
    },
}
"#;

fn parsed(text: Option<String>) -> Value {
    serde_json::from_str(&text.unwrap()).unwrap()
}

#[tokio::test]
async fn every_session_of_the_user_is_attached_unless_a_project_is_meant() {
    let home = Home::new();
    let done = home.run(&["install", "claude-code", "--yes"], "").await;
    assert!(done.status.success(), "{}", done.stderr);
    let settings = parsed(home.read(CLAUDE));
    let hooks = settings["hooks"].as_object().unwrap();
    for (event, groups) in hooks {
        for group in groups.as_array().unwrap() {
            let handler = &group["hooks"][0];
            assert!(handler["timeout"].as_u64().is_some(), "{event}: {handler}");
            let kind = match event.as_str() {
                "SessionStart" => "command",
                _ => "http",
            };
            assert_eq!(handler["type"], kind, "{event}");
        }
    }
    let asking = &hooks["PermissionRequest"][0]["hooks"][0];
    assert_eq!(
        asking,
        &json!({"type": "http", "url": "http://127.0.0.1:8420/hooks/claude-code", "timeout": 600})
    );
    assert!(!hooks.contains_key("WorktreeCreate"));

    let url = ["--url", "http://localhost:9999"];
    let done = home
        .run(
            &[&["install", "claude-code", "--project", "-y"][..], &url].concat(),
            "",
        )
        .await;
    assert!(done.status.success(), "{}", done.stderr);
    let project = parsed(home.read("project/.claude/settings.json"));
    let url = &project["hooks"]["PreToolUse"][0]["hooks"][0]["url"];
    assert_eq!(url, "http://localhost:9999/hooks/claude-code");
    assert_eq!(parsed(home.read(CLAUDE)), settings);
}

#[tokio::test]
async fn the_change_is_shown_and_what_was_there_stays() {
    let home = Home::new();
    home.write(CLAUDE, MINE);
    let look = home.run(&["install", "claude-code", "--dry-run"], "").await;
    assert!(look.status.success(), "{}", look.stderr);
    let added = "
+        \"SessionStart\": [";
    assert!(look.stdout.contains(added), "{}", look.stdout);
    assert!(!look.stdout.contains("\n-"), "{}", look.stdout);
    assert_eq!(home.read(CLAUDE).as_deref(), Some(MINE));

    let done = home.run(&["install", "claude-code", "--yes"], "").await;
    assert!(
        done.stdout.contains("pilothouse doctor claude-code"),
        "{}",
        done.stdout
    );
    let installed = home.read(CLAUDE).unwrap();
    assert!(installed.contains("// what I like") && installed.contains("say done"));

    let again = home.run(&["install", "claude-code", "--yes"], "").await;
    assert!(again.status.success());
    assert!(
        again.stdout.contains("already installed"),
        "{}",
        again.stdout
    );
    assert_eq!(home.read(CLAUDE), Some(installed));

    let moved = [
        "install",
        "claude-code",
        "--yes",
        "--url",
        "http://127.0.0.1:9",
    ];
    let _ = home.run(&moved, "").await;
    let moved = home.read(CLAUDE).unwrap();
    assert!(moved.contains("http://127.0.0.1:9/hooks") && !moved.contains(":8420"));

    let gone = home.run(&["uninstall", "claude-code", "--yes"], "").await;
    assert!(gone.status.success(), "{}", gone.stderr);
    assert_eq!(home.read(CLAUDE).as_deref(), Some(MINE));
    let gone = home.run(&["uninstall", "claude-code", "--yes"], "").await;
    assert!(gone.stdout.contains("is not installed"), "{}", gone.stdout);
}

#[tokio::test]
async fn without_a_terminal_nothing_is_written_unless_it_was_agreed_to() {
    let home = Home::new();
    let refused = home.run(&["install", "codex"], "y\n").await;
    assert_eq!(refused.status.code(), Some(64));
    assert!(refused.stderr.contains("add --yes"), "{}", refused.stderr);
    assert_eq!(home.read(".codex/hooks.json"), None);
}

#[tokio::test]
async fn at_a_terminal_it_asks_and_only_yes_writes() {
    let home = Home::new();
    for no in ["", "n", "what?"] {
        let shown = home.run_at_terminal(&["install", "claude-code"], no).await;
        assert!(
            shown.contains("[y/N]") && shown.contains("nothing was changed"),
            "{shown}"
        );
        assert_eq!(home.read(CLAUDE), None);
    }
    let shown = home.run_at_terminal(&["install", "claude-code"], "y").await;
    assert!(shown.contains("is attached"), "{shown}");
    assert!(home.read(CLAUDE).is_some());
}

#[tokio::test]
async fn a_file_that_was_made_for_the_hooks_goes_with_them() {
    let home = Home::new();
    let done = home.run(&["install", "codex", "--yes"], "").await;
    assert!(done.stdout.contains("/hooks"), "{}", done.stdout);
    let hooks = parsed(home.read(".codex/hooks.json"));
    let command = hooks["hooks"]["PermissionRequest"][0]["hooks"][0]["command"].as_str();
    assert!(
        command
            .unwrap()
            .contains("pilothouse hook codex --url http://127.0.0.1:8420")
    );
    let _ = home.run(&["uninstall", "codex", "--yes"], "").await;
    assert_eq!(home.read(".codex/hooks.json"), None);
}

#[tokio::test]
async fn settings_that_cannot_be_changed_are_left_and_the_reason_is_told() {
    let home = Home::new();
    for (text, why) in [
        ("{\"model\": ", "is not valid JSON"),
        (
            "{\"hooks\": 1}",
            "has something else than an object as `hooks`",
        ),
    ] {
        home.write(CLAUDE, text);
        let refused = home.run(&["install", "claude-code", "--yes"], "").await;
        assert_eq!(refused.status.code(), Some(1));
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
        assert!(refused.stderr.contains(CLAUDE), "{}", refused.stderr);
        assert_eq!(home.read(CLAUDE).as_deref(), Some(text));
    }
    home.write(CLAUDE, MINE);
    std::fs::set_permissions(home.path(CLAUDE), Permissions::from_mode(0o444)).unwrap();
    let refused = home.run(&["install", "claude-code", "--yes"], "").await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stderr.contains("read-only"), "{}", refused.stderr);
    assert_eq!(home.read(CLAUDE).as_deref(), Some(MINE));
    let files = std::fs::read_dir(home.path(".claude")).unwrap();
    assert_eq!(files.count(), 1, "a temporary file was left");

    std::fs::remove_file(home.path(CLAUDE)).unwrap();
    symlink(home.path("nowhere"), home.path(CLAUDE)).unwrap();
    let refused = home.run(&["install", "claude-code", "--yes"], "").await;
    assert!(
        refused.stderr.contains("leads nowhere"),
        "{}",
        refused.stderr
    );
}

#[tokio::test]
async fn a_link_stays_a_link_and_permissions_stay_as_they_are() {
    let home = Home::new();
    home.write("dotfiles/claude.json", MINE);
    let file = home.path("dotfiles/claude.json");
    std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    std::fs::create_dir(home.path(".claude")).unwrap();
    symlink(&file, home.path(CLAUDE)).unwrap();
    let done = home.run(&["install", "claude-code", "--yes"], "").await;
    assert!(done.status.success(), "{}", done.stderr);
    assert!(home.path(CLAUDE).is_symlink());
    assert!(
        home.read("dotfiles/claude.json")
            .unwrap()
            .contains("/hooks/claude-code")
    );
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
