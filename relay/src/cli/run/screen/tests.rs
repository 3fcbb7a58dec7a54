use proptest::prelude::*;

use super::*;

fn shown(output: &str, has_colour: bool) -> Vec<String> {
    let mut screen = Screen::new(Size::new(10, 3), has_colour);
    screen.process(output.as_bytes());
    screen.grid().rows
}

#[test]
fn rows_are_plain_text_as_it_stands_on_the_screen() {
    let output = "\u{1b}[31mred\u{1b}[m\r\nabc\u{1b}[2D_\u{1b}[3;5Hx";
    assert_eq!(shown(output, false), ["red", "a_c", "    x"]);
}

#[test]
fn a_wide_character_is_there_once() {
    assert_eq!(shown("漢字!", false), ["漢字!", "", ""]);
    assert_eq!(shown("漢\u{1b}[31m字", true)[0], "漢\u{1b}[0;31m字\u{1b}[m");
}

#[test]
fn colours_are_sequences_that_end_with_their_row() {
    let output = "\u{1b}[1;38;5;200;48;2;1;2;3mx\u{1b}[m y\u{1b}[97;101mz \u{1b}[m\r\nplain";
    let expected = [
        "\u{1b}[0;1;38;5;200;48;2;1;2;3mx\u{1b}[m y\u{1b}[0;97;101mz \u{1b}[m",
        "plain",
        "",
    ];
    assert_eq!(shown(output, true), expected);
}

/// Without the sequences that set colours.
fn stripped(row: &str) -> String {
    let mut parts = row.split("\u{1b}[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (codes, rest) = part.split_once('m').unwrap();
        assert!(codes.chars().all(|c| c.is_ascii_digit() || c == ';'));
        text.push_str(rest);
    }
    text
}

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => prop::collection::vec(any::<u8>(), 0..8),
        3 => "[a-z 漢👍é\u{301}\r\n\t\u{8}]{0,12}".prop_map(String::into_bytes),
        4 => ("[0-9;?>!]{0,8}", "[@-~]").prop_map(|(parameters, last)| {
            format!("\u{1b}[{parameters}{last}").into_bytes()
        }),
        1 => "\u{1b}[\\]P^_(#%].{0,4}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// Whatever a command prints and however the terminal is resized meanwhile, there is a screen of
    /// the right size, without control characters, and with colours it says the same.
    #[test]
    fn any_output_is_a_screen(
        output in prop::collection::vec((pieces(), 1..40u64, 1..20u64), 1..6),
    ) {
        let mut plain = Screen::new(Size::new(20, 5), false);
        let mut coloured = Screen::new(Size::new(20, 5), true);
        for (bytes, width, height) in output {
            for screen in [&mut plain, &mut coloured] {
                screen.process(&bytes);
                screen.resize(Size::new(width, height));
            }
            let (plain, coloured) = (plain.grid(), coloured.grid());
            prop_assert_eq!(plain.size, Size::new(width, height));
            prop_assert_eq!(plain.rows.len(), usize::from(plain.size.height));
            for (plain, coloured) in plain.rows.iter().zip(&coloured.rows) {
                prop_assert!(!plain.chars().any(char::is_control));
                let stripped = stripped(coloured);
                prop_assert_eq!(plain.as_str(), stripped.trim_end_matches(' '));
            }
        }
    }
}
