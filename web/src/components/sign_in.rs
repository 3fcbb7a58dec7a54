//! Where one comes in: with a link, or with a token.

use web_sys::Event;

use super::icon::icon;
use crate::board::Board;
use crate::dom::{El, Held, el, memo, part, value_of, when};
use crate::view::access::Knock;
use crate::visit::Visit;

/// Whether the relay wants to know who one is, and never knew on this page.
pub(crate) fn is_stranger() -> bool {
    Board::get().locked_out() == Some(false)
}

/// The page of somebody whom the relay does not know.
pub(crate) fn sign_in() -> El {
    Board::get().entitle("Sign in");
    let command = el("code", "").text("pilothouse link --role approver");
    let host = el("p", "settings__note")
        .text("Is it yours? On its computer, ")
        .add(command)
        .text(" prints a link for you.");
    el("main", "notice")
        .attr("id", "main")
        .test("sign-in")
        .add(icon("anchor"))
        .add(el("h1", "").text("Come aboard"))
        .add(el("p", "").text("Open a link to this relay, or paste a link or a token here."))
        .add(form())
        .add(host)
}

/// The same for somebody whose access has ended, above what is known still; or why a link opened nothing.
pub(crate) fn sign_in_again() -> El {
    let (board, visit) = (Board::get(), Visit::get());
    let knew = memo(move || board.locked_out());
    let is_wanted = move || match knew.get() {
        Some(knew) => knew,
        None => visit.trouble().is_some(),
    };
    when(is_wanted, move || {
        let later = move || {
            el("button", "button")
                .press(move || visit.say(None))
                .text("Not now")
        };
        el("section", "enter")
            .attr("aria-label", "Sign in again")
            .test("sign-in-again")
            .add(el("p", "enter__note").text("What you are writing stays."))
            .add(form())
            .add(when(move || knew.get().is_none(), later))
    })
}

fn form() -> El {
    let visit = Visit::get();
    let draft = Held::new(String::new());
    let field = el("input", "ask__input")
        .attr("id", "knock")
        .attr("autocomplete", "off")
        .attr("autocapitalize", "off")
        .attr("spellcheck", "false")
        .attr("aria-describedby", "knock-trouble")
        .test("knock-input")
        .prop("value", move || draft.get())
        .on("input", move |event: Event| draft.set(value_of(&event)));
    let button = el("button", "button button--main")
        .test("knock")
        .says("aria-disabled", move || visit.is_knocking())
        .text_now(move || match visit.is_knocking() {
            true => "Asking …",
            false => "Sign in",
        });
    let knock = move |event: Event| {
        event.prevent_default();
        if let Some(knock) = Knock::typed(&draft.get_untracked()) {
            visit.knock(&knock);
        }
    };
    let trouble = el("div", "")
        .attr("id", "knock-trouble")
        .attr("role", "alert")
        .add(part(move || {
            let why = visit.trouble()?;
            Some(el("p", "ask__refused").test("knock-trouble").text(&why))
        }));
    el("form", "enter__form")
        .on("submit", knock)
        .add(el("label", "").attr("for", "knock").text("Link or token"))
        .add(el("span", "settings__name").add(field).add(button))
        .add(trouble)
}
