use proptest::prelude::*;
use serde_json::json;

use super::*;

fn diff(pieces: &[Piece]) -> Vec<(&'static str, &str)> {
    let runs = pieces.iter().filter_map(|piece| match piece {
        Piece::Diff(runs) => Some(runs),
        _ => None,
    });
    runs.flatten()
        .map(|run| (run.mark.name(), run.text.as_str()))
        .collect()
}

#[test]
fn a_command_is_shown_as_one_types_it() {
    let input = json!({"command": "cargo test\n--all", "description": "Run the tests"});
    let shown = [
        Piece::Code("cargo test\n--all".to_owned()),
        Piece::Note("Run the tests".to_owned()),
    ];
    assert_eq!(of(&input), shown);
    let shell = json!({"command": ["bash", "-lc", "ls | wc"], "timeout": 5});
    let shown = [
        Piece::Code("ls | wc".to_owned()),
        Piece::Code("{\n  \"timeout\": 5\n}".to_owned()),
    ];
    assert_eq!(of(&shell), shown);
}

#[test]
fn an_edit_is_shown_as_what_goes_and_what_comes() {
    let input = json!({
        "file_path": "/src/a.rs", "old_string": "fn a() {\n  one\n}", "new_string": "fn a() {\n  two\n  three\n}",
    });
    let pieces = of(&input);
    assert_eq!(pieces[0], Piece::Path("/src/a.rs".to_owned()));
    let runs = [
        ("same", "  fn a() {"),
        ("gone", "-   one"),
        ("new", "+   two\n+   three"),
        ("same", "  }"),
    ];
    assert_eq!(diff(&pieces), runs);
}

#[test]
fn a_new_file_several_edits_and_a_patch_are_shown_alike() {
    let file = json!({"file_path": "a", "content": "x\ny"});
    assert_eq!(diff(&of(&file)), [("new", "+ x\n+ y")]);
    let edits = json!({"file_path": "a", "edits": [
        {"old_string": "x", "new_string": "y"}, {"old_string": "1", "new_string": "2", "replace_all": true},
    ]});
    let pieces = of(&edits);
    let runs = [
        ("gone", "- x"),
        ("new", "+ y"),
        ("gone", "- 1"),
        ("new", "+ 2"),
    ];
    assert_eq!(diff(&pieces), runs);
    assert!(matches!(&pieces[3], Piece::Code(rest) if rest.contains("replace_all")));
    let patch = json!({"command": ["apply_patch", "*** Begin Patch\n@@\n-x\n+y\n z\n"]});
    let runs = [
        ("same", "apply_patch *** Begin Patch\n@@"),
        ("gone", "-x"),
        ("new", "+y"),
        ("same", " z"),
    ];
    assert_eq!(diff(&of(&patch)), runs);
}

#[test]
fn a_mark_that_hides_or_turns_a_text_is_seen() {
    let input = json!({"command": "rm \u{202e}txt.exe\u{200b}\u{1b}[2K"});
    let shown = "rm ⟨U+202E⟩txt.exe⟨U+200B⟩⟨U+001B⟩[2K".to_owned();
    assert_eq!(of(&input), [Piece::Code(shown)]);
}

#[test]
fn what_is_no_map_is_shown_as_it_is() {
    assert_eq!(of(&json!("text")), [Piece::Code("text".to_owned())]);
    assert_eq!(of(&json!({})), []);
    assert_eq!(of(&json!("")), []);
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => text.lines().map(str::to_owned).collect(),
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

proptest! {
    #[test]
    fn nothing_is_left_out(
        fields in prop::collection::btree_map(
            prop_oneof![
                Just("command"), Just("file_path"), Just("path"), Just("old_string"), Just("new_string"),
                Just("content"), Just("patch"), Just("diff"), Just("description"), Just("edits"), Just("other"),
            ],
            prop_oneof![
                "[a-c\n]{0,12}".prop_map(Value::from),
                any::<u8>().prop_map(Value::from),
                prop::collection::vec("[a-c]{1,4}".prop_map(Value::from), 0..3).prop_map(Value::from),
                ("[a-c\n]{1,8}", "[a-c\n]{1,8}").prop_map(|(old, new)| json!([{"old_string": old, "new_string": new, "n": old}])),
            ],
            0..6,
        ),
    ) {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
        let input = Value::Object(fields.collect());
        let shown: String = of(&input).into_iter().map(|piece| match piece {
            Piece::Note(text) | Piece::Path(text) | Piece::Code(text) => text + "\n",
            Piece::Diff(runs) => runs.into_iter().map(|run| run.text + "\n").collect(),
        }).collect();
        for text in texts(&input) {
            prop_assert!(shown.contains(&text), "{text:?} of {input} in {shown}");
        }
    }
}
