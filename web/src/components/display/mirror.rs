//! The same rows as text, to copy and to be read aloud.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;

use super::terminal::Shown;
use crate::dom::{El, el};

/// How long rows wait to be written, in milliseconds: who reads along needs no sixty changes a second, and
/// a selection lives longer.
const LATE_MS: u32 = 200;

/// Text rows that follow a screen.
#[derive(Default)]
pub(super) struct Mirror {
    rows: RefCell<Vec<(El, String)>>,
    due: RefCell<Option<Timeout>>,
}

impl Mirror {
    /// Something changed: writes it down soon.
    pub(super) fn note(&self, shown: &Weak<Shown>) {
        let mut due = self.due.borrow_mut();
        if due.is_some() {
            return;
        }
        let shown = Weak::clone(shown);
        *due = Some(Timeout::new(LATE_MS, move || {
            if let Some(shown) = shown.upgrade() {
                shown.mirror.write(&shown);
            }
        }));
    }

    fn write(&self, shown: &Rc<Shown>) {
        self.due.borrow_mut().take();
        let painter = shown.painter.borrow();
        let mut rows = self.rows.borrow_mut();
        let height = painter.screen.rows.len();
        for (row, _) in rows.iter().skip(height) {
            row.html().remove();
        }
        rows.truncate(height);
        while rows.len() < height {
            let row = el("span", "");
            let _ = shown.text.append_child(&row.html());
            rows.push((row, String::new()));
        }
        for (n, (row, before)) in rows.iter_mut().enumerate() {
            let now = painter.screen.plain(n) + "\n";
            if *before != now {
                row.html().set_text_content(Some(&now));
                *before = now;
            }
        }
    }
}
