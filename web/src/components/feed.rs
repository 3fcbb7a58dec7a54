//! The feed: what happened, newest at the bottom, and only what is in view.

mod fold;
mod line;
mod measured;
mod scroll;
mod shown;
mod tools;

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

use super::empty::first_steps;
use super::icon::icon;
use super::markdown;
use crate::board::{Board, Older};
use crate::dom::resized::on_resize;
use crate::dom::{El, Held, Item, Known, el, follow, list, memo, nothing, part, spawn, when};
use crate::routes::Routes;
use crate::view::live::Stream;
use crate::view::number::{compact, decimal};
use crate::view::turn::{Line, What};
use fold::{fold, turn_head};
use line::{Place, line};
use scroll::Scroll;
use shown::Slice;
use tools::tools;

/// Pages loaded at most in search of the event that the address names.
const SEARCHED_PAGES: usize = 10;

/// The feed of the open channel.
pub(crate) fn feed(channel: &str) -> El {
    let board = Board::get();
    let scroller = el("div", "feed__scroll");
    let scroll = Scroll::new(board, scroller.html());
    let slice = scroll.slice();
    let opened = Held::new(Vec::<u64>::new());
    let streams = memo(move || match scroll.is_paused() {
        true => Vec::new(),
        false => board.streams(),
    });
    let target = find_target(board, scroll);
    follow(move || {
        slice.track();
        streams.track();
        opened.track();
        scroll.settle_soon();
    });
    // With the window, the hints below it and the requests above it.
    on_resize(&scroller, move || scroll.settle());
    let place = Place {
        channel: channel.into(),
        opened,
        target,
        scroll,
    };
    let scroller = scroller
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr(
            "aria-label",
            "What happened; arrow keys move from row to row",
        )
        .test("feed")
        .on("scroll", move |_: Event| scroll.scrolled())
        .on("keydown", move |event: KeyboardEvent| keyed(&event, scroll))
        .add(nothing_yet(board, channel))
        .add(edge(board))
        .add(space(slice, |slice| slice.window.above))
        .add(rows(slice, place))
        .add(space(slice, |slice| slice.window.below))
        .add(list(move || {
            let growing = |stream: Stream| {
                Item::new(stream.message.clone(), move || {
                    growing(stream.message, streams)
                })
            };
            streams.get().into_iter().map(growing).collect()
        }));
    el("section", "feed")
        .attr("aria-label", "Feed")
        .says("aria-busy", move || !board.is_loaded())
        .add(tools(channel, scroll))
        .add(scroller)
        .add(pill(scroll))
}

fn rows(slice: Known<Slice>, place: Place) -> El {
    let each = move || {
        let item = |(key, line): (String, Line)| {
            let place = place.clone();
            Item::new(key, move || drawn(line, &place))
        };
        slice.get().lines.into_iter().map(item).collect()
    };
    el("ol", "rows").add(list(each))
}

fn drawn(shown: Line, place: &Place) -> El {
    let built = match &shown.what {
        What::Turn(turn) => turn_head(turn),
        What::Fold(rows, is_open) => fold(rows, *is_open, place.scroll),
        What::Row(row, is_within) => line(row, *is_within, place),
    };
    built.attr("data-row", &shown.id.to_string())
}

/// As high as the rows that are not drawn.
fn space(slice: Known<Slice>, read: fn(&Slice) -> f64) -> El {
    el("div", "feed__space").style("height", move || format!("{}px", decimal(slice.with(read))))
}

fn nothing_yet(board: Board, channel: &str) -> El {
    let channel = channel.to_owned();
    let loading = when(
        move || !board.is_loaded() && board.ended().is_none(),
        || el("p", "feed__loading").text("Loading the channel …"),
    );
    let blank = when(
        move || board.is_blank(),
        move || {
            el("div", "feed__empty")
                .add(el("h2", "").text("Nothing has happened here yet"))
                .add(el("p", "").text("Publish a first event from any shell:"))
                .add(first_steps(&channel))
        },
    );
    nothing().add(loading).add(blank)
}

fn pill(scroll: Scroll) -> El {
    when(
        move || !scroll.is_following(),
        move || {
            el("button", "pill")
                .test("new-pill")
                .press(move || scroll.resume())
                .add(icon("down"))
                .text_now(move || match scroll.n_new() {
                    0 => "To the newest".to_owned(),
                    n_new => format!("{} new", compact(n_new)),
                })
        },
    )
}

/// What is above the first row.
fn edge(board: Board) -> El {
    let older = memo(move || board.older());
    let sentence = |text: &str| el("p", "feed__edge").text(text);
    let again = move || {
        spawn(async move {
            let _ = board.load_older().await;
        });
    };
    part(move || match older.get() {
        Older::Loading => Some(sentence("Loading older events …")),
        Older::Failed(why) => {
            let button = el("button", "button button--quiet")
                .press(again)
                .text("Try again");
            Some(sentence(&why).text(" ").add(button))
        }
        Older::Full => Some(sentence("What was before is in the history view")),
        Older::None if !board.is_blank() => Some(sentence("The beginning of what is kept")),
        Older::None | Older::Unknown => None,
    })
}

/// A message that is still being written; not announced, and not in the list until it is whole.
fn growing(message: String, streams: Known<Vec<Stream>>) -> El {
    let head = el("div", "row__head")
        .add(icon("agent"))
        .add(el("span", "row__title").text("Writing …"));
    let shown = el("div", "row row--spoken row--growing")
        .test("stream-row")
        .attr("data-message", &message);
    let grown = move || {
        let found = |streams: &Vec<Stream>| {
            let stream = streams.iter().find(|stream| stream.message == message);
            stream.map(|stream| stream.text.clone())
        };
        streams.with(found).unwrap_or_default()
    };
    shown
        .add(head)
        .add(el("div", "row__text is-said").add(markdown::growing(grown)))
}

/// Looks for the event that the address names, in older pages if need be, and shows it.
fn find_target(board: Board, scroll: Scroll) -> Held<Option<String>> {
    let target = Held::new(None);
    let routes = Routes::get();
    let is_loaded = memo(move || board.is_loaded());
    follow(move || {
        let (true, Some(id)) = (is_loaded.get(), routes.event()) else {
            return;
        };
        spawn(async move {
            for _ in 0..SEARCHED_PAGES {
                let found = board.feed_rows_untracked(|feed| {
                    let row = feed.find(&id).and_then(|index| feed.rows().get(index));
                    row.map(|row| row.seq)
                });
                if let Some(seq) = found {
                    target.try_set(Some(id));
                    return scroll.show(seq);
                }
                if !board.load_older().await {
                    return;
                }
            }
        });
    });
    target
}

/// Arrow keys move from row to row; `End` goes back to following.
fn keyed(event: &KeyboardEvent, scroll: Scroll) {
    let key = event.key();
    if key == "End" {
        event.prevent_default();
        return scroll.resume();
    }
    let is_down = match key.as_str() {
        "ArrowDown" => true,
        "ArrowUp" => false,
        _ => return,
    };
    let focused = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let Some(focused) = focused else { return };
    let beside = |row: &Element| match is_down {
        true => row.next_element_sibling(),
        false => row.previous_element_sibling(),
    };
    let row = focused.closest("[data-row]").ok().flatten();
    let mut next = match row {
        Some(row) => beside(&row),
        None => scroll.last_in_view(),
    };
    let mut button = None;
    // The head of a turn has none.
    while let (Some(row), None) = (&next, &button) {
        button = row.query_selector("button").ok().flatten();
        next = beside(row);
    }
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        event.prevent_default();
        let _ = button.focus();
    }
}
