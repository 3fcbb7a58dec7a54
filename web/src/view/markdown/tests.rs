use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn forms(text: &str) -> Vec<Form> {
    blocks(text).into_iter().map(|block| block.form).collect()
}

/// The runs of a text, written as HTML would be.
fn written(text: &str) -> String {
    let write = |run: &Run<'_>| {
        let mut shown = run.text.to_owned();
        for (is_so, tag) in [
            (run.is_code, "code"),
            (run.is_emphasised, "em"),
            (run.is_strong, "strong"),
        ] {
            if is_so {
                shown = format!("<{tag}>{shown}</{tag}>");
            }
        }
        match run.link {
            Some(address) => format!("<a {address}>{shown}</a>"),
            None => shown,
        }
    };
    runs(text).iter().map(write).collect()
}

#[test]
fn what_agents_write_in_a_line_is_read() {
    for (text, expected) in [
        ("plain", "plain"),
        ("a **bold** b", "a <strong>bold</strong> b"),
        ("an *idea* here", "an <em>idea</em> here"),
        ("__bold__ _idea_", "<strong>bold</strong> <em>idea</em>"),
        ("***both***", "<strong><em>both</em></strong>"),
        (
            "**bold *both***",
            "<strong>bold </strong><strong><em>both</em></strong>",
        ),
        ("run `cargo test`", "run <code>cargo test</code>"),
        ("`` a`b ``", "<code>a`b</code>"),
        ("**`x`**", "<strong><code>x</code></strong>"),
        ("\\*no\\*", "*no*"),
        (
            "see [the docs](https://a.b/c)",
            "see <a https://a.b/c>the docs</a>",
        ),
        (
            "[`x`](https://a.b/(c))",
            "<a https://a.b/(c)><code>x</code></a>",
        ),
        (
            "at https://a.b/c.",
            "at <a https://a.b/c>https://a.b/c</a>.",
        ),
        ("[mail](mailto:a@b)", "<a mailto:a@b>mail</a>"),
    ] {
        assert_eq!(written(text), expected, "{text}");
    }
}

#[test]
fn what_looks_like_a_mark_and_is_none_stays_text() {
    for text in [
        "2 * 3 * 4",
        "snake_case_name and another_one",
        "src/*.rs and tests/*.rs",
        "**never closed",
        "`never closed",
        "a * b",
        "[no link]",
        "[no link] (a.b)",
        "<b>no tag</b>",
        "xhttps://a.b",
        "C:\\Users\\ada",
    ] {
        assert_eq!(written(text), text);
    }
}

#[test]
fn a_link_that_could_run_something_stays_text() {
    for text in [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,hi)",
        "[x](vbscript:x)",
        "[x](//a.b)",
        "[x](/c/build)",
        "[x](https://a.b\u{7}c)",
        "[x]( https://a.b)",
    ] {
        assert!(
            runs(text)
                .iter()
                .all(|run| run.link.is_none_or(|link| link.starts_with("https://a.b"))),
            "{text}"
        );
        assert_eq!(
            runs(text).iter().map(|run| run.text).collect::<String>(),
            text
        );
    }
}

#[test]
fn blocks_are_told_apart() {
    let text = "# Plan\n\nFirst line\nsecond line\n\n> said\n> before\n\n---\n```rust\nfn main() {}\n\n# no heading\n```\nend";
    assert_eq!(
        forms(text),
        [
            Form::Heading(1, "Plan".into()),
            Form::Paragraph("First line\nsecond line".into()),
            Form::Quote("said\nbefore".into()),
            Form::Rule,
            Form::Code("rust".into(), "fn main() {}\n\n# no heading\n".into()),
            Form::Paragraph("end".into()),
        ]
    );
}

#[test]
fn a_list_has_numbers_bullets_and_one_level_below() {
    let text = "1. one\n   more of it\n   - below\n2. two\n\n3. three\n\nafter";
    let entry = |is_nested, number, text: &str| Entry {
        is_nested,
        number,
        text: text.into(),
    };
    assert_eq!(
        forms(text),
        [
            Form::List(vec![
                entry(false, Some(1), "one\nmore of it"),
                entry(true, None, "below"),
                entry(false, Some(2), "two"),
                entry(false, Some(3), "three"),
            ]),
            Form::Paragraph("after".into()),
        ]
    );
}

#[test]
fn code_inside_a_list_is_code_without_the_indent() {
    let found = forms("1. do:\n   ```sh\n   ls\n     -l\n   ```\n2. then");
    assert_eq!(found[1], Form::Code("sh".into(), "ls\n  -l\n".into()));
    assert!(matches!(&found[2], Form::List(entries) if entries[0].number == Some(2)));
}

#[test]
fn code_that_is_still_being_written_is_code() {
    assert_eq!(
        forms("```\nlet x"),
        [Form::Code(String::new(), "let x\n".into())]
    );
}

#[test]
fn a_table_keeps_its_columns() {
    let text = "| a | b |\n|---|---|\n| 1 | 2 |";
    assert_eq!(forms(text), [Form::Code(String::new(), text.into())]);
}

#[test]
fn a_long_text_has_a_beginning_and_a_short_one_is_whole() {
    assert_eq!(beginning("short"), None);
    let long = "ä".repeat(10_000);
    let begin = beginning(&long).unwrap();
    assert!(long.starts_with(begin) && begin.len() <= LONG);
    assert!(beginning(&"\n".repeat(5_000)).unwrap().len() <= LONG_LINES);
}

/// Everything of a text that is shown, or is said of what is shown.
fn shown(text: &str, depth: u8) -> String {
    let line = |text: &str| -> String {
        let each = runs(text).into_iter();
        each.map(|run| match run.link {
            Some(link) if link != run.text => format!("{}{link}", run.text),
            _ => run.text.to_owned(),
        })
        .collect()
    };
    let entry = |entry: &Entry| {
        let number = entry.number.map(|number| number.to_string());
        number.unwrap_or_default() + &line(&entry.text)
    };
    let block = |form: Form| match form {
        Form::Paragraph(text) | Form::Heading(_, text) => line(&text),
        Form::Code(language, text) => language + &text,
        Form::Quote(text) if depth == 0 => text,
        Form::Quote(text) => shown(&text, depth - 1),
        Form::List(entries) => entries.iter().map(entry).collect(),
        Form::Rule => String::new(),
    };
    forms(text).into_iter().map(block).collect()
}

fn letters(text: &str) -> String {
    text.chars().filter(|of| of.is_alphanumeric()).collect()
}

/// Texts in which marks are about as common as words.
fn marked() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z]{1,4}",
        Just("*".to_owned()),
        Just("**".to_owned()),
        Just("_".to_owned()),
        Just("`".to_owned()),
        Just("```".to_owned()),
        Just("\n".to_owned()),
        Just("\n\n".to_owned()),
        Just(" ".to_owned()),
        Just("  ".to_owned()),
        Just("- ".to_owned()),
        Just("12. ".to_owned()),
        Just("> ".to_owned()),
        Just("# ".to_owned()),
        Just("[".to_owned()),
        Just("](".to_owned()),
        Just(")".to_owned()),
        Just("https://a.b/".to_owned()),
        Just("\\".to_owned()),
        Just("|".to_owned()),
        Just("---\n".to_owned()),
        Just("~~~".to_owned()),
        Just("é\u{202e}".to_owned()),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_shown_whole(text in any::<String>()) {
        prop_assert_eq!(letters(&shown(&text, 3)), letters(&text));
    }

    #[test]
    fn marks_lose_no_word(text in marked()) {
        prop_assert_eq!(letters(&shown(&text, 3)), letters(&text));
    }

    #[test]
    fn a_growing_text_keeps_the_blocks_before_the_last(text in marked(), rest in marked()) {
        let mut growing = Growing::default();
        growing.take(text.clone());
        let before: Vec<_> = growing.blocks().map(|(name, block)| (name, block.clone())).collect();
        let whole = text + &rest;
        growing.take(whole.clone());
        let after: Vec<_> = growing.blocks().map(|(name, block)| (name, block.clone())).collect();
        let read: Vec<_> = after.iter().map(|(_, block)| block.clone()).collect();
        prop_assert_eq!(read, blocks(&whole));
        for (name, block) in &before {
            let same = after.iter().find(|(other, _)| other == name);
            prop_assert!(same.is_none_or(|(_, other)| other == block), "{}", name);
        }
    }
}

#[test]
fn a_megabyte_of_anything_is_read_in_time() {
    for piece in [
        "*a ",
        "**a ",
        "_a ",
        "***",
        "`a ",
        "``a `b ",
        "[",
        "[a](",
        "[a](http://",
        "](",
        "http://",
        "> ",
        "- ",
        "1. ",
        "#",
        "a",
        " ",
        "\\",
        "|",
        "\n",
        "\n- ",
        "*a* ",
        "\u{202e}",
        "[a](https://b) ",
        "`",
    ] {
        let text = piece.repeat(1_000_000 / piece.len());
        let begun = Instant::now();
        let found = blocks(&text);
        assert!(found.len() <= text.len());
        let _ = shown(&text, 3);
        // Only against time that grows with the square: that would take hours.
        assert!(begun.elapsed() < Duration::from_secs(120), "{piece:?}");
    }
}
