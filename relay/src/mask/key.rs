//! Private keys in PEM: from their first line to their last.

use std::ops::Range;

pub(super) const KIND: &str = "private key";
pub(super) const WORDS: &[&str] = &["private key"];

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Longest text between the dashes, in bytes.
const MAX_LABEL: usize = 48;

/// Longest key, in bytes: twice that of an RSA key of 16,384 bits. What begins and does not end within
/// it is masked as far as it looks like one.
const MAX_BYTES: usize = 32 * 1024;

/// Shortest run of base64 that is taken for a line of a key that has no last line.
const MIN_LINE: usize = 16;

/// Where the private keys of a text are.
pub(super) fn find(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    // The next last line: found once for all first lines before it.
    let mut next_end = Some(0);
    std::iter::from_fn(move || {
        loop {
            let start = from + text[from..].find(BEGIN)?;
            let label = start + BEGIN.len();
            let Some(body) = after_label(text, label) else {
                from = label;
                continue;
            };
            if next_end.is_some_and(|end| end < body) {
                next_end = text[body..].find(END).map(|end| body + end);
            }
            let last = next_end.filter(|end| end - body <= MAX_BYTES);
            let last = last.and_then(|end| after_label(text, end + END.len()));
            let end = last.unwrap_or_else(|| body + lines(&text[body..]));
            from = end;
            if end > body {
                return Some(start..end);
            }
        }
    })
}

/// Where the line ends whose label begins at `start`, if it is that of a private key.
fn after_label(text: &str, start: usize) -> Option<usize> {
    let most = text.floor_char_boundary(start + MAX_LABEL);
    let label = text[start..most].find(DASHES)?;
    let is_key = text[start..start + label].contains("PRIVATE KEY");
    is_key.then_some(start + label + DASHES.len())
}

/// Bytes of what looks like lines of a key.
fn lines(text: &str) -> usize {
    let (bytes, mut end, mut at) = (text.as_bytes(), 0, 0);
    let run = |from: usize, is_part: fn(u8) -> bool| {
        let rest = &bytes[from.min(bytes.len())..];
        from + rest.iter().take_while(|byte| is_part(**byte)).count()
    };
    loop {
        at = between(bytes, at);
        let line = run(at, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
        });
        if line - at < MIN_LINE {
            return end;
        }
        (at, end) = (line, line);
    }
}

/// Past what parts two lines: white space, also as programs write it in a text.
fn between(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at..) {
            Some([b'\\', b'n' | b'r', ..]) => at += 2,
            Some([byte, ..]) if byte.is_ascii_whitespace() => at += 1,
            _ => return at,
        }
    }
}
