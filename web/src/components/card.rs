//! A channel among others: as a card, or as one line of a list. Both have the same parts; the style puts
//! them in their places.

use std::sync::Arc;

use reactive_graph::owner::StoredValue;
use reactive_graph::prelude::*;

use super::gauge::gauge;
use super::head::NO_TASK;
use super::icon::icon;
use super::time::{ago, elapsed};
use crate::board::Board;
use crate::dom::{El, Known, el, memo, part, when};
use crate::view::ask::Request;
use crate::view::card::{Card, Liveness, Standing};
use crate::view::number::{counted, dollars};
use crate::view::route::Route;

/// The title and the subject of the first open request.
type Asks = [Known<Option<String>>; 2];

/// A channel in short; all of it is one link, and it changes in place.
pub(crate) fn channel_card(card: Arc<Card>) -> El {
    let board = Board::get();
    let id = card.id.clone();
    let link = Route::channel(id.clone()).path();
    let name = id.to_string();
    let last = StoredValue::new(card);
    let asking = id.clone();
    let asks: Asks = [|asked: Request| asked.title, |asked: Request| asked.subject].map(|read| {
        let id = asking.clone();
        memo(move || board.asks(&id).map(read))
    });
    let card: Known<Arc<Card>> = memo(move || {
        // One that is gone from the list is about to go from the page.
        if let Some(card) = board.card(&id) {
            last.set_value(card);
        }
        last.get_value()
    });
    let standing = memo(move || card.with(|card| card.standing(board.now())));
    let liveness = memo(move || card.with(|card| card.liveness(board.now())));
    let class = move || {
        let liveness = liveness.get().map(Liveness::name).unwrap_or_default();
        format!("card card--{} is-{liveness}", standing.get().name())
    };
    el("a", "")
        .attr_now("class", class)
        .attr("href", &link)
        .test("channel-card")
        .attr("data-channel", &name)
        .attr_now("data-standing", move || standing.get().name().to_owned())
        .add(top(card))
        .add(doing(card, standing, asks))
        .add(gauge(memo(move || card.with(|card| card.progress()))))
        .add(foot(card, liveness))
}

fn top(card: Known<Arc<Card>>) -> El {
    let title = el("bdi", "card__name").text_now(said(card, |card| Some(card.title())));
    let crew = el("bdi", "card__crew").text_now(said(card, Card::crew));
    el("span", "card__top")
        .add(el("span", "lamp").attr("aria-hidden", "true"))
        .add(title)
        .add(crew)
}

fn doing(card: Known<Arc<Card>>, standing: Known<Standing>, asks: Asks) -> El {
    let [title, subject] = asks;
    let n_asked = memo(move || card.with(|card| card.n_open_requests));
    let waiting = move || {
        el("span", "card__waiting")
            .add(icon("ask"))
            .text_now(move || waiting(title.get(), n_asked.get()))
    };
    let now = memo(move || {
        let doing = || card.with(|card| card.doing());
        subject
            .get()
            .or_else(doing)
            .unwrap_or_else(|| match standing.get() {
                Standing::Gone => card.with(|card| ended(card)),
                _ => NO_TASK.to_owned(),
            })
    });
    el("span", "card__what")
        .add(when(move || n_asked.get() > 0, waiting))
        .add(
            el("span", "card__doing")
                .attr("dir", "auto")
                .text_now(move || now.get()),
        )
        .add(
            el("span", "card__status")
                .attr("dir", "auto")
                .text_now(said(card, Card::status)),
        )
}

/// One fact of the card, as text.
fn said(
    card: Known<Arc<Card>>,
    read: fn(&Card) -> Option<String>,
) -> impl Fn() -> String + 'static {
    let known = memo(move || card.with(|card| read(card)));
    move || known.get().unwrap_or_default()
}

fn foot(card: Known<Arc<Card>>, liveness: Known<Option<Liveness>>) -> El {
    let since = memo(move || card.with(|card| card.since()));
    let last_at = memo(move || card.with(|card| card.last_at));
    let running = el("span", "card__since")
        .attr("title", "At it for")
        .add(part(move || since.get().map(elapsed)));
    let word = move || match liveness.get() {
        Some(Liveness::Quiet) => " · quiet",
        Some(Liveness::Stale) => " · stale",
        _ => "",
    };
    let age = el("span", "card__age")
        .add(icon("clock"))
        .add(part(move || last_at.get().map(ago)))
        .text_now(word);
    let cost = said(card, |card| card.cost_usd.and_then(dollars));
    // Whoever sees this watches, too.
    let watchers = said(card, |card| {
        (card.watchers > 1).then(|| format!("{} watching", card.watchers))
    });
    let hints = said(card, |card| {
        (card.n_open_hints > 0).then(|| counted(card.n_open_hints, "open hint"))
    });
    el("span", "card__foot")
        .add(running)
        .add(age)
        .add(el("span", "card__cost").text_now(cost))
        .add(el("span", "card__watchers").text_now(watchers))
        .add(el("span", "card__hints").text_now(hints))
}

fn waiting(title: Option<String>, n_requests: u64) -> String {
    let title = title.unwrap_or_else(|| "Waiting for you".to_owned());
    match n_requests {
        0 | 1 => title,
        _ => format!("{title} · {} more", n_requests - 1),
    }
}

fn ended(card: &Card) -> String {
    let ended = card
        .session
        .as_ref()
        .and_then(|session| session.ended.as_ref());
    match ended {
        Some(ended) => format!("Session ended: {}", ended.reason),
        None => "No agent here any more".to_owned(),
    }
}
