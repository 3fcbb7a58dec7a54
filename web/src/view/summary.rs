//! One line about something an agent called, said or sent.

use serde_json::Value;

use super::json;

/// Longest line, in characters; the rest is behind the row.
const LINE: usize = 160;

/// Fields that name what a tool works on, the telling ones first.
const OBJECTS: [&str; 14] = [
    "command",
    "file_path",
    "path",
    "notebook_path",
    "pattern",
    "query",
    "url",
    "description",
    "prompt",
    "text",
    "message",
    "name",
    "target",
    "id",
];

/// What a tool was called with: the field that tells most, or all of it in short.
#[must_use]
pub fn object_of(input: &Value) -> String {
    let named = OBJECTS.iter().find_map(|name| input.get(name)?.as_str());
    match named {
        Some(text) => line(text),
        None => inline(input),
    }
}

/// The first line of a text, shortened.
#[must_use]
pub fn line(text: &str) -> String {
    let text = text.trim();
    let first = text.lines().next().unwrap_or_default();
    let short: String = first.chars().take(LINE).collect();
    if short.len() < text.len() {
        format!("{short} …")
    } else {
        short
    }
}

/// A value on one line; nothing for what is empty.
#[must_use]
pub fn inline(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => line(text),
        Value::Object(fields) if fields.is_empty() => String::new(),
        Value::Array(items) if items.is_empty() => String::new(),
        other => line(&json::text(other)),
    }
}

/// A value on as many lines as it needs; a text as it is.
#[must_use]
pub fn whole(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => json::pretty(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tool_call_is_known_by_what_it_works_on() {
        let input = json!({"description": "Run the tests", "command": "cargo test\n--all"});
        assert_eq!(object_of(&input), "cargo test …");
        assert_eq!(object_of(&json!({"file_path": "src/a.rs"})), "src/a.rs");
    }

    #[test]
    fn input_without_a_known_field_is_shown_whole() {
        assert_eq!(object_of(&json!({"depth": 3})), r#"{"depth":3}"#);
        assert_eq!(object_of(&json!({})), "");
        assert_eq!(object_of(&Value::Null), "");
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let text = "ü".repeat(LINE + 1);
        assert_eq!(line(&text).chars().count(), LINE + 2);
        assert_eq!(line("short"), "short");
    }
}
