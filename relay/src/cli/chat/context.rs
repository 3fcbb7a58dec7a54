//! What the model is told: the channel's conversation as far as it fits, and the hints taken.

use std::collections::BTreeSet;

use pilothouse_shared::{
    Author, EventId, Hint, HintEntry, HintState, MemberId, MessageEntry, MessageKind, Role, Seq,
    Snapshot,
};
use serde::Serialize;

/// One turn of a conversation, as OpenAI's chat completions take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Turn {
    pub(super) role: Speaker,
    pub(super) content: String,
}

/// Who speaks a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Speaker {
    /// What holds for all of it.
    System,
    /// Anybody else.
    User,
    /// This agent.
    Assistant,
}

/// What goes into a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) turns: Vec<Turn>,
    /// Hints in it that nobody has acknowledged.
    pub(super) hints: Vec<EventId>,
    /// Those not in it, because not everybody may see them.
    pub(super) unfit: Vec<EventId>,
}

/// Something said, and when.
struct Said<'a> {
    seq: Seq,
    author: &'a Author,
    speaker: Speaker,
    text: String,
}

impl Context {
    /// The newest turns of at most `max_bytes` together, after the `system` prompt. The newest one is in it
    /// however long it is. Turns of one speaker in a row are one: some models want them to alternate.
    pub(super) fn new(
        snapshot: &Snapshot,
        me: &MemberId,
        system: Option<&str>,
        max_bytes: usize,
    ) -> Self {
        let messages = snapshot
            .messages
            .iter()
            .filter_map(|entry| message(entry, me));
        let taken = snapshot.hints.iter().filter(|entry| is_taken(entry, me));
        let (taken, unfit): (Vec<_>, Vec<_>) =
            taken.partition(|entry| entry.visibility.is_public());
        let mut all: Vec<_> = messages.chain(taken.iter().copied().map(hint)).collect();
        all.sort_by_key(|said| said.seq);
        let left_out = all.len() - n_fitting(&all, max_bytes);
        let mut all = all.split_off(left_out);
        let is_first_mine =
            |all: &[Said<'_>]| all.len() > 1 && all[0].speaker == Speaker::Assistant;
        while is_first_mine(&all) {
            all.remove(0);
        }
        let others = all.iter().filter(|said| said.speaker == Speaker::User);
        let is_crowd = others
            .map(|said| &said.author.member)
            .collect::<BTreeSet<_>>()
            .len()
            > 1;
        let begins = all.first().map_or(Seq::ZERO, |said| said.seq);
        let mut turns = Vec::new();
        let system = system.map(|text| (Speaker::System, text.to_owned()));
        let said = all
            .into_iter()
            .map(|said| (said.speaker, said.words(is_crowd)));
        for (role, content) in system.into_iter().chain(said) {
            add(&mut turns, role, content);
        }
        let open = |hints: Vec<&HintEntry>, begins| {
            let is_open =
                |entry: &&HintEntry| entry.state == HintState::Delivered && entry.seq >= begins;
            let open = hints.into_iter().filter(is_open);
            open.map(|entry| entry.id.clone()).collect()
        };
        Self {
            turns,
            hints: open(taken, begins),
            unfit: open(unfit, Seq::ZERO),
        }
    }
}

impl Said<'_> {
    /// With the speaker's name where there are several.
    fn words(self, is_crowd: bool) -> String {
        match is_crowd && self.speaker == Speaker::User {
            true => format!("{}: {}", self.author.name, self.text),
            false => self.text,
        }
    }
}

fn message<'a>(entry: &'a MessageEntry, me: &MemberId) -> Option<Said<'a>> {
    let is_mine = entry.author.member == *me;
    let is_talk = matches!(entry.role, Role::User | Role::Assistant);
    // What not everybody may see is not for an answer that everybody sees.
    let is_fit = is_talk && entry.kind == MessageKind::Text && entry.visibility.is_public();
    (is_fit && !entry.text.trim().is_empty()).then(|| Said {
        seq: entry.seq,
        author: &entry.author,
        speaker: if is_mine {
            Speaker::Assistant
        } else {
            Speaker::User
        },
        text: entry.text.clone(),
    })
}

/// Whether this agent has it, and it is something to read.
fn is_taken(entry: &HintEntry, me: &MemberId) -> bool {
    let by = match entry.state {
        HintState::Delivered => entry.delivered.as_ref().map(|taken| &taken.to),
        HintState::Acknowledged => entry.acknowledged.as_ref().map(|answer| &answer.by),
        HintState::Accepted | HintState::Expired => None,
    };
    by.is_some_and(|by| by.member == *me) && !matches!(entry.hint, Hint::Cancel { .. })
}

fn hint(entry: &HintEntry) -> Said<'_> {
    let name = &entry.author.name;
    let text = match &entry.hint {
        Hint::Text { text, .. } => format!("(A hint from {name}: {text})"),
        Hint::Voice { transcript, .. } => format!("(A hint from {name}, spoken: {transcript})"),
        Hint::Click { target, .. } => format!("({name} points at {target})"),
        Hint::Parameter {
            name: what, value, ..
        } => format!("({name} sets {what} to {value})"),
        Hint::Cancel { .. } => String::new(),
    };
    Said {
        seq: entry.seq,
        author: &entry.author,
        speaker: Speaker::User,
        text,
    }
}

/// How many of the newest fit; at least one, if there is one.
fn n_fitting(all: &[Said<'_>], max_bytes: usize) -> usize {
    let mut n_bytes = 0_usize;
    let fits = |said: &&Said<'_>| {
        n_bytes = n_bytes.saturating_add(said.text.len());
        n_bytes <= max_bytes
    };
    let n = all.iter().rev().take_while(fits).count();
    n.max(1).min(all.len())
}

fn add(turns: &mut Vec<Turn>, role: Speaker, content: String) {
    match turns.last_mut() {
        Some(last) if last.role == role => {
            last.content.push_str("\n\n");
            last.content.push_str(&content);
        }
        _ => turns.push(Turn { role, content }),
    }
}

#[cfg(test)]
mod tests;
