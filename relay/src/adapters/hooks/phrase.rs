//! What people say, as an agent reads it: facts with their author. Orders that come with a tool's result
//! look like an attack to an agent, and rightly so.

use pilothouse_shared::{Author, EventId, Hint, HintEntry};

use super::trim;

/// Longest name of a person in a sentence, in bytes.
const MAX_NAME: usize = 80;

/// The hints that fit into `most` characters, oldest first, as sentences; and which those are. What does
/// not fit waits for the next call; a hint that never would is shortened. Characters are counted as
/// JavaScript does, because the agents that have a limit do so.
pub(super) fn facts<'a>(
    hints: impl IntoIterator<Item = &'a HintEntry>,
    most: usize,
) -> (String, Vec<EventId>) {
    let (mut text, mut fitting, mut left) = (String::new(), Vec::new(), most);
    for entry in hints {
        let sentence = fact(&entry.author, &entry.hint, most);
        let n = sentence.encode_utf16().count() + usize::from(!text.is_empty());
        if n > left {
            break;
        }
        left -= n;
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&sentence);
        fitting.push(entry.id.clone());
    }
    (text, fitting)
}

/// One hint in one sentence of at most `most` characters.
pub(in crate::adapters) fn fact(author: &Author, hint: &Hint, most: usize) -> String {
    let name = name(author);
    // A mark and a name take a few hundred at most; no text has more characters than bytes.
    let most = most.saturating_sub(500);
    let said = |text: &str| trim::text(text.trim(), most);
    match hint {
        Hint::Text { text, .. } => format!("{name} wrote in Pilothouse: {}", said(text)),
        Hint::Voice { transcript, .. } => {
            format!("{name} said in Pilothouse, by voice: {}", said(transcript))
        }
        Hint::Click {
            target,
            signature: None,
            ..
        } => format!("{name} pointed in Pilothouse at {}", said(target)),
        Hint::Click {
            target,
            signature: Some(signature),
            ..
        } => {
            let both = format!("{target}: {signature}");
            format!("{name} pointed in Pilothouse at {}", said(&both))
        }
        Hint::Parameter {
            name: parameter,
            value,
            ..
        } => {
            let set = format!("{parameter} to {value}");
            format!("{name} set a parameter in Pilothouse: {}", said(&set))
        }
        Hint::Cancel { .. } => stopped(author),
    }
}

/// That somebody wants the work to stop.
pub(super) fn stopped(by: &Author) -> String {
    format!(
        "{} asked in Pilothouse to stop what is being done",
        name(by)
    )
}

/// A person's name, in one line.
pub(super) fn name(author: &Author) -> String {
    let words: Vec<_> = author.name.split_whitespace().collect();
    match words.is_empty() {
        true => "Somebody".to_owned(),
        false => trim::start(&words.join(" "), MAX_NAME),
    }
}
