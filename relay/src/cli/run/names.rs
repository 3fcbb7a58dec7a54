//! What a run is called: its channel, its display, its command on one line.

use std::ffi::OsString;
use std::path::Path;

use pilothouse_shared::limits::{MAX_KEY_BYTES, MAX_LABEL_BYTES};
use pilothouse_shared::{ChannelId, SignalKey};

/// The command's name, without its folder.
pub(super) fn program(command: &[OsString]) -> String {
    let first = command.first().map(Path::new);
    let name = first.and_then(Path::file_name).unwrap_or_default();
    let name = name.to_string_lossy();
    match name.trim() {
        "" => "command".to_owned(),
        name => label(name),
    }
}

pub(super) fn command_line(command: &[OsString]) -> String {
    let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
    label(&words.join(" "))
}

/// A text that fits a body's short field.
pub(super) fn label(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    match text
        .char_indices()
        .find(|(at, _)| *at > MAX_LABEL_BYTES - 8)
    {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A channel of its own for each run.
pub(super) fn channel_of(program: &str) -> ChannelId {
    let is_fit = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let name: String = program.chars().take(60).filter(|c| is_fit(*c)).collect();
    let unique = uuid::Uuid::new_v4().simple().to_string();
    match format!("{name}-{}", &unique[..6]).parse() {
        Ok(channel) => channel,
        Err(error) => unreachable!("letters, digits and dashes are an id: {error}"),
    }
}

/// The display's name and its signal.
pub(super) fn key_of(display: &str) -> (String, SignalKey) {
    let prefix = "display/";
    let fits = |c: &char| !c.is_control();
    let mut name: String = display.chars().filter(fits).collect();
    while name.len() + prefix.len() > MAX_KEY_BYTES {
        name.pop();
    }
    match format!("{prefix}{name}").parse() {
        Ok(key) => (name, key),
        Err(error) => unreachable!("a short text without control characters is a key: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_command_is_called_it_has_a_channel_and_a_display() {
        for name in [
            "cargo",
            "/usr/bin/python3",
            "",
            "ä b/ü\n",
            &"x".repeat(5000),
        ] {
            let program = program(&[OsString::from(name)]);
            assert!(!program.is_empty() && program.len() <= MAX_LABEL_BYTES);
            let channel = channel_of(&program);
            assert!(channel.as_str().len() < 80, "{channel}");
            let (display, key) = key_of(&program);
            assert_eq!(key.strip("display/"), Some(display.as_str()));
        }
    }

    #[test]
    fn a_command_line_is_cut_to_what_a_body_takes() {
        let words = vec![OsString::from("ü".repeat(1000)); 10];
        let line = command_line(&words);
        assert!(line.len() <= MAX_LABEL_BYTES && line.ends_with('…'));
    }
}
