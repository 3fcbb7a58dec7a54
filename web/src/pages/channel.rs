//! One channel: what happens in it, and how to steer it.

use pilothouse_shared::ChannelId;
use reactive_graph::graph::untrack;
use reactive_graph::owner::provide_context;

use crate::board::{Board, Player};
use crate::components::announcer::announcer;
use crate::components::chips::Chips;
use crate::components::composer::composer;
use crate::components::display::displays;
use crate::components::feed::feed;
use crate::components::files::files;
use crate::components::head::channel_head;
use crate::components::history::history;
use crate::components::pipeline::pipeline;
use crate::components::receipts::receipts;
use crate::components::requests::requests;
use crate::components::side::side;
use crate::components::tabs::tabs;
use crate::dom::{El, Held, Known, el, follow, memo, nothing, part, when};
use crate::routes::Routes;
use crate::view::route::{Route, View};

/// The page of a channel; watches it as long as it is shown.
pub(crate) fn channel_page(channel: &ChannelId) -> El {
    let board = Board::get().watch(channel);
    provide_context(board);
    Chips::provide();
    let is_side_open = Held::new(false);
    follow_title(board, channel.to_string());
    let view = current_view();
    let is_past = memo(move || view.get() == View::History);
    let channel = channel.clone();
    let page = part(move || {
        let is_past = is_past.get();
        Some(untrack(|| match is_past {
            true => past(&channel, board, is_side_open),
            false => present(&channel, board, view, is_side_open),
        }))
    });
    el("main", "channel")
        .attr("id", "main")
        .flag("is-side-open", move || is_side_open.get())
        .add(page)
        .add(announcer())
}

/// What goes on now, in the view that the address names.
fn present(channel: &ChannelId, board: Board, view: Known<View>, is_side_open: Held<bool>) -> El {
    // Again, since one may come from the past.
    provide_context(board);
    let skip = || {
        el("a", "skip")
            .attr("href", "#composer")
            .text("Skip to the hint box")
    };
    let may_steer = move || board.may_steer();
    let deck = el("div", "deck")
        .add(when(may_steer, skip))
        .add(channel_head(channel.as_str(), is_side_open))
        .add(part(move || {
            board.ended().filter(|_| !board.is_blank()).map(ended)
        }))
        .add(tabs(channel))
        .add(requests())
        .add(viewed(channel, move || view.get()))
        .add(when(may_steer, composer))
        .add(when(move || !may_steer(), receipts));
    nothing().add(deck).add(aside())
}

/// The same page as it was at a moment, and the strip that leads there.
fn past(channel: &ChannelId, live: Board, is_side_open: Held<bool>) -> El {
    let Some(player) = Player::start(live, Routes::get().moment()) else {
        return nothing();
    };
    provide_context(player.board());
    let shown = Held::new(View::Feed);
    let deck = el("div", "deck deck--past")
        .add(channel_head(channel.as_str(), is_side_open))
        .add(tabs(channel))
        .add(history(channel, player, shown))
        .add(requests())
        .add(viewed(channel, move || shown.get()))
        .add(receipts());
    nothing().add(deck).add(aside())
}

fn aside() -> El {
    el("aside", "side")
        .attr("id", "side")
        .attr("aria-label", "Details")
        .add(side())
}

fn current_view() -> Known<View> {
    let routes = Routes::get();
    memo(move || match routes.current() {
        Route::Channel(_, view) => view,
        _ => View::default(),
    })
}

/// A view; another one is built anew, and the channel stays watched.
fn viewed(channel: &ChannelId, view: impl Fn() -> View + 'static) -> El {
    let channel = channel.clone();
    part(move || {
        let view = view();
        Some(untrack(|| match view {
            View::Feed => feed(channel.as_str()),
            View::Files => files(),
            View::Pipeline => pipeline(),
            View::Display => displays(),
            View::History => nothing(),
        }))
    })
}

fn ended(reason: String) -> El {
    el("p", "banner banner--stopped")
        .attr("role", "alert")
        .text(&format!(
            "The relay no longer serves this channel: {reason}. What is shown is the last that was known. "
        ))
        .add(el("a", "").attr("href", "/").text("All channels"))
}

fn follow_title(board: Board, id: String) {
    let title = memo(move || board.head().name.unwrap_or_else(|| id.clone()));
    follow(move || board.entitle(title.get()));
}
