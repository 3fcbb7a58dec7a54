//! What a request is about, so that a person can read it: commands, changes of files, whatever else.
//! All of it is shown: what one allows must not hide anything.

use serde_json::{Map, Value};

use crate::view::summary::whole;

/// Fields that name a file.
const PATHS: [&str; 3] = ["file_path", "path", "notebook_path"];

/// A part of what a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words about it.
    Note(String),
    /// A file.
    Path(String),
    /// A command, or anything without a form of its own.
    Code(String),
    /// What changes in a text.
    Diff(Vec<Run>),
}

/// Lines that stand next to each other and change alike, each with its mark in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What happens to them.
    pub mark: Mark,
    /// The lines.
    pub text: String,
}

/// What happens to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It stays.
    Same,
    /// It goes.
    Gone,
    /// It comes.
    New,
}

impl Mark {
    /// For class names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Gone => "gone",
            Self::New => "new",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Same => "  ",
            Self::Gone => "- ",
            Self::New => "+ ",
        }
    }
}

/// The parts of what a tool would be called with.
#[must_use]
pub fn of(input: &Value) -> Vec<Piece> {
    let Value::Object(fields) = input else {
        return code(&whole(input)).into_iter().collect();
    };
    let mut rest = fields.clone();
    let mut pieces = Vec::new();
    let paths = PATHS.iter().filter_map(|name| take_text(&mut rest, name));
    pieces.extend(paths.map(|path| Piece::Path(plain(&path))));
    if let Some(command) = take_command(&mut rest) {
        pieces.extend(if command.contains("*** Begin Patch") {
            Some(patch(&command))
        } else {
            code(&command)
        });
    }
    changes(&mut rest, &mut pieces);
    let words = ["description", "reason", "justification"].map(|name| take_text(&mut rest, name));
    let words = words.into_iter().flatten();
    pieces.extend(words.map(|words| Piece::Note(plain(&words))));
    if !rest.is_empty() {
        pieces.extend(code(&whole(&Value::Object(rest))));
    }
    pieces
}

fn changes(rest: &mut Map<String, Value>, pieces: &mut Vec<Piece>) {
    pieces.extend(take_change(rest));
    if let Some(Value::Array(edits)) = rest.get_mut("edits") {
        edits.retain_mut(|edit| {
            let change = edit.as_object_mut().and_then(take_change);
            let is_shown = change.is_some();
            pieces.extend(change);
            !is_shown || edit.as_object().is_some_and(|edit| !edit.is_empty())
        });
        if edits.is_empty() {
            rest.remove("edits");
        }
    }
    if let Some(text) = take_text(rest, "patch").or_else(|| take_text(rest, "diff")) {
        pieces.push(patch(&text));
    }
    let is_file = pieces.iter().any(|piece| matches!(piece, Piece::Path(_)));
    if is_file && let Some(text) = take_text(rest, "content") {
        pieces.push(Piece::Diff(difference("", &text)));
    }
}

fn take_change(fields: &mut Map<String, Value>) -> Option<Piece> {
    let is_text = |name: &str| fields.get(name).is_some_and(Value::is_string);
    if !is_text("old_string") || !is_text("new_string") {
        return None;
    }
    let old = take_text(fields, "old_string")?;
    let new = take_text(fields, "new_string")?;
    Some(Piece::Diff(difference(&old, &new)))
}

/// A command as one would type it; a shell that is only there to run it is left out.
fn take_command(fields: &mut Map<String, Value>) -> Option<String> {
    if let Some(Value::Array(words)) = fields.get("command") {
        let words: Vec<_> = words.iter().map(Value::as_str).collect::<Option<_>>()?;
        let command = match words.as_slice() {
            [
                "bash" | "sh" | "zsh" | "/bin/bash" | "/bin/sh",
                "-lc" | "-c",
                command,
            ] => (*command).to_owned(),
            _ => words.join(" "),
        };
        fields.remove("command");
        return Some(command);
    }
    take_text(fields, "command")
}

fn take_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    let text = fields.get(name)?.as_str()?.to_owned();
    fields.remove(name);
    Some(text)
}

fn code(text: &str) -> Option<Piece> {
    (!text.is_empty()).then(|| Piece::Code(plain(text)))
}

/// What changes from one text to another: what both begin and end with stays.
fn difference(old: &str, new: &str) -> Vec<Run> {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let shorter = old.len().min(new.len());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| {
        pairs.take_while(|(old, new)| old == new).count()
    };
    let n_before = same(&mut old.iter().zip(&new));
    let n_after = same(&mut old.iter().rev().zip(new.iter().rev())).min(shorter - n_before);
    let (before, middle) = old.split_at(n_before);
    let (gone, after) = middle.split_at(middle.len() - n_after);
    let new = &new[n_before..new.len() - n_after];
    let runs = [
        (Mark::Same, before),
        (Mark::Gone, gone),
        (Mark::New, new),
        (Mark::Same, after),
    ];
    let some = runs.into_iter().filter(|(_, lines)| !lines.is_empty());
    some.map(|(mark, lines)| run(mark, lines)).collect()
}

fn run(mark: Mark, lines: &[&str]) -> Run {
    let mut text = String::new();
    for line in lines {
        text.push_str(mark.sign());
        text.push_str(&plain(line));
        text.push('\n');
    }
    text.pop();
    Run { mark, text }
}

/// A patch has its marks already.
fn patch(text: &str) -> Piece {
    let mut runs: Vec<Run> = Vec::new();
    for line in text.lines() {
        let mark = match line.as_bytes().first() {
            Some(b'-') if !line.starts_with("---") => Mark::Gone,
            Some(b'+') if !line.starts_with("+++") => Mark::New,
            _ => Mark::Same,
        };
        match runs.last_mut().filter(|run| run.mark == mark) {
            Some(run) => {
                run.text.push('\n');
                run.text.push_str(&plain(line));
            }
            None => runs.push(Run {
                mark,
                text: plain(line),
            }),
        }
    }
    Piece::Diff(runs)
}

/// A text whose every character can be seen: marks that turn or hide what follows are named instead.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let is_hidden = matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
        );
        if is_hidden || c.is_control() && c != '\n' && c != '\t' {
            shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests;
