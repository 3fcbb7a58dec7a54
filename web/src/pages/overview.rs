//! Every channel: where people are wanted, what goes on, what is idle.

use gloo_timers::callback::Interval;
use leptos::prelude::*;

use crate::board::Board;
use crate::components::card::channel_card;
use crate::components::empty::first_steps;
use crate::dom::{El, Held, Item, Known, el, follow, keep, list, memo, part, spawn, when};
use crate::view::card::{self, Card, Standing};
use crate::view::number::counted;
use crate::{api, page};

/// How often the page asks, in milliseconds.
const POLL_MS: u32 = 1_500;

/// Cards drawn before one asks for more.
const FIRST: usize = 60;

/// What the last answer said.
#[derive(Clone, Copy)]
struct Listed {
    cards: Held<Option<Vec<Card>>>,
    error: Held<Option<String>>,
    is_asking: Held<bool>,
}

/// The page of all channels.
pub(crate) fn overview() -> El {
    let listed = Listed {
        cards: Held::new(None),
        error: Held::new(None),
        is_asking: Held::new(false),
    };
    let board = Board::get();
    listed.ask(board);
    keep(Box::new(Interval::new(POLL_MS, move || {
        if !page::is_hidden() {
            listed.ask(board);
        }
    })));
    let n_waiting = memo(move || listed.count(Standing::Waiting));
    follow(move || {
        page::set_title(&match n_waiting.get() {
            0 => "Pilothouse".to_owned(),
            waiting => format!("({waiting}) Pilothouse"),
        });
    });
    let top = el("div", "overview__top")
        .add(el("h1", "").text("Channels"))
        .add(el("p", "overview__sum").text_now(move || listed.sum().unwrap_or_default()));
    el("main", "overview")
        .attr("id", "main")
        .add(top)
        .add(part(move || listed.error.get().map(failed)))
        .add(nothing_listed(listed))
        .add_all(Standing::ALL.map(|standing| group(standing, listed)))
}

fn failed(why: String) -> El {
    el("p", "overview__error")
        .attr("role", "status")
        .text(&format!("{why} What is shown is what was known last."))
}

fn nothing_listed(listed: Listed) -> El {
    let is_empty = memo(move || {
        let is_empty = |cards: &Option<Vec<Card>>| cards.as_ref().is_some_and(Vec::is_empty);
        listed.cards.with(is_empty)
    });
    let is_loading = memo(move || listed.cards.with(Option::is_none));
    let loading = when(
        move || is_loading.get() && listed.error.with(Option::is_none),
        || el("p", "feed__loading").text("Asking the relay …"),
    );
    let welcome = when(
        move || is_empty.get(),
        || {
            let how = "No channel exists yet. The first event makes one; try it from any shell:";
            el("section", "welcome")
                .add(el("h2", "").text("All quiet on deck"))
                .add(el("p", "").text(how))
                .add(first_steps("first-watch"))
        },
    );
    crate::dom::nothing().add(loading).add(welcome)
}

fn group(standing: Standing, listed: Listed) -> El {
    let limit = Held::new(FIRST);
    let count = memo(move || listed.count(standing));
    let cards = memo(move || listed.standing(standing, limit.get()));
    when(
        move || count.get() > 0,
        move || {
            let title = el("h2", "group__title")
                .text(standing.title())
                .text(" ")
                .add(el("span", "group__count").text_now(move || count.get().to_string()));
            let each = move || {
                let item = |card: Card| Item::new(card.id.to_string(), move || live(card, listed));
                cards.get().into_iter().map(item).collect()
            };
            let more = move || {
                el("button", "button")
                    .press(move || limit.update(|limit| *limit += FIRST))
                    .text("Show more")
            };
            el("section", &format!("group group--{}", standing.name()))
                .add(title)
                .add(el("div", "group__cards").add(list(each)))
                .add(when(move || count.get() > limit.get(), more))
        },
    )
}

/// A card that changes in place from answer to answer.
fn live(card: Card, listed: Listed) -> El {
    let last = StoredValue::new(card);
    let card: Known<Card> = memo(move || {
        let id = last.with_value(|card| card.id.clone());
        let found = listed
            .cards
            .with(|cards| cards.iter().flatten().find(|card| card.id == id).cloned());
        if let Some(card) = found {
            last.set_value(card);
        }
        last.get_value()
    });
    channel_card(card)
}

impl Listed {
    /// Asks the relay, unless it has not answered the last time.
    fn ask(self, board: Board) {
        if self.is_asking.get_untracked() {
            return;
        }
        self.is_asking.set(true);
        spawn(async move {
            let answer = api::channels(&board.identity()).await;
            self.is_asking.try_set(false);
            match answer {
                Ok(mut listing) => {
                    card::sort(&mut listing.channels);
                    self.error.try_set(None);
                    self.cards.try_set(Some(listing.channels));
                }
                Err(why) => self.error.try_set(Some(why)),
            }
        });
    }

    fn standing(self, standing: Standing, limit: usize) -> Vec<Card> {
        self.cards.with(|cards| {
            let cards = cards.iter().flatten();
            let cards = cards.filter(|card| card.standing() == standing);
            cards.take(limit).cloned().collect()
        })
    }

    fn count(self, standing: Standing) -> usize {
        self.cards.with(|cards| {
            cards
                .iter()
                .flatten()
                .filter(|card| card.standing() == standing)
                .count()
        })
    }

    fn sum(self) -> Option<String> {
        let n_cards = self.cards.with(|cards| cards.as_ref().map(Vec::len))?;
        let waiting = self.count(Standing::Waiting);
        let waits = if waiting > 0 {
            format!(", {waiting} waiting for you")
        } else {
            String::new()
        };
        (n_cards > 0).then(|| format!("{}{waits}", counted(n_cards as u64, "channel")))
    }
}
