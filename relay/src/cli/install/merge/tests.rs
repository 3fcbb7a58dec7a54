use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::cli::vendor::Handler;

const URL: &str = "http://127.0.0.1:8420";

fn hooks(vendor: Vendor) -> Vec<Hook> {
    vendor.hooks(&URL.parse().unwrap(), "/usr/bin/pilothouse")
}

fn installed_in(text: &str, vendor: Vendor) -> String {
    install(Some(text), vendor, &hooks(vendor)).unwrap()
}

/// Settings after installing and uninstalling.
fn there_and_back(text: &str, vendor: Vendor) -> Option<String> {
    uninstall(&installed_in(text, vendor), vendor).unwrap()
}

/// What stands between tokens.
fn gap() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(String::new()),
        2 => Just(" ".to_owned()),
        3 => Just("\n  ".to_owned()),
        1 => Just("\n\t".to_owned()),
        1 => Just("\r\n    ".to_owned()),
        1 => Just(" /* a, \"b\" } */ ".to_owned()),
        1 => Just(" // c ] ,\n".to_owned()),
    ]
}

/// Brackets with children, laid out anyhow, with a trailing comma or without.
fn brackets(
    open: char,
    close: char,
    children: impl Strategy<Value = Vec<String>>,
) -> impl Strategy<Value = String> {
    let gaps = prop::collection::vec((gap(), gap()), 6);
    (children, gaps, gap(), any::<bool>()).prop_map(move |(children, gaps, end, trailing)| {
        let n = children.len();
        let mut text = open.to_string();
        for (index, (child, (before, after))) in children.into_iter().zip(gaps).enumerate() {
            let comma = if index + 1 < n || trailing { "," } else { "" };
            text.push_str(&format!("{before}{child}{after}{comma}"));
        }
        text + &end + &close.to_string()
    })
}

fn list(item: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    brackets('[', ']', prop::collection::vec(item, 0..3))
}

/// An object with these keys, each of which may be missing.
fn object(properties: Vec<(&'static str, BoxedStrategy<String>)>) -> impl Strategy<Value = String> {
    let properties: Vec<_> = properties
        .into_iter()
        .map(|(key, value)| {
            let property = (gap(), gap(), value).prop_map(move |(before, after, value)| {
                format!("\"{key}\"{before}:{after}{value}")
            });
            prop::option::weighted(0.7, property)
        })
        .collect();
    let present = properties.prop_map(|all| all.into_iter().flatten().collect());
    brackets('{', '}', present)
}

/// Settings of somebody who may have hooks already, none of them ours.
fn settings() -> impl Strategy<Value = String> {
    let words =
        || prop::sample::select(vec!["1", "true", "\"x, ] }\"", "null", "{}", "[]", "[1,]"]);
    let word = || words().prop_map(str::to_owned).boxed();
    let handler = || {
        object(vec![
            ("type", Just("\"command\"".to_owned()).boxed()),
            (
                "command",
                Just("\"echo hook claude-code\"".to_owned()).boxed(),
            ),
            ("timeout", word()),
        ])
    };
    let group = || {
        object(vec![
            ("matcher", word()),
            ("hooks", list(handler()).boxed()),
        ])
    };
    let event = || list(group()).boxed();
    let hooks = object(vec![
        ("PreToolUse", event()),
        ("Stop", event()),
        ("SomethingNew", event()),
    ]);
    let whole = object(vec![
        ("model", word()),
        ("hooks", hooks.boxed()),
        (
            "permissions",
            object(vec![("allow", list(word()).boxed())]).boxed(),
        ),
    ]);
    let mark = prop_oneof![9 => Just(""), 1 => Just("\u{feff}")];
    (mark, gap(), whole, gap())
        .prop_map(|(mark, before, whole, after)| format!("{mark}{before}{whole}{after}"))
}

proptest! {
    #[test]
    fn what_is_installed_and_uninstalled_leaves_the_same_bytes(text in settings()) {
        for vendor in Vendor::ALL {
            prop_assert_eq!(there_and_back(&text, vendor), Some(text.clone()));
        }
    }

    #[test]
    fn installing_twice_is_installing_once(text in settings()) {
        for vendor in Vendor::ALL {
            let once = installed_in(&text, vendor);
            prop_assert_eq!(installed_in(&once, vendor), once);
        }
    }

    #[test]
    fn everything_of_others_is_as_it_was_and_in_its_place(text in settings()) {
        let parse = |text: &str| -> Json {
            let value = read(split_mark(text).1).unwrap().value.map(|value| json(&value));
            value.unwrap()
        };
        let (before, after) = (parse(&text), parse(&installed_in(&text, Vendor::ClaudeCode)));
        prop_assert_eq!(&before["model"], &after["model"]);
        prop_assert_eq!(&before["permissions"], &after["permissions"]);
        for (event, groups) in before["hooks"].as_object().into_iter().flatten() {
            let groups = groups.as_array().unwrap();
            let now = after["hooks"][event].as_array().unwrap();
            prop_assert_eq!(&now[..groups.len()], &groups[..]);
        }
    }

    #[test]
    fn an_older_version_of_ours_is_brought_up_to_date(text in settings()) {
        let vendor = Vendor::ClaudeCode;
        let older = vendor.hooks(&"http://127.0.0.1:9".parse().unwrap(), "/old place/pilothouse");
        let older = install(Some(&text), vendor, &older[..7]).unwrap();
        let newer = installed_in(&older, vendor);
        prop_assert_eq!(&newer, &installed_in(&text, vendor));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[\\[\\]{}\",: a/*\n]{0,40}") {
        let vendor = Vendor::ClaudeCode;
        let _ = install(Some(&text), vendor, &hooks(vendor));
        let _ = uninstall(&text, vendor);
    }
}

#[test]
fn a_file_that_was_made_for_the_hooks_goes_with_them() {
    for vendor in Vendor::ALL {
        let made = install(None, vendor, &hooks(vendor)).unwrap();
        assert_eq!(uninstall(&made, vendor).unwrap(), None);
    }
}

#[test]
fn settings_are_extended_in_their_own_layout() {
    let text = "{\n\t\"model\": \"opus\" // mine\n}\n";
    let hook = Hook {
        event: "Stop",
        matcher: None,
        handler: Handler::Http {
            url: format!("{URL}/hooks/claude-code"),
            timeout: 5,
        },
    };
    let installed = install(Some(text), Vendor::ClaudeCode, &[hook]).unwrap();
    let expected = "{
\t\"model\": \"opus\", // mine
\t\"hooks\": {
\t\t\"Stop\": [
\t\t\t{
\t\t\t\t\"hooks\": [
\t\t\t\t\t{
\t\t\t\t\t\t\"type\": \"http\",
\t\t\t\t\t\t\"url\": \"http://127.0.0.1:8420/hooks/claude-code\",
\t\t\t\t\t\t\"timeout\": 5
\t\t\t\t\t}
\t\t\t\t]
\t\t\t}
\t\t]
\t}
}
";
    assert_eq!(installed, expected);
}

/// A program of another name did not know its own hooks: installing twice doubled them.
#[test]
fn a_program_of_another_name_knows_its_hooks() {
    let command =
        |program: &str| json!({"command": format!("{program} hook codex --url http://h:1")});
    assert!(Vendor::Codex.is_ours(&command("/opt/ph-0.1")));
    assert!(Vendor::Codex.is_ours(&command("'/my tools/pilothouse'")));
    assert!(!Vendor::ClaudeCode.is_ours(&command("/opt/ph-0.1")));
    let others = json!({"command": "git hook codex"});
    assert!(!Vendor::Codex.is_ours(&others));
}

#[test]
fn ours_goes_also_from_settings_that_an_agent_has_written_anew() {
    let text =
        r#"{"model":"opus","hooks":{"Stop":[{"hooks":[{"type":"command","command":"x"}]}]}}"#;
    let vendor = Vendor::ClaudeCode;
    let installed: Json = serde_json::from_str(&installed_in(text, vendor)).unwrap();
    for rewritten in [installed.to_string(), format!("{installed:#}")] {
        let left = uninstall(&rewritten, vendor).unwrap().unwrap();
        let left: Json = serde_json::from_str(&left).unwrap();
        assert_eq!(left, serde_json::from_str::<Json>(text).unwrap());
    }
}

#[test]
fn a_handler_of_somebody_else_in_our_group_stays() {
    let vendor = Vendor::Codex;
    let made = install(None, vendor, &hooks(vendor)).unwrap();
    let mut settings: Json = serde_json::from_str(&made).unwrap();
    let other = json!({"type": "command", "command": "true"});
    let handlers = settings["hooks"]["Stop"][0]["hooks"]
        .as_array_mut()
        .unwrap();
    handlers.push(other.clone());
    let left = uninstall(&settings.to_string(), vendor).unwrap().unwrap();
    let left: Json = serde_json::from_str(&left).unwrap();
    assert_eq!(left, json!({"hooks": {"Stop": [{"hooks": [other]}]}}));
}

#[test]
fn an_event_that_is_named_twice_is_cleaned_in_both_places() {
    let group = r#"[{"hooks": [{"type": "command", "command": "pilothouse hook codex"}]}]"#;
    let text = format!("{{\"hooks\": {{\"Stop\": {group}, \"Stop\": {group}}}, \"a\": 1}}");
    assert_eq!(
        uninstall(&text, Vendor::Codex).unwrap().as_deref(),
        Some("{ \"a\": 1}")
    );
}

#[test]
fn settings_that_cannot_be_edited_are_refused_with_the_place() {
    let refusal = |text: &str| {
        let vendor = Vendor::ClaudeCode;
        install(Some(text), vendor, &hooks(vendor))
            .unwrap_err()
            .to_string()
    };
    assert!(refusal("{\"a\": 1 \"b\": 2}").contains("is not valid JSON"));
    assert!(refusal("{\"a\": 1").contains("is not valid JSON"));
    assert!(refusal("[]").contains("an object as the whole"));
    assert!(refusal("{\"hooks\": []}").contains("an object as `hooks`"));
    assert!(refusal("{\"hooks\": {\"Stop\": {}}}").contains("a list as `hooks.Stop`"));
}

#[test]
fn a_comment_that_is_all_there_is_stays_a_comment() {
    // Became `// mine{`, which hid the hooks and was no JSON.
    let vendor = Vendor::ClaudeCode;
    let text = installed_in("// mine", vendor);
    assert!(text.starts_with("// mine\n{\n"), "{text}");
    let n_hooks = hooks(vendor).len();
    assert_eq!(places(&text, vendor).unwrap().len(), n_hooks);
}
