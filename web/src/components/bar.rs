//! The bar on top of every page.

use super::badge::link_badge;
use super::icon::icon;
use super::palette::{Palette, palette_button};
use super::settings::settings;
use crate::board::Board;
use crate::dom::{El, el, memo, when};
use crate::routes::Routes;
use crate::view::number::compact;
use crate::view::route::Route;
use crate::visit::Visit;

/// Where one can go, who you are, and whether the relay is there.
pub(crate) fn bar(palette: Palette) -> El {
    let (board, visit) = (Board::get(), Visit::get());
    let brand = el("a", "bar__brand")
        .attr("href", "/")
        .attr("aria-label", "Pilothouse")
        .add(icon("helm"))
        .add(el("span", "bar__word").text("Pilothouse"));
    let pages = el("nav", "bar__pages")
        .attr("aria-label", "Pages")
        .add(link(Route::Fleet, "Fleet"))
        .add(link(Route::Inbox, "Inbox").add(count(board)))
        .add(when(
            move || visit.is_admin(),
            || link(Route::Admin, "Access"),
        ));
    let you = el("span", "bar__you")
        .attr("title", "What others see of you")
        .add(icon("person"))
        .add(el("span", "sr-only").text("You are "))
        .add(el("bdi", "").text_now(move || board.name()));
    el("header", "bar")
        .add(brand)
        .add(pages)
        .add(palette_button(palette))
        .add(you)
        .add(link_badge())
        .add(settings())
}

fn link(route: Route, title: &str) -> El {
    let routes = Routes::get();
    let path = route.path();
    el("a", "bar__page")
        .attr("href", &path)
        .attr_now("aria-current", move || {
            let is_here = routes.current() == route;
            if is_here { "page" } else { "false" }.to_owned()
        })
        .text(title)
}

fn count(board: Board) -> El {
    let n_asked = memo(move || board.n_asked());
    when(
        move || n_asked.get() > 0,
        move || {
            el("span", "bar__count")
                .test("inbox-count")
                .text_now(move || compact(n_asked.get()))
                .add(el("span", "sr-only").text(" waiting"))
        },
    )
}
