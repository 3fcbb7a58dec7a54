//! A channel on the overview.

use leptos::prelude::*;

use super::dynamic::{Known, dynamic, memo, part, text, when};
use super::gauge::Gauge;
use super::icon::Icon;
use super::time::Ago;
use crate::board::Board;
use crate::view::card::{Card, Standing};
use crate::view::number::{counted, dollars};
use crate::view::route::Route;

/// A channel in short; all of it is one link.
#[component]
pub(crate) fn ChannelCard(card: Known<Card>) -> impl IntoView {
    let board = Board::get();
    let href = Route::Channel(card.get_untracked().id).path();
    let id = card.get_untracked().id.to_string();
    let standing = memo(move || card.with(Card::standing));
    let is_quiet = move || card.with(|card| card.is_quiet(board.now()));
    let read = move |read: fn(&Card) -> Option<String>| memo(move || card.with(read));
    let (doing, status, crew) = (read(Card::doing), read(Card::status), read(Card::crew));
    let progress = memo(move || card.with(Card::progress));
    let last_at = memo(move || card.with(|card| card.last_at));
    view! {
        <a
            class=text(move || format!("card card--{}", standing.get().name()))
            class:is-quiet=dynamic(is_quiet)
            href=href
            data-testid="channel-card"
            data-channel=id
        >
            <span class="card__top">
                <span class="lamp" aria-hidden="true"></span>
                <span class="card__name">{text(move || card.with(Card::title))}</span>
                <span class="card__crew">{text(move || crew.get().unwrap_or_default())}</span>
            </span>
            {when(move || standing.get() == Standing::Waiting, move || view! {
                <span class="card__waiting">
                    <Icon name="ask"/>
                    {text(move || waiting(card.with(|card| card.n_open_requests)))}
                </span> }.into_any())}
            <span class="card__doing">{text(move || doing.get().unwrap_or_else(|| "Nothing going on".to_owned()))}</span>
            <span class="card__status">{text(move || status.get().unwrap_or_default())}</span>
            <Gauge progress/>
            <span class="card__foot">
                <span class="card__age">
                    <Icon name="clock"/>
                    {part(move || last_at.get().map(|at| view! { <Ago at/> }.into_any()))}
                    {text(move || if is_quiet() { " · quiet" } else { "" })}
                </span>
                <span>{text(move || card.with(|card| counted(card.n_events, "event")))}</span>
                {when(move || card.with(|card| card.watchers > 0), move || view! {
                    <span>{text(move || card.with(|card| counted(card.watchers, "watcher")))}</span> }.into_any())}
                {when(move || card.with(|card| card.n_open_hints > 0), move || view! {
                    <span>{text(move || card.with(|card| counted(card.n_open_hints, "open hint")))}</span> }.into_any())}
                <span>{text(move || card.with(|card| card.cost_usd.and_then(dollars)).unwrap_or_default())}</span>
            </span>
        </a>
    }
}

fn waiting(n_requests: u64) -> String {
    match n_requests {
        1 => "Waiting for you".to_owned(),
        _ => format!("Waiting for you · {n_requests} requests"),
    }
}
