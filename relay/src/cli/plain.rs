//! Text of others, made safe for a terminal.

/// Writes a text so that a terminal shows it and does nothing else: line breaks become ` ⏎ `, other
/// control characters and those that turn the direction of writing become `\u{…}`.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.trim_end().split('\n') {
        if !out.is_empty() {
            out.push_str(" ⏎ ");
        }
        for char in line.trim_end_matches('\r').chars() {
            match char {
                '\t' => out.push(' '),
                char if is_dangerous(char) => out.extend(char.escape_unicode()),
                char => out.push(char),
            }
        }
    }
    out
}

/// Escapes in JSON what JSON itself lets through and a terminal obeys.
pub(crate) fn plain_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for char in json.chars() {
        // Valid JSON has such a character only within a string.
        match is_dangerous(char) {
            true => out.push_str(&format!("\\u{:04x}", u32::from(char))),
            false => out.push(char),
        }
    }
    out
}

/// Control characters, and the marks that reorder what stands around them.
fn is_dangerous(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_orders_from_a_text() {
        assert_eq!(plain("\x1b[2Jgone"), "\\u{1b}[2Jgone");
        assert_eq!(
            plain("a\u{9b}31mb\u{202e}c\u{7}"),
            "a\\u{9b}31mb\\u{202e}c\\u{7}"
        );
    }

    #[test]
    fn lines_become_one_line() {
        assert_eq!(plain("one\r\ntwo\n\tthree\n"), "one ⏎ two ⏎  three");
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        assert_eq!(plain("Größe 你好 👩‍💻"), "Größe 你好 👩‍💻");
    }

    #[test]
    fn json_means_the_same_after_escaping() {
        let json = serde_json::to_string("a\u{9b}\u{7f}\u{202e}\x1b\n").unwrap();
        let safe = plain_json(&json);
        assert!(!safe.chars().any(is_dangerous));
        let read: String = serde_json::from_str(&safe).unwrap();
        assert_eq!(read, "a\u{9b}\u{7f}\u{202e}\x1b\n");
    }
}
