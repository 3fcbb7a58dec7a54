//! The root: mounts the page, or says that it could not.

use reactive_graph::graph::untrack;
use reactive_graph::owner::provide_context;

use crate::board::Board;
use crate::components::arrival::arrival;
use crate::components::banner::banner;
use crate::components::bar::bar;
use crate::components::keymap::{keymap_dialog, listen_to_keys};
use crate::components::palette::{Palette, palette_dialog};
use crate::components::phone::phone_dialog;
use crate::components::sign_in::{is_stranger, sign_in, sign_in_again};
use crate::components::tell::telling;
use crate::dom::{El, memo, mount, nothing, part, when};
use crate::link::Writer;
use crate::pages::admin::admin;
use crate::pages::channel::channel_page;
use crate::pages::fleet::fleet;
use crate::pages::inbox::inbox;
use crate::pages::missing::missing;
use crate::prefs::{Identity, Prefs};
use crate::routes::Routes;
use crate::view::json;
use crate::view::route::Route;
use crate::visit::{Visit, judge};
use crate::{dom, page};

/// Writes every frame.
const WRITER: Writer = Writer {
    write: |frame| Some(json::text(&serde_json::to_value(frame).ok()?)),
    measure: |frame| Some((WRITER.write)(frame)?.len()),
};

/// Replaces the loading state of the page by the dashboard.
pub fn start() {
    page::explain_panics();
    let Some(root) = page::element("app") else {
        return;
    };
    root.set_inner_text("");
    dom::start();
    // As long as the page.
    std::mem::forget(mount(&root, app));
}

/// The page's own text for faults, which fault.js shows after a panic.
fn fail() {
    if let Some(notice) = page::element("failed") {
        let _ = notice.remove_attribute("hidden");
    }
}

fn app() -> El {
    let Some(who) = Identity::load() else {
        fail();
        return nothing();
    };
    let board = Board::new(who, WRITER, judge);
    provide_context(board);
    Visit::start(board);
    let routes = Routes::start();
    provide_context(routes);
    Prefs::start();
    board.follow_fleet();
    // Another view of the same channel is not another page.
    let page = memo(move || match routes.current() {
        Route::Channel(channel, _) => Route::channel(channel),
        other => other,
    });
    let palette = Palette::start(board, routes);
    listen_to_keys(palette, routes);
    let is_stranger = memo(is_stranger);
    let shown = part(move || {
        let (page, is_stranger) = (page.get(), is_stranger.get());
        Some(untrack(|| match is_stranger {
            true => sign_in(),
            false => shown(page),
        }))
    });
    nothing()
        .add(bar(palette))
        .add(when(
            move || !is_stranger.get(),
            || nothing().add(banner()).add(sign_in_again()),
        ))
        .add(shown)
        .add(arrival(routes, page))
        .add(palette_dialog(palette))
        .add(keymap_dialog(palette))
        .add(phone_dialog(palette))
        .add(telling())
}

fn shown(page: Route) -> El {
    match page {
        Route::Fleet => fleet(),
        Route::Inbox => inbox(),
        Route::Admin => admin(),
        Route::Channel(channel, _) => channel_page(&channel),
        Route::Unknown => missing(),
    }
}
