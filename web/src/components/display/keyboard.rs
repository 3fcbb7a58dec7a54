//! Typing into a terminal, and making it as large as one's window.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use pilothouse_shared::Millis;
use serde_json::json;
use web_sys::{Event, HtmlElement, HtmlTextAreaElement, KeyboardEvent};

use super::terminal::Shown;
use crate::board::Board;
use crate::clock;
use crate::dom::{El, Held, el, listen, memo, nothing, part};
use crate::view::display::keys::{pasted, typed};

/// How long keys wait for more, in milliseconds: each handful is one event.
const HANDFUL_MS: u32 = 30;

/// Bytes that wait at most; what is beyond, such as of a very long paste, is left out.
const MAX_WAITING: usize = 32_768;

/// Two presses of Escape this close, in milliseconds, give the keyboard back.
const TWICE_MS: Millis = 500;

/// Keys on their way to a terminal.
struct Keys {
    board: Board,
    shown: Rc<Shown>,
    taker: String,
    waiting: RefCell<String>,
    due: RefCell<Option<Timeout>>,
    escaped_at: Cell<Millis>,
}

/// What lets people touch the terminal, as far as its program and the relay allow it.
pub(super) fn keyboard(shown: &Rc<Shown>) -> El {
    let board = Board::get();
    let facts = shown.facts;
    let shown = Rc::clone(shown);
    let may = memo(move || {
        (
            facts.with(|facts| facts.input.clone()),
            board.may_steer_now(),
        )
    });
    part(move || match may.get() {
        (Some(taker), true) => Some(hands(board, &shown, taker)),
        (Some(_), false) => Some(watched("Typing needs a connection and the right to steer")),
        (None, _) => Some(watched("Watched only")),
    })
}

fn watched(why: &str) -> El {
    el("span", "display__watched").text(why)
}

fn hands(board: Board, shown: &Rc<Shown>, taker: String) -> El {
    let keys = Rc::new(Keys {
        board,
        shown: Rc::clone(shown),
        taker,
        waiting: RefCell::default(),
        due: RefCell::default(),
        escaped_at: Cell::default(),
    });
    let is_typing = Held::new(false);
    let field = field(&keys, is_typing);
    let node = field.html();
    let fit = Rc::clone(&keys);
    let focus = node.clone();
    listen(&shown.room, "click", move |_| {
        if !has_selection() {
            let _ = focus.focus();
        }
    });
    let toggle = el("button", "button")
        .test("display-type")
        .flag("button--warm", move || is_typing.get())
        // Before the click, the press would take the focus from the field.
        .on("mousedown", move |event: Event| event.prevent_default())
        .press(move || {
            let _ = match is_typing.get_untracked() {
                true => node.blur(),
                false => node.focus(),
            };
        })
        .text_now(move || match is_typing.get() {
            true => "Release the keyboard",
            false => "Type here",
        });
    let fit = el("button", "button button--quiet")
        .test("display-fit")
        .attr(
            "title",
            "Asks the program to use as many columns and rows as fit here",
        )
        .press(move || fit.fit())
        .text("Fit to my window");
    let how = el("p", "display__how")
        .attr("role", "status")
        .text_now(move || match is_typing.get() {
            true => "Your keys go to the program. Escape twice gives the keyboard back.",
            false => "",
        });
    nothing().add(fit).add(toggle).add(field).add(how)
}

/// Takes what is typed, also by keyboards on screens and by input methods.
fn field(keys: &Rc<Keys>, is_typing: Held<bool>) -> El {
    let (pressed, written, composed) = (Rc::clone(keys), Rc::clone(keys), Rc::clone(keys));
    let room = keys.shown.room.clone();
    let field = el("textarea", "display__keys")
        .attr("tabindex", "-1")
        .attr("aria-label", "Keyboard of the terminal")
        .attr("autocapitalize", "off")
        .attr("autocomplete", "off")
        .attr("autocorrect", "off")
        .attr("spellcheck", "false")
        .test("display-keys");
    let node = field.html();
    let mark = move |is_on: bool| {
        is_typing.try_set(is_on);
        let _ = room.class_list().toggle_with_force("is-typing", is_on);
    };
    let marked = mark.clone();
    field
        .on("focus", move |_: Event| mark(true))
        .on("blur", move |_: Event| marked(false))
        .on("keydown", move |event: KeyboardEvent| {
            pressed.press(&event, &node)
        })
        .on("input", move |event: KeyboardEvent| {
            if !event.is_composing() {
                written.take(&event);
            }
        })
        .on("compositionend", move |event: Event| composed.take(&event))
}

/// Who selects a text to copy it does not want to type.
fn has_selection() -> bool {
    let selected = crate::page::window().and_then(|window| window.get_selection().ok()?);
    selected.is_some_and(|selected| !selected.is_collapsed())
}

impl Keys {
    fn press(self: &Rc<Self>, event: &KeyboardEvent, field: &HtmlElement) {
        if event.is_composing() || event.meta_key() {
            return;
        }
        let key = event.key();
        if key == "Escape" {
            let now = clock::now();
            let before = self.escaped_at.replace(now);
            if now.saturating_sub(before) < TWICE_MS {
                event.prevent_default();
                let _ = field.blur();
                return;
            }
        }
        if let Some(keys) = typed(&key, event.ctrl_key(), event.alt_key()) {
            event.prevent_default();
            // Keys of the page, such as for its palette, are the program's now.
            event.stop_propagation();
            self.send(&keys);
        }
    }

    /// Sends what the field holds, and empties it.
    fn take(self: &Rc<Self>, event: &Event) {
        let field = event
            .target()
            .map(wasm_bindgen::JsCast::unchecked_into::<HtmlTextAreaElement>);
        if let Some(field) = field {
            self.send(&pasted(&field.value()));
            field.set_value("");
        }
    }

    fn send(self: &Rc<Self>, keys: &str) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() + keys.len() > MAX_WAITING {
            return;
        }
        waiting.push_str(keys);
        let mut due = self.due.borrow_mut();
        if due.is_none() {
            let this = Rc::clone(self);
            *due = Some(Timeout::new(HANDFUL_MS, move || this.flush()));
        }
    }

    fn flush(&self) {
        self.due.borrow_mut().take();
        let keys = std::mem::take(&mut *self.waiting.borrow_mut());
        self.touch("keys", json!(keys));
    }

    /// Asks for as many columns and rows as fit.
    fn fit(&self) {
        let room = &self.shown.room;
        let (width, height) = (room.client_width(), room.client_height());
        let (width, height) = self.shown.painter.borrow().cells_in(width, height);
        self.touch("size", json!({ "width": width, "height": height }));
    }

    fn touch(&self, what: &str, value: serde_json::Value) {
        let mut data = json!({ "display": self.shown.name });
        data[what] = value;
        self.board.touch_display(&self.taker, data);
    }
}
