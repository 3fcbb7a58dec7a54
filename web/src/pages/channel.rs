//! One channel: what happens in it, and how to steer it.

use leptos::prelude::*;
use pilothouse_shared::ChannelId;

use crate::board::Board;
use crate::components::announcer::{announcer, n_open};
use crate::components::chips::Chips;
use crate::components::composer::composer;
use crate::components::display::displays;
use crate::components::feed::feed;
use crate::components::files::files;
use crate::components::head::channel_head;
use crate::components::history::history;
use crate::components::pipeline::pipeline;
use crate::components::requests::requests;
use crate::components::side::side;
use crate::components::tabs::tabs;
use crate::dom::{El, Held, el, follow, memo, part};
use crate::page;
use crate::routes::Routes;
use crate::view::route::{Route, View};

/// The page of a channel; watches it as long as it is shown.
pub(crate) fn channel_page(channel: &ChannelId) -> El {
    let board = Board::get().watch(channel);
    provide_context(board);
    Chips::provide();
    let is_side_open = Held::new(false);
    follow_title(board, channel.to_string());
    let skip = el("a", "skip")
        .attr("href", "#composer")
        .text("Skip to the hint box");
    let deck = el("div", "deck")
        .add(skip)
        .add(channel_head(channel.as_str(), is_side_open))
        .add(part(move || {
            board.ended().filter(|_| !board.is_blank()).map(ended)
        }))
        .add(tabs(channel))
        .add(requests())
        .add(shown_view(channel))
        .add(composer());
    let aside = el("aside", "side")
        .attr("id", "side")
        .attr("aria-label", "Details")
        .add(side());
    el("main", "channel")
        .attr("id", "main")
        .flag("is-side-open", move || is_side_open.get())
        .add(deck)
        .add(aside)
        .add(announcer())
}

/// The view that the address names; another one is built anew, and the channel stays watched.
fn shown_view(channel: &ChannelId) -> El {
    let routes = Routes::get();
    let view = memo(move || match routes.current() {
        Route::Channel(_, view) => view,
        _ => View::default(),
    });
    let channel = channel.clone();
    part(move || {
        let view = view.get();
        Some(untrack(|| match view {
            View::Feed => feed(channel.as_str()),
            View::Files => files(),
            View::Pipeline => pipeline(),
            View::Display => displays(),
            View::History => history(),
        }))
    })
}

fn ended(reason: String) -> El {
    el("p", "banner banner--stopped")
        .attr("role", "alert")
        .text(&format!(
            "The relay no longer serves this channel: {reason}"
        ))
}

fn follow_title(board: Board, id: String) {
    let title = memo(move || {
        let name = board.head().name.unwrap_or_else(|| id.clone());
        match n_open(&board.requests()) {
            0 => format!("{name} · Pilothouse"),
            open => format!("({open}) {name} · Pilothouse"),
        }
    });
    follow(move || page::set_title(&title.get()));
}
