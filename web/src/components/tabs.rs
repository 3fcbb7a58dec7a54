//! The views of a channel, one beside the other.

use pilothouse_shared::ChannelId;

use crate::board::Board;
use crate::dom::{El, el, memo};
use crate::routes::Routes;
use crate::view::route::{Route, View};

/// A link to each view.
pub(crate) fn tabs(channel: &ChannelId) -> El {
    el("nav", "tabs")
        .attr("aria-label", "Views of the channel")
        .add_all(View::ALL.map(|view| tab(Route::Channel(channel.clone(), view), view)))
}

fn tab(route: Route, view: View) -> El {
    let (board, routes) = (Board::get(), Routes::get());
    let path = route.path();
    let is_empty = memo(move || board.n_in(view) == Some(0));
    el("a", "tabs__tab")
        .attr("href", &path)
        .test("tab")
        .attr_now("aria-current", move || {
            let is_here = routes.current() == route;
            if is_here { "page" } else { "false" }.to_owned()
        })
        .flag("is-empty", move || is_empty.get())
        .text(view.title())
}
