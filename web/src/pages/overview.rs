//! Every channel: where people are wanted, what goes on, what is idle.

use gloo_timers::callback::Interval;
use leptos::prelude::*;

use crate::board::Board;
use crate::components::card::ChannelCard;
use crate::components::dynamic::{Held, Item, effect, list, memo, part, press, spawn, text, when};
use crate::components::empty::FirstSteps;
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
    is_asking: StoredValue<bool>,
}

/// The page of all channels.
#[component]
pub(crate) fn Overview() -> impl IntoView {
    let listed = Listed {
        cards: Held::new(None),
        error: Held::new(None),
        is_asking: StoredValue::new(false),
    };
    let board = Board::get();
    listed.ask(board);
    let poll = Interval::new(POLL_MS, move || {
        if !page::is_hidden() {
            listed.ask(board);
        }
    });
    let poll = StoredValue::new_local(Some(poll));
    on_cleanup(move || drop(poll.try_update_value(Option::take)));
    let n_waiting = memo(move || listed.count(Standing::Waiting));
    effect(move || {
        page::set_title(&match n_waiting.get() {
            0 => "Pilothouse".to_owned(),
            waiting => format!("({waiting}) Pilothouse"),
        });
    });
    let is_empty = memo(move || {
        listed
            .cards
            .with(|cards| cards.as_ref().is_some_and(Vec::is_empty))
    });
    let is_loading = memo(move || listed.cards.with(Option::is_none));
    view! {
        <main class="overview" id="main">
            <div class="overview__top">
                <h1>"Channels"</h1>
                <p class="overview__sum">{text(move || listed.sum().unwrap_or_default())}</p>
            </div>
            {part(move || listed.error.get().map(|why| view! {
                <p class="overview__error" role="status">{why} " What is shown is what was known last."</p>
            }.into_any()))}
            {when(move || is_loading.get() && listed.error.with(Option::is_none), move || view! {
                <p class="feed__loading">"Asking the relay …"</p> }.into_any())}
            {when(move || is_empty.get(), move || view! {
                <section class="welcome">
                    <h2>"All quiet on deck"</h2>
                    <p>"No channel exists yet. The first event makes one; try it from any shell:"</p>
                    <FirstSteps channel="first-watch"/>
                </section> }.into_any())}
            {Standing::ALL.map(|standing| view! { <Group standing listed/> }.into_any()).collect_view()}
        </main>
    }
}

#[component]
fn Group(standing: Standing, listed: Listed) -> impl IntoView {
    let limit = Held::new(FIRST);
    let count = memo(move || listed.count(standing));
    let ids = memo(move || {
        listed.cards.with(|cards| {
            let cards = cards
                .iter()
                .flatten()
                .filter(|card| card.standing() == standing);
            cards.take(limit.get()).cloned().collect::<Vec<_>>()
        })
    });
    let each = move || ids.get();
    view! {
        {when(move || count.get() > 0, move || view! {
            <section class=format!("group group--{}", standing.name())>
                <h2 class="group__title">{standing.title()} <span class="group__count">{text(move || count.get().to_string())}</span></h2>
                <div class="group__cards">
                    {list(move || each().into_iter().map(|card| {
                        Item::new(card.id.to_string(), move || view! { <Live card listed/> }.into_any())
                    }).collect())}
                </div>
                {when(move || count.get() > limit.get(), move || view! {
                    <button class="button" on:click=press(move |_| limit.update(|limit| *limit += FIRST))>"Show more"</button> }.into_any())}
            </section> }.into_any())}
    }
}

/// A card that changes in place from answer to answer.
#[component]
fn Live(card: Card, listed: Listed) -> impl IntoView {
    let last = StoredValue::new(card);
    let card = memo(move || {
        let id = last.with_value(|card| card.id.clone());
        let found = listed
            .cards
            .with(|cards| cards.iter().flatten().find(|card| card.id == id).cloned());
        if let Some(card) = found {
            last.set_value(card);
        }
        last.get_value()
    });
    view! { <ChannelCard card/> }
}

impl Listed {
    /// Asks the relay, unless it has not answered the last time.
    fn ask(self, board: Board) {
        if self.is_asking.get_value() {
            return;
        }
        self.is_asking.set_value(true);
        spawn(async move {
            let answer = api::channels(&board.identity()).await;
            let _ = self.is_asking.try_update_value(|asking| *asking = false);
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
