//! What a person can choose about the page.

use web_sys::Event;

use super::dialog::{Dialog, dialog_top};
use super::icon::icon;
use super::tell::allow;
use crate::board::Board;
use crate::clock::absolute;
use crate::dom::{El, Held, el, nothing, part, value_of, when};
use crate::notify::{self, Permission};
use crate::prefs::Prefs;
use crate::view::access::{Session, in_words};
use crate::view::settings::{Density, Layout, Settings, Theme, name};
use crate::visit::Visit;

/// The button in the bar, and the dialog that it opens.
pub(crate) fn settings() -> El {
    let dialog = Dialog::new();
    let button = el("button", "bar__button")
        .attr("aria-label", "Settings")
        .attr("title", "Settings")
        .attr("aria-haspopup", "dialog")
        .attr("data-command", "settings")
        .test("settings")
        .press(move || dialog.open())
        .add(icon("gear"));
    let place = dialog.place("dialog settings", "Settings", move || body(dialog));
    nothing().add(button).add(place)
}

fn body(dialog: Dialog) -> El {
    let theme = choice(
        "Theme",
        Theme::ALL.iter().map(|&one| {
            let is_on = move |now: &Settings| now.theme == one;
            let choose = move |now: &mut Settings| now.theme = one;
            option("theme", one.name(), one.title(), is_on, choose)
        }),
    );
    let density = choice(
        "Density",
        Density::ALL.iter().map(|&one| {
            let is_on = move |now: &Settings| now.density == one;
            let choose = move |now: &mut Settings| now.density = one;
            option("density", one.name(), one.title(), is_on, choose)
        }),
    );
    let layout = choice(
        "Fleet",
        Layout::ALL.iter().map(|&one| {
            let is_on = move |now: &Settings| now.layout == one;
            let choose = move |now: &mut Settings| now.layout = one;
            option("layout", one.name(), one.title(), is_on, choose)
        }),
    );
    el("div", "dialog__body settings__body")
        .add(dialog_top(dialog, "Settings"))
        .add(part(|| {
            Some(match Visit::get().session() {
                Some(session) => signed_in(&session),
                None => your_name(),
            })
        }))
        .add(theme)
        .add(density)
        .add(layout)
        .add(notifications())
        .add(
            el("p", "settings__note")
                .text("Kept in this browser; only your name is told to others."),
        )
}

fn choice(title: &str, options: impl Iterator<Item = El>) -> El {
    el("fieldset", "settings__choice")
        .add(el("legend", "").text(title))
        .add_all(options)
}

fn option(
    group: &str,
    value: &str,
    title: &str,
    is_on: impl Fn(&Settings) -> bool + 'static,
    choose: impl Fn(&mut Settings) + Copy + 'static,
) -> El {
    let prefs = Prefs::here();
    let radio = el("input", "")
        .attr("type", "radio")
        .attr("name", group)
        .test(&format!("{group}-{value}"))
        .prop("checked", move || is_on(&prefs.get()))
        .on("change", move |_: Event| prefs.choose(choose));
    el("label", "settings__option").add(radio).text(title)
}

/// Who one is at a relay with keys, and the way out.
fn signed_in(session: &Session) -> El {
    let visit = Visit::get();
    let until = session
        .expires_at
        .map(|at| format!(", until {}", absolute(at)));
    let about = format!(
        " may {}{}.",
        in_words(&session.grants),
        until.unwrap_or_default()
    );
    let manage = el("a", "button")
        .attr("href", "/admin")
        .text("Manage access");
    el("fieldset", "settings__choice")
        .add(el("legend", "").text("Signed in"))
        .add(
            el("p", "")
                .add(el("bdi", "").text(&session.name))
                .text(&about),
        )
        .add(
            el("span", "settings__name")
                .add(
                    el("button", "button")
                        .test("sign-out")
                        .press(move || visit.sign_out())
                        .text("Sign out"),
                )
                .add_all(session.is_admin().then_some(manage)),
        )
}

fn your_name() -> El {
    let board = Board::get();
    let draft = Held::new(board.name());
    let wrong = Held::new(false);
    let field = el("input", "ask__input")
        .attr("id", "your-name")
        .attr("maxlength", "64")
        .attr("autocomplete", "nickname")
        .attr("dir", "auto")
        .test("your-name")
        .prop("value", move || draft.get())
        .says("aria-invalid", move || wrong.get())
        .on("input", move |event: Event| draft.set(value_of(&event)));
    let save = el("button", "button")
        .test("save-name")
        .says("aria-disabled", move || draft.get() == board.name())
        .text("Save");
    let keep = move |event: Event| {
        event.prevent_default();
        let given = name(&draft.get_untracked());
        wrong.set(given.is_none());
        if let Some(given) = given
            && given != board.identity().name
        {
            draft.set(given.clone());
            board.rename(given);
        }
    };
    let refusal = || {
        el("p", "ask__refused")
            .attr("role", "alert")
            .text("A name has between 1 and 64 letters, and no control characters.")
    };
    el("form", "settings__choice")
        .on("submit", keep)
        .add(
            el("label", "")
                .attr("for", "your-name")
                .text("Your name, as others see it"),
        )
        .add(el("span", "settings__name").add(field).add(save))
        .add(when(move || wrong.get(), refusal))
}

fn notifications() -> El {
    let prefs = Prefs::here();
    let permission = Held::new(notify::permission());
    let is_on = move || prefs.get().notify && permission.get() == Permission::Granted;
    let turn = move |_: Event| {
        if is_on() {
            prefs.choose(|settings| settings.notify = false);
        } else {
            // Browsers answer at once when they were asked before.
            allow(prefs, move |allowed| permission.try_set(allowed));
        }
    };
    let switch = el("input", "")
        .attr("type", "checkbox")
        .test("notify")
        .prop("checked", is_on)
        .prop("disabled", move || {
            matches!(permission.get(), Permission::Missing | Permission::Denied)
        })
        .on("change", turn);
    let why = part(move || {
        let why = match permission.get() {
            Permission::Missing => {
                "This browser shows none for this page; it may have to be installed first, or be opened by https."
            }
            Permission::Denied => "This browser was told not to: allow them in its page settings.",
            _ => return None,
        };
        Some(el("p", "settings__note").text(why))
    });
    el("fieldset", "settings__choice")
        .add(el("legend", "").text("Notifications"))
        .add(
            el("label", "settings__option")
                .add(switch)
                .text("When an agent waits and this page is hidden"),
        )
        .add(why)
}
