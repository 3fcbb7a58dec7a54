//! `PROTOCOL.md` names everything a client can meet.

use std::collections::BTreeSet;

use pilothouse_shared::limits::{self, snapshot};
use pilothouse_shared::{
    AfterClose, Body, ClientFrame, CloseCode, DISPLAY_INPUT, ErrorCode, RelayFrame, Right,
    Visibility,
};
use serde::Serialize;
use serde_json::Value;

use super::{files, full_snapshot, op_names};

const PROTOCOL: &str = include_str!("../../PROTOCOL.md");
const LIMITS: &str = include_str!("../../src/limits.rs");

fn assert_named<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) {
    let quoted = |name: &str| PROTOCOL.contains(&format!("`{name}`"));
    let absent: Vec<&str> = names.into_iter().filter(|name| !quoted(name)).collect();
    assert!(
        absent.is_empty(),
        "PROTOCOL.md does not name {what}: {absent:?}"
    );
}

fn written(value: impl Serialize) -> String {
    serde_json::to_value(value)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn every_type_and_op_is_named() {
    assert_named(
        "frame",
        ClientFrame::TYPES.into_iter().chain(RelayFrame::TYPES),
    );
    assert_named("body", Body::TYPES);
    assert_named("op", op_names().iter().map(String::as_str));
    let words = [
        written(Visibility::Public),
        written(Visibility::Agents),
        "only".to_owned(),
    ];
    assert_named("visibility", words.iter().map(String::as_str));
    assert_named("custom body", [DISPLAY_INPUT]);
}

/// The text from a heading to the next one.
fn section(heading: &str) -> &'static str {
    let (_, rest) = PROTOCOL.split_once(&format!("\n## {heading}")).unwrap();
    rest.split("\n## ").next().unwrap()
}

/// The rows about one name: the one whose first cell has it, and those that go on with it.
fn rows_about(table: &str, name: &str) -> String {
    let first = |line: &&str| {
        line.split('|')
            .nth(1)
            .is_some_and(|cell| cell.contains(name))
    };
    let mut lines = table.lines().skip_while(|line| !first(line));
    let head = lines
        .next()
        .unwrap_or_else(|| panic!("no row is about {name}"));
    let rest = lines.take_while(|line| line.starts_with("| |"));
    [head]
        .into_iter()
        .chain(rest)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_field_is_in_the_rows_of_its_frame_or_body() {
    // Fields of a later version, which some files have.
    const LATER: [&str; 4] = ["language", "group", "board", "type"];
    for file in files::all()
        .iter()
        .filter(|file| !file.name.contains("unknown"))
    {
        let (family, name) = file.promise();
        let table = match family {
            "client" => section("3"),
            "relay" if name == "event" => section("5"),
            "relay" => section("4"),
            "body" => section("9"),
            _ => continue,
        };
        let rows = match name {
            "event" => format!("`channel`{table}"),
            _ => rows_about(table, &format!("`{name}`")),
        };
        let value = file.value();
        let fields = value.as_object().unwrap().keys().map(String::as_str);
        for field in fields.filter(|field| !LATER.contains(field)) {
            let is_named = rows.contains(&format!("`{field}`"));
            assert!(
                is_named,
                "the rows about {family} `{name}` do not name `{field}`"
            );
        }
    }
}

#[test]
fn every_field_of_the_snapshot_is_named() {
    let mut names = BTreeSet::new();
    collect_keys(&serde_json::to_value(full_snapshot()).unwrap(), &mut names);
    let table = section("11");
    for name in names {
        let is_named = table.contains(&format!("`{name}`"));
        assert!(is_named, "the snapshot's section does not name `{name}`");
    }
}

fn collect_keys(value: &Value, names: &mut BTreeSet<String>) {
    // What agents put in, and what other sections say.
    const OPAQUE: [&str; 9] = [
        "author",
        "visibility",
        "hint",
        "input",
        "updated_input",
        "suggestions",
        "models",
        "pipeline",
        "parameters",
    ];
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_keys(item, names)),
        Value::Object(map) => {
            for (name, value) in map {
                names.insert(name.clone());
                if !OPAQUE.contains(&name.as_str()) {
                    collect_keys(value, names);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn every_error_code_and_right_is_named() {
    use ErrorCode::*;
    let codes = [
        BadFrame,
        UnknownType,
        TooLarge,
        Unauthenticated,
        Forbidden,
        NotFound,
        AlreadyExists,
        AlreadyResolved,
        RateLimited,
        Invalid,
        Unavailable,
    ];
    for code in codes {
        // Exhaustive: a new code must be put in the list above.
        match code {
            BadFrame | UnknownType | TooLarge | Unauthenticated | Forbidden | NotFound
            | AlreadyExists | AlreadyResolved | RateLimited | Invalid | Unavailable | Unknown => {}
        }
        assert_named("error code", [written(code).as_str()]);
    }
    for right in [
        Right::Publish,
        Right::Watch,
        Right::Steer,
        Right::Approve,
        Right::Admin,
    ] {
        assert_named("right", [written(right).as_str()]);
    }
}

#[test]
fn every_close_code_is_in_the_table_with_what_to_do() {
    let numbers = [1000, 1001, 4400, 4401, 4403, 4408, 4413, 4429, 4503];
    for number in numbers {
        let code = CloseCode::from(number);
        assert!(!matches!(code, CloseCode::Other(_)), "{number}");
        let what = match code.after() {
            AfterClose::Retry => "retry",
            AfterClose::Authenticate => "authenticate",
            AfterClose::Stop => "stop",
        };
        let row = |line: &str| line.starts_with(&format!("| {number} |")) && line.contains(what);
        assert!(
            PROTOCOL.lines().any(row),
            "no row says {number} means {what}"
        );
    }
}

macro_rules! limits {
    ($($path:path),* $(,)?) => {
        vec![$((stringify!($path).rsplit("::").next().unwrap(), $path as u64)),*]
    };
}

#[test]
fn every_limit_is_in_the_table_with_its_number() {
    let table = limits![
        limits::MAX_FRAME_BYTES,
        limits::MAX_BODY_BYTES,
        limits::MAX_SIGNAL_BYTES,
        limits::MAX_REPLY_BYTES,
        limits::MAX_HTTP_BYTES,
        limits::MAX_HOOK_BYTES,
        limits::MAX_BATCH,
        limits::MAX_ID_BYTES,
        limits::MAX_KEY_BYTES,
        limits::MAX_NAME_BYTES,
        limits::MAX_SUBSCRIPTIONS,
        limits::MAX_CHANNELS,
        limits::MAX_SIGNALS,
        limits::MAX_PRESENT_MEMBERS,
        limits::DEFAULT_HISTORY,
        limits::MAX_HISTORY,
        limits::MAX_WAIT_SECONDS,
        limits::TYPING_MS,
        limits::PING_EVERY_MS,
        limits::PONG_WITHIN_MS,
        limits::CLIENT_PING_AFTER_MS,
        limits::HELLO_WITHIN_MS,
        limits::MAX_DEPTH,
        limits::MAX_LABEL_BYTES,
        limits::MAX_TOOL_TEXT_BYTES,
        limits::MAX_TOOL_BYTES,
        limits::MAX_SAID_BYTES,
        limits::MAX_SIGNALS_BYTES,
        snapshot::LIST_BYTES,
        snapshot::MESSAGES,
        snapshot::HINTS,
        snapshot::REQUESTS,
        snapshot::MEMBERS,
        snapshot::TOOLS,
        snapshot::FILES,
        snapshot::PARAMETERS,
        snapshot::STAGES,
        snapshot::ITEMS,
        snapshot::RECENT,
        snapshot::GAPS,
    ];
    for (name, number) in &table {
        let row = format!("| `{name}` | {number} |");
        assert!(PROTOCOL.contains(&row), "PROTOCOL.md has no row `{row}`");
    }
    let declared = LIMITS
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub const "));
    for declaration in declared {
        let name = declaration.split(':').next().unwrap();
        let is_listed = table.iter().any(|(listed, _)| *listed == name);
        assert!(
            is_listed || name == "LONG_FIELDS",
            "{name} is not checked here"
        );
    }
    assert_named("long field", limits::LONG_FIELDS);
}
