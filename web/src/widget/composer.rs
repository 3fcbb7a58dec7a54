//! Where people steer: a hint in words, and what became of the last ones.

use pilothouse_shared::Hint;
use web_sys::{Event, KeyboardEvent};

use crate::board::Board;
use crate::components::icon::icon;
use crate::components::receipts::receipts;
use crate::dom::{El, Held, el, value_of};

/// The hint box.
pub(super) fn composer() -> El {
    let board = Board::get();
    let draft = Held::new(String::new());
    let send = move || {
        let said = draft.get_untracked();
        if !said.trim().is_empty() {
            board.give(Hint::text(said.trim()));
            draft.set(String::new());
        }
    };
    // While an input method composes a word, Enter belongs to it.
    let key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };
    let field = el("textarea", "composer__input")
        .attr("aria-label", "Hint for the agent")
        .test("composer-input")
        .attr("rows", "1")
        .attr("placeholder", "Give a hint …")
        .prop("value", move || draft.get())
        .on("input", move |event: Event| draft.set(value_of(&event)))
        .on("keydown", key);
    let button = el("button", "button button--main composer__send")
        .test("composer-send")
        .press(send)
        .add(icon("send"))
        .text("Send");
    el("section", "composer")
        .attr("part", "composer")
        .attr("aria-label", "Hints")
        .add(receipts())
        .add(el("div", "composer__form").add(field).add(button))
}
