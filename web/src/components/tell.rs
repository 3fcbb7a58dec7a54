//! Telling people that an agent waits for them: on the tab, aloud, and in notifications.

use std::cell::RefCell;
use std::collections::BTreeSet;

use pilothouse_shared::Millis;

use super::icon::icon;
use crate::board::Board;
use crate::dom::{El, Held, el, follow, memo, when};
use crate::notify::{self, Permission};
use crate::page;
use crate::prefs::Prefs;
use crate::routes::Routes;
use crate::view::notice::{Notice, key, tab};
use crate::view::route::Route;

/// An older request was told of before, or by another page, in milliseconds.
const YOUNG_MS: Millis = 60_000;

/// Follows every request, wherever the page is; what it is built into is read out.
pub(crate) fn telling() -> El {
    let board = Board::get();
    let n_asked = memo(move || board.n_asked());
    follow(move || page::set_title(&tab(n_asked.get(), &board.title())));
    follow(move || notify::mark(n_asked.get()));
    let aloud = Held::new(String::new());
    let (prefs, routes) = (Prefs::here(), Routes::get());
    // Those that are open: at most what the followed channels hold.
    let told: RefCell<BTreeSet<String>> = RefCell::default();
    follow(move || {
        let asked = board.asked(Millis::MAX);
        let mut told = told.borrow_mut();
        for asked in asked.iter().filter(|asked| !told.contains(&key(asked))) {
            let request = &asked.request;
            aloud.set(format!("{}: {}", request.title, request.subject));
            let age = board.clock().saturating_sub(request.at);
            if page::is_hidden() && prefs.untracked().notify && age < YOUNG_MS {
                let address = Route::channel(asked.channel.clone()).path();
                notify::tell(&Notice::of(asked), address, move |address| {
                    routes.go(address);
                });
            }
        }
        *told = asked.iter().map(key).collect();
    });
    el("div", "sr-only")
        .attr("role", "alert")
        .text_now(move || aloud.get())
}

/// A quiet line that offers notifications, once somebody has been asked something.
pub(crate) fn offer(has_seen: impl Fn() -> bool + Send + Sync + 'static) -> El {
    let prefs = Prefs::here();
    let permission = Held::new(notify::permission());
    let is_unasked = move || permission.get() == Permission::Unasked;
    when(
        move || is_unasked() && has_seen(),
        move || {
            el("p", "offer").add(icon("bell")).add(
                el("button", "button button--quiet")
                    .test("offer-notifications")
                    .press(move || {
                        allow(prefs, move |allowed| permission.try_set(allowed));
                    })
                    .text("Tell me when an agent waits and this page is hidden"),
            )
        },
    )
}

/// Asks the browser for notifications, and remembers that they are wanted.
pub(crate) fn allow(prefs: Prefs, then: impl FnOnce(Permission) + 'static) {
    notify::ask(move |allowed| {
        prefs.choose(|settings| settings.notify = allowed == Permission::Granted);
        then(allowed);
    });
}
