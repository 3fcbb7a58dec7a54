//! Where people steer: a hint in words.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;
use pilothouse_shared::Hint;

use super::dynamic::{Held, memo, text};
use super::icon::Icon;
use super::receipts::Receipts;
use crate::board::Board;
use crate::view::standing::is_online;

/// Longest hint, in characters; the relay takes more, an agent's context should not.
const LONGEST: &str = "8000";

/// The hint box, and what became of the hints before.
#[component]
pub(crate) fn Composer() -> impl IntoView {
    let board = Board::get();
    let draft = Held::new(String::new());
    let is_blank = move || draft.with(|text| text.trim().is_empty());
    let is_offline = memo(move || !is_online(&board.link_state()));
    let send = move || {
        if !is_blank() {
            board.give(Hint::text(draft.get_untracked().trim()));
            draft.set(String::new());
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };
    // While an input method composes a word, Enter belongs to it.
    let key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };
    view! {
        <section class="composer" aria-label="Hints">
            <Receipts/>
            <form class="composer__form" on:submit=submit>
                <label class="sr-only" for="composer">"Hint for the agent"</label>
                <textarea
                    id="composer"
                    class="composer__input"
                    data-testid="composer-input"
                    rows="1"
                    maxlength=LONGEST
                    placeholder="Give a hint …"
                    aria-describedby="composer-help"
                    prop:value=text(move || draft.get())
                    on:input=move |event| draft.set(event_target_value(&event))
                    on:keydown=key
                ></textarea>
                <button
                    class="button button--main composer__send"
                    data-testid="composer-send"
                    aria-disabled=text(move || is_blank().to_string())
                >
                    <Icon name="send"/>
                    "Send"
                </button>
            </form>
            <p id="composer-help" class="composer__help">
                {text(move || match is_offline.get() {
                    true => "Not connected: hints are kept here and sent when the relay is back.",
                    false => "Enter sends, Shift+Enter starts a new line. The agent gets it at its next step.",
                })}
            </p>
        </section>
    }
}
