//! A channel on the overview.

use super::gauge::gauge;
use super::icon::icon;
use super::time::ago;
use crate::board::Board;
use crate::dom::{El, Known, el, memo, part, when};
use crate::view::card::{Card, Standing};
use crate::view::number::{counted, dollars};
use crate::view::route::Route;

/// A channel in short; all of it is one link.
pub(crate) fn channel_card(card: Known<Card>) -> El {
    let board = Board::get();
    let id = card.get_untracked().id;
    let standing = memo(move || card.with(Card::standing));
    let is_quiet = memo(move || card.with(|card| card.is_quiet(board.now())));
    let read = move |read: fn(&Card) -> Option<String>| {
        let known = memo(move || card.with(read));
        move || known.get().unwrap_or_default()
    };
    let progress = memo(move || card.with(Card::progress));
    let top = el("span", "card__top")
        .add(el("span", "lamp").attr("aria-hidden", "true"))
        .add(el("span", "card__name").text_now(move || card.with(Card::title)))
        .add(el("span", "card__crew").text_now(read(Card::crew)));
    let class = move || {
        let quiet = if is_quiet.get() { " is-quiet" } else { "" };
        format!("card card--{}{quiet}", standing.get().name())
    };
    let doing = memo(move || card.with(Card::doing));
    let doing = move || doing.get().unwrap_or_else(|| "Nothing going on".to_owned());
    el("a", "")
        .attr_now("class", class)
        .attr("href", &Route::channel(id.clone()).path())
        .test("channel-card")
        .attr("data-channel", id.as_str())
        .add(top)
        .add(when(
            move || standing.get() == Standing::Waiting,
            move || {
                el("span", "card__waiting")
                    .add(icon("ask"))
                    .text_now(move || waiting(card.with(|card| card.n_open_requests)))
            },
        ))
        .add(el("span", "card__doing").text_now(doing))
        .add(el("span", "card__status").text_now(read(Card::status)))
        .add(gauge(progress))
        .add(foot(card, is_quiet))
}

fn foot(card: Known<Card>, is_quiet: Known<bool>) -> El {
    let last_at = memo(move || card.with(|card| card.last_at));
    let age = el("span", "card__age")
        .add(icon("clock"))
        .add(part(move || last_at.get().map(ago)))
        .text_now(move || if is_quiet.get() { " · quiet" } else { "" });
    let count = move |read: fn(&Card) -> u64, word: &'static str| {
        let n = memo(move || card.with(read));
        when(
            move || n.get() > 0,
            move || el("span", "").text_now(move || counted(n.get(), word)),
        )
    };
    let cost = move || {
        card.with(|card| card.cost_usd.and_then(dollars))
            .unwrap_or_default()
    };
    el("span", "card__foot")
        .add(age)
        .add(count(|card| card.n_events, "event"))
        .add(count(|card| card.watchers, "watcher"))
        .add(count(|card| card.n_open_hints, "open hint"))
        .add(el("span", "").text_now(cost))
}

fn waiting(n_requests: u64) -> String {
    match n_requests {
        1 => "Waiting for you".to_owned(),
        _ => format!("Waiting for you · {n_requests} requests"),
    }
}
