//! Where people steer: a hint in words.

use pilothouse_shared::{Extra, Hint};
use web_sys::{Event, KeyboardEvent};

use super::chips::{Chips, Target};
use super::icon::icon;
use super::receipts::receipts;
use crate::board::Board;
use crate::dom::{El, Held, el, memo, value_of};
use crate::view::standing::is_online;

/// Longest hint, in characters; the relay takes more, an agent's context should not.
const LONGEST: &str = "8000";

/// The hint box, and what became of the hints before.
pub(crate) fn composer() -> El {
    let board = Board::get();
    let draft = Held::new(String::new());
    let chips = Chips::get();
    let has_words = move || draft.with(|text| !text.trim().is_empty());
    let is_blank = move || !has_words() && chips.is_empty();
    let send = move || {
        for target in chips.take() {
            board.give(pointing_at(target));
        }
        if has_words() {
            board.give(Hint::text(draft.get_untracked().trim()));
            draft.set(String::new());
        }
    };
    let button = el("button", "button button--main composer__send")
        .test("composer-send")
        .says("aria-disabled", is_blank)
        .add(icon("send"))
        .text("Send");
    let form = el("form", "composer__form")
        .on("submit", move |event: Event| {
            event.prevent_default();
            send();
        })
        .add(
            el("label", "sr-only")
                .attr("for", "composer")
                .text("Hint for the agent"),
        )
        .add(field(draft, send))
        .add(button);
    el("section", "composer")
        .attr("aria-label", "Hints")
        .add(receipts())
        .add(chips.shown())
        .add(form)
        .add(help(board))
}

fn pointing_at(target: Target) -> Hint {
    Hint::Click {
        target: target.path,
        signature: target.signature,
        extra: Extra::new(),
    }
}

fn field(draft: Held<String>, send: impl Fn() + 'static) -> El {
    // While an input method composes a word, Enter belongs to it.
    let key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };
    el("textarea", "composer__input")
        .attr("id", "composer")
        .test("composer-input")
        .attr("rows", "1")
        .attr("maxlength", LONGEST)
        .attr("placeholder", "Give a hint …")
        .attr("aria-describedby", "composer-help")
        .attr("aria-keyshortcuts", "h")
        .prop("value", move || draft.get())
        .on("input", move |event: Event| draft.set(value_of(&event)))
        .on("keydown", key)
}

fn help(board: Board) -> El {
    let is_offline = memo(move || !is_online(&board.link_state()));
    el("p", "composer__help")
        .attr("id", "composer-help")
        .text_now(move || match is_offline.get() {
            true => "Not connected: hints are kept here and sent when the relay is back.",
            false => {
                "Enter sends, Shift+Enter starts a new line. The agent gets it at its next step."
            }
        })
}
