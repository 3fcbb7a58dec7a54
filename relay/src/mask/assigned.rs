//! `password=…`, `"api_key": "…"`, `--token …`: secrets that have no look of their own, known by what
//! they are given to. Careful of code, in which such names are given to all sorts of things.

use std::sync::LazyLock;

use regex::Regex;

use super::Found;
use super::rules::{has_digit, is_no_placeholder};

pub(super) const PASSWORD: &str = "password";
pub(super) const SECRET: &str = "secret";

/// One is in every name.
pub(super) const WORDS: &[&str] = &[
    "passw",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "api_key",
    "api-key",
    "apikey",
    "access_key",
    "access-key",
    "accesskey",
    "account_key",
    "accountkey",
    "private_key",
    "privatekey",
    "credential",
];

/// The end of a name. The group is of passwords, which people choose.
const NAME: &str = r"(?:(passwords?|passwd|passphrase|pwd)|secret|secret[_-]?key|token|(?:api|access|account|private)[_-]?key|credentials?)";

/// A name and what gives it a value.
#[expect(clippy::expect_used, reason = "what is written here is tested")]
static GIVEN: LazyLock<Regex> = LazyLock::new(|| {
    let name = NAME;
    let by = r#"(?:\\{0,3}["']?[ \t]{0,3}(?::=|=>|=|:)[ \t]{0,3})"#;
    Regex::new(&format!(
        r"(?i)(?:{name}{by}|--[a-z0-9-]*{name}(?:=|[ \t]{{1,3}}))"
    ))
    .expect("this pattern")
});

/// What a value is judged by: its beginning. So the work does not grow with what is refused.
const JUDGED: usize = 256;

/// Words of code that stand where a value could.
const WORDS_OF_CODE: [&str; 14] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "key",
    "env",
    "config",
    "none",
    "null",
    "true",
    "false",
    "string",
    "undefined",
];

/// What is given.
struct Value<'a> {
    text: &'a str,
    is_quoted: bool,
    /// The character after it.
    next: Option<char>,
    is_password: bool,
    /// Whether `=` stands right before it, as in a shell or a URL.
    is_tight: bool,
}

/// Adds the secrets that are given to names.
pub(super) fn find(text: &str, found: &mut Vec<Found>) {
    let mut from = 0;
    while let Some(hit) = GIVEN.captures_at(text, from) {
        let Some(all) = hit.get(0) else { return };
        let is_password = hit.get(1).or_else(|| hit.get(2)).is_some();
        let at = begin(text, all.end());
        let value = value(text, at, is_password);
        from = all.end();
        if is_secret(&value) {
            let at = at..end(text, at, value.is_quoted);
            from = at.end;
            let kind = if is_password { PASSWORD } else { SECRET };
            found.push(Found { at, kind });
        }
    }
}

/// Past an opening quote, also one that is escaped.
fn begin(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let unescaped = rest.trim_start_matches('\\');
    match unescaped.starts_with(['"', '\'', '`']) && rest.len() - unescaped.len() <= 3 {
        true => at + (rest.len() - unescaped.len()) + 1,
        false => at,
    }
}

fn value(text: &str, at: usize, is_password: bool) -> Value<'_> {
    let before = text[..at].chars().next_back();
    let is_quoted = matches!(before, Some('"' | '\'' | '`'));
    let most = text.floor_char_boundary(at + JUDGED);
    let length = length(&text[at..most], is_quoted);
    Value {
        text: &text[at..at + length],
        is_quoted,
        next: text[at + length..].chars().next(),
        is_password,
        is_tight: before == Some('='),
    }
}

fn end(text: &str, at: usize, is_quoted: bool) -> usize {
    at + length(&text[at..], is_quoted)
}

/// Bytes of a value: up to a quote or white space, and where it is not quoted, to what ends it in code.
fn length(text: &str, is_quoted: bool) -> usize {
    let ends = |c: char| match c {
        '"' | '\'' | '`' | '\\' => true,
        ',' | ';' | '&' | '(' | ')' | '{' | '}' | '[' | ']' | '<' | '>' | '|' => !is_quoted,
        other => other.is_whitespace() || other.is_control(),
    };
    text.find(ends).unwrap_or(text.len())
}

fn is_secret(value: &Value<'_>) -> bool {
    let Value {
        text, is_quoted, ..
    } = value;
    let n_chars = text.chars().take(16).count();
    let least = match (value.is_password, is_quoted) {
        (true, _) => 4,
        (false, true) => 8,
        (false, false) => 12,
    };
    if n_chars < least || !is_no_placeholder(text) || is_call(value) {
        return false;
    }
    // Not to be told from a word, a name of a variable or a type without a digit.
    match (value.is_password, has_digit(text)) {
        (true, true) => is_no_name(text) || *is_quoted,
        (true, false) => (*is_quoted || is_bare(value)) && !is_word_of_code(text),
        (false, true) => is_no_number(text) && (*is_quoted || is_no_name(text)),
        (false, false) => false,
    }
}

/// What is given to a name by `=` alone, in a shell or a URL, and is no member of anything.
fn is_bare(value: &Value<'_>) -> bool {
    value.is_tight && !value.text.contains(['.', '_', ':'])
}

fn is_call(value: &Value<'_>) -> bool {
    let is_open = matches!(value.next, Some('(' | '[' | '{' | '<'));
    !value.is_quoted && is_open
}

fn is_word_of_code(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    WORDS_OF_CODE.iter().any(|word| text.contains(word))
}

/// Names of variables, also of members: `settings.password2`.
fn is_no_name(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let is_word = [
        "password",
        "passwd",
        "secret",
        "token",
        "_key",
        "apikey",
        "process.env",
        "os.environ",
    ];
    !is_word.iter().any(|word| text.contains(word))
}

fn is_no_number(text: &str) -> bool {
    !text
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | '_' | ',' | '-' | '+' | ':'))
}

#[expect(clippy::expect_used, reason = "what is written here is tested")]
static NAMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!("(?i){NAME}$")).expect("this pattern"));

/// What kind of secret a field of this name has, if its text is one.
pub(super) fn given(name: &str, text: &str) -> Option<&'static str> {
    let hit = NAMES.captures(name)?;
    let is_password = hit.get(1).is_some();
    let length = length(text, true);
    if length < text.len() {
        return None;
    }
    let value = Value {
        text: &text[..text.floor_char_boundary(JUDGED)],
        is_quoted: true,
        next: None,
        is_password,
        is_tight: false,
    };
    is_secret(&value).then_some(if is_password { PASSWORD } else { SECRET })
}
