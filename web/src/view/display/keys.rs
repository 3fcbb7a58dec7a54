//! What a key sends to a terminal (the sequences of xterm in its normal mode).

/// What a pressed key types; `None` for a key that the text field takes, or the browser.
#[must_use]
pub fn typed(key: &str, has_ctrl: bool, has_alt: bool) -> Option<String> {
    let mut chars = key.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        // Both together are how some keyboards write `@` and `{`.
        return match (has_ctrl, has_alt) {
            (true, false) => control(c).map(String::from),
            (false, true) if c.is_ascii() => Some(format!("\u{1b}{c}")),
            _ => None,
        };
    }
    let sequence = match key {
        "Enter" => "\r",
        "Tab" => "\t",
        "Escape" => "\u{1b}",
        "Backspace" => "\u{7f}",
        "Delete" => "\u{1b}[3~",
        "Insert" => "\u{1b}[2~",
        "Home" => "\u{1b}[H",
        "End" => "\u{1b}[F",
        "PageUp" => "\u{1b}[5~",
        "PageDown" => "\u{1b}[6~",
        "ArrowUp" => "\u{1b}[A",
        "ArrowDown" => "\u{1b}[B",
        "ArrowRight" => "\u{1b}[C",
        "ArrowLeft" => "\u{1b}[D",
        "F1" => "\u{1b}OP",
        "F2" => "\u{1b}OQ",
        "F3" => "\u{1b}OR",
        "F4" => "\u{1b}OS",
        _ => return None,
    };
    Some(sequence.to_owned())
}

/// What Ctrl and a character send. Ctrl+V is left to the browser, which pastes.
fn control(c: char) -> Option<char> {
    match c.to_ascii_lowercase() {
        'v' => None,
        c @ 'a'..='z' => Some((c as u8 - b'a' + 1) as char),
        ' ' | '@' => Some('\0'),
        '[' => Some('\u{1b}'),
        '\\' => Some('\u{1c}'),
        ']' => Some('\u{1d}'),
        _ => None,
    }
}

/// What a text field brought, as a terminal takes it: line ends are what Enter sends.
#[must_use]
pub fn pasted(text: &str) -> String {
    text.replace("\r\n", "\r").replace('\n', "\r")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_send_what_terminals_expect() {
        assert_eq!(typed("Enter", false, false).as_deref(), Some("\r"));
        assert_eq!(typed("ArrowUp", false, false).as_deref(), Some("\u{1b}[A"));
        assert_eq!(typed("c", true, false).as_deref(), Some("\u{3}"));
        assert_eq!(typed("b", false, true).as_deref(), Some("\u{1b}b"));
    }

    #[test]
    fn what_the_field_or_the_browser_takes_is_left() {
        for (key, has_ctrl, has_alt) in [
            ("a", false, false),
            ("ä", false, false),
            ("@", true, true),
            ("v", true, false),
            ("Shift", false, false),
            ("Dead", false, false),
        ] {
            assert_eq!(typed(key, has_ctrl, has_alt), None, "{key}");
        }
    }

    #[test]
    fn pasted_lines_end_as_enter_does() {
        assert_eq!(pasted("a\r\nb\nc"), "a\rb\rc");
    }
}
