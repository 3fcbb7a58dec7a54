//! Dialogs: the browser's own, which keep the focus inside and give it back.

use wasm_bindgen::JsCast;
use web_sys::{Event, EventTarget, HtmlDialogElement};

use super::icon::icon;
use crate::dom::{El, Held, el, when};

/// A dialog that can be shown; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Dialog {
    is_open: Held<bool>,
}

impl Dialog {
    /// A dialog that is not shown yet.
    pub(crate) fn new() -> Self {
        let is_open = Held::new(false);
        Self { is_open }
    }

    /// Whether it is shown.
    pub(crate) fn is_open(self) -> bool {
        self.is_open.get_untracked()
    }

    /// Shows it.
    pub(crate) fn open(self) {
        self.is_open.set(true);
    }

    /// Closes it; the focus goes back to where it was.
    pub(crate) fn close(self) {
        self.is_open.set(false);
    }

    /// Its place on the page. The body is built each time that it is shown.
    pub(crate) fn place(self, class: &str, label: &str, build: impl Fn() -> El + 'static) -> El {
        let dialog = el("dialog", class)
            .attr("aria-label", label)
            // Escape, too.
            .on("close", move |_: Event| self.close());
        let node: HtmlDialogElement = dialog.html().unchecked_into();
        let outside: EventTarget = node.clone().into();
        let dialog = dialog.on("click", move |event: Event| {
            let is_outside = event.target().is_some_and(|target| target == outside);
            if is_outside {
                self.close();
            }
        });
        let is_open = self.is_open;
        let dialog = dialog.add(when(move || is_open.get(), build));
        // After its body is built: the first element in it that wants the focus gets it.
        crate::dom::follow(move || match (is_open.get(), node.open()) {
            (true, false) => {
                let _ = node.show_modal();
            }
            (false, true) => node.close(),
            _ => {}
        });
        dialog
    }
}

/// The line on top of a dialog: what it is, and the way out.
pub(crate) fn dialog_top(dialog: Dialog, title: &str) -> El {
    let close = el("button", "button button--quiet")
        .attr("aria-label", "Close")
        .press(move || dialog.close())
        .add(icon("cross"));
    el("div", "dialog__top")
        .add(el("h2", "dialog__title").text(title))
        .add(close)
}
