use proptest::prelude::*;

use super::*;

fn styles(row: &str) -> Vec<(String, Style)> {
    let runs = runs(row, 80).into_iter();
    runs.map(|run| (run.text, run.style)).collect()
}

fn foreground(sequence: &str) -> Colour {
    styles(&format!("\u{1b}[{sequence}mx"))[0].1.foreground
}

#[test]
fn colours_of_all_three_kinds_are_read() {
    assert_eq!(foreground("31"), Colour::Indexed(1));
    assert_eq!(foreground("97"), Colour::Indexed(15));
    assert_eq!(foreground("38;5;208"), Colour::Indexed(208));
    assert_eq!(foreground("38;2;1;2;3"), Colour::Rgb(1, 2, 3));
    assert_eq!(foreground("31;39"), Colour::Default);
    assert_eq!(foreground("0;1;31"), Colour::Indexed(1));
}

#[test]
fn a_style_holds_until_it_is_taken_back() {
    let bold = Style {
        is_bold: true,
        ..Style::default()
    };
    let expected = [
        ("a".to_owned(), Style::default()),
        ("b".to_owned(), bold),
        ("c".to_owned(), Style::default()),
    ];
    assert_eq!(styles("a\u{1b}[1mb\u{1b}[mc"), expected);
    assert_eq!(styles("a\u{1b}[1mb\u{1b}[22mc"), expected);
}

#[test]
fn what_is_no_style_is_dropped() {
    for row in [
        "a\u{1b}[2Jb",
        "a\u{1b}[?25lb",
        "a\u{1b}]0;title\u{7}b",
        "a\u{1b}]8;;http://x\u{1b}\\b",
        "a\u{7}\u{8}b",
        "a\u{1b}cb",
        "a\u{1b}[38:2::1:2:3mb",
        "a\u{202e}b",
    ] {
        assert_eq!(
            styles(row),
            [("ab".to_owned(), Style::default())],
            "{row:?}"
        );
    }
}

#[test]
fn a_wide_cell_takes_two_columns_and_an_accent_none() {
    let runs = runs("a漢b\u{301}c", 80);
    let placed: Vec<_> = runs
        .iter()
        .map(|run| (run.column, run.width, run.text.as_str()))
        .collect();
    assert_eq!(
        placed,
        [(0, 1, "a"), (1, 2, "漢"), (3, 1, "b\u{301}"), (4, 1, "c")]
    );
}

#[test]
fn a_row_longer_than_the_display_is_cut() {
    let runs = runs(&"x".repeat(1_000_000), 80);
    assert_eq!((runs.len(), runs[0].width), (1, 80));
    assert_eq!(super::runs("漢漢", 3).len(), 1);
}

proptest! {
    /// Whatever a program sends, runs follow each other inside the row.
    #[test]
    fn runs_follow_each_other(row in "([ -~]|\u{1b}\\[[0-9;:?]{0,12}[a-zA-Z]?|\\PC|\u{1b}|\u{301}|漢){0,60}", columns in 0..40_u32) {
        let mut end = 0;
        for run in runs(&row, columns) {
            prop_assert_eq!(run.column, end);
            let is_text = run.width > 0 && !run.text.contains('\u{1b}');
            prop_assert!(is_text, "{:?}", run);
            end += run.width;
        }
        prop_assert!(end <= columns);
    }
}
