//! What agents ask people: open requests, and how the last ones ended.

mod answer;
mod ask;

use pilothouse_shared::Right;

use super::icon::icon;
use super::side::panel;
use super::time::ago;
use crate::board::Board;
use crate::dom::{El, Item, el, list, memo, when};
use crate::view::ask::{Asked, Request};
use crate::view::route::Route;

/// Requests of the channel that want an answer, and those that got one a moment ago.
pub(crate) fn requests() -> El {
    let board = Board::get();
    let current = memo(move || {
        let now = board.now();
        let mut requests = board.requests();
        requests.retain(|request| request.is_current(now));
        let (mut open, ended): (Vec<_>, Vec<_>) = requests.into_iter().partition(Request::is_open);
        open.extend(ended);
        open
    });
    let each = move || {
        let Some(channel) = board.channel() else {
            return Vec::new();
        };
        let asked = |request| Asked {
            channel: channel.clone(),
            place: String::new(),
            request,
        };
        let here = current.get().into_iter().map(asked);
        here.map(item).collect()
    };
    when(
        move || current.with(|current| !current.is_empty()),
        move || {
            el("section", "requests")
                .attr("aria-label", "Requests")
                .add(list(each))
        },
    )
}

/// Requests that were answered earlier.
pub(crate) fn decided() -> El {
    let board = Board::get();
    let decided = memo(move || {
        let now = board.now();
        let mut requests = board.requests();
        requests.retain(|request| !request.is_current(now));
        requests
    });
    let each = move || {
        let item =
            |request: Request| Item::new(request.id.clone(), move || outcome(&request, None));
        decided.get().into_iter().map(item).collect()
    };
    when(
        move || decided.with(|decided| !decided.is_empty()),
        move || {
            panel(
                "Answered requests",
                false,
                el("div", "panel__body").add(list(each)),
            )
        },
    )
}

/// A request, open or not; it is drawn anew when it ends.
pub(crate) fn item(asked: Asked) -> Item {
    let Asked {
        channel, request, ..
    } = &asked;
    let may = Board::get().may(Right::Approve, channel);
    let key = format!("{channel} {:?} {} {may}", request.id, request.outcome);
    Item::new(key, move || {
        let place = (!asked.place.is_empty()).then(|| place(&asked));
        if asked.request.is_open() {
            ask::open(&asked, place, may)
        } else {
            outcome(&asked.request, place)
        }
    })
}

/// Where it was asked.
fn place(asked: &Asked) -> El {
    el("a", "ask__place")
        .attr("href", &Route::channel(asked.channel.clone()).path())
        .add(el("bdi", "").text(&asked.place))
}

fn outcome(request: &Request, place: Option<El>) -> El {
    let symbol = match request.outcome {
        "allowed" => "check",
        "denied" => "cross",
        "answered" => "say",
        "expired" => "clock",
        "elsewhere" => "tool",
        _ => "undo",
    };
    let words = el("span", "outcome__text")
        .add(el("strong", "").text(request.ended.as_deref().unwrap_or_default()))
        .text(" — ")
        .add(el("bdi", "").text(&request.title))
        .text(" ")
        .add(el("bdi", "outcome__subject").text(&request.subject));
    el("div", &format!("outcome outcome--{}", request.outcome))
        .test("request")
        .attr("data-request", &request.id)
        .attr("data-outcome", request.outcome)
        .add(icon(symbol))
        .add(words)
        .add_all(place)
        .add_all(request.ended_at.map(ago))
}
