//! What is being written, and to whom.

use pilothouse_shared::{Extra, Hint, MemberId, Visibility};

use crate::board::Board;
use crate::components::chips::{Chips, Target};
use crate::dom::{Held, follow};
use crate::view::aim::Aim;
use crate::view::voice::Heard;
use crate::{clock, prefs};

/// At most so often others are told that one types, in milliseconds: the relay forgets it after 5 s.
const TYPING_EVERY_MS: u64 = 2_000;

/// What is being written; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    board: Board,
    pub(super) chips: Chips,
    pub(super) text: Held<String>,
    pub(super) aim: Held<Aim>,
    /// What was spoken of it.
    pub(super) spoken: Held<Option<Heard>>,
    typed_at: Held<u64>,
}

impl Draft {
    /// The one of this channel: it outlives its page, as long as the tab.
    pub(super) fn new(board: Board) -> Self {
        let key = format!(
            "draft.{}",
            board.channel().map_or(String::new(), |id| id.to_string())
        );
        let text = Held::new(prefs::recalled(&key).unwrap_or_default());
        follow(move || text.with(|text| prefs::recall_later(&key, text)));
        Self {
            board,
            chips: Chips::get(),
            text,
            aim: Held::new(Aim::default()),
            spoken: Held::new(None),
            typed_at: Held::new(0),
        }
    }

    fn has_words(self) -> bool {
        self.text.with(|text| !text.trim().is_empty())
    }

    /// Whether there is nothing to send.
    pub(super) fn is_blank(self) -> bool {
        let has_chips = self.aim.with(Aim::is_hint) && !self.chips.is_empty();
        !self.has_words() && !has_chips
    }

    /// A person typed: this is the text now.
    pub(super) fn typed(self, text: String) {
        let is_blank = text.trim().is_empty();
        self.text.set(text);
        if is_blank {
            self.spoken.set(None);
            return self.rest();
        }
        let now = clock::now();
        if now >= self.typed_at.get_untracked() + TYPING_EVERY_MS {
            self.typed_at.set(now);
            self.board.type_along(true);
        }
    }

    fn rest(self) {
        if self.typed_at.get_untracked() > 0 {
            self.typed_at.set(0);
            self.board.type_along(false);
        }
    }

    /// Sends all there is.
    pub(super) fn send(self) {
        let aim = self.aim.get_untracked();
        let words = self.text.get_untracked().trim().to_owned();
        if aim.is_hint() {
            for target in self.chips.take() {
                self.hint(pointing_at(target), &aim);
            }
        }
        if !words.is_empty() {
            match self.visibility(&aim) {
                Some(visibility) => self.board.tell(&words, visibility),
                None => self.hint(self.worded(words), &aim),
            }
            self.text.set(String::new());
        }
        self.spoken.set(None);
        self.rest();
    }

    /// Who sees a message; none when it is a hint.
    fn visibility(self, aim: &Aim) -> Option<Visibility> {
        match aim {
            Aim::Everybody => Some(Visibility::Public),
            Aim::Agents => Some(Visibility::Agents),
            Aim::Member(member) => {
                let only = MemberId::new(member.clone()).into_iter().collect();
                Some(Visibility::Only(only))
            }
            _ => None,
        }
    }

    fn hint(self, hint: Hint, aim: &Aim) {
        let to = aim.member().and_then(|member| MemberId::new(member).ok());
        match to {
            Some(to) => self
                .board
                .give_to(hint, to, matches!(aim, Aim::AgentAlone(_))),
            None => self.board.give(hint),
        }
    }

    /// Spoken words that were mended are spoken words still, but nobody is sure of them any more.
    fn worded(self, words: String) -> Hint {
        match self.spoken.get_untracked() {
            None => Hint::text(&words),
            Some(heard) => Hint::Voice {
                confidence: heard.confidence.filter(|_| heard.transcript == words),
                transcript: words,
                extra: Extra::new(),
            },
        }
    }
}

fn pointing_at(target: Target) -> Hint {
    Hint::Click {
        target: target.path,
        signature: target.signature,
        extra: Extra::new(),
    }
}
