//! Every channel: where people are wanted, what goes on, what is idle, what is over.

use std::sync::Arc;

use web_sys::Event;

use crate::board::Board;
use crate::components::card::channel_card;
use crate::components::empty::attach;
use crate::components::icon::icon;
use crate::dom::{El, Held, Item, Known, el, list, memo, nothing, value_of, when};
use crate::prefs::Prefs;
use crate::view::card::{Card, Standing};
use crate::view::fleet::{Filter, Groups};
use crate::view::number::counted;
use crate::view::settings::Layout;

/// Cards drawn of each group before one asks for more.
const FIRST: usize = 60;

/// What the page shows.
#[derive(Clone, Copy)]
struct Fleet {
    groups: Known<Groups>,
    filter: Held<Filter>,
    /// How many channels there are; nothing before the first answer.
    n_cards: Known<Option<usize>>,
}

/// The page of all channels.
pub(crate) fn fleet() -> El {
    let board = Board::get();
    board.entitle("");
    let filter = Held::new(Filter::default());
    let fleet = Fleet {
        groups: memo(move || {
            let cards = board.cards().unwrap_or_default();
            filter.with(|filter| Groups::of(cards, filter, board.now()))
        }),
        filter,
        n_cards: memo(move || board.cards().map(|cards| cards.len())),
    };
    let error = memo(move || board.list_error());
    let failed = when(
        move || error.with(Option::is_some) && board.banner().is_none(),
        move || {
            let why = move || error.get().unwrap_or_default();
            el("p", "overview__error")
                .attr("role", "status")
                .text_now(move || format!("{} What is shown is what was known last.", why()))
        },
    );
    let top = el("div", "overview__top")
        .add(el("h1", "").text("Fleet"))
        .add(el("p", "overview__sum").text_now(move || fleet.sum()));
    let some = move || fleet.n_cards.get().is_some_and(|n| n > 0);
    el("main", "overview")
        .attr("id", "main")
        .add(top)
        .add(failed)
        .add(fleet.loading_or_first_run())
        .add(when(some, move || tools(fleet)))
        .add(fleet.none_found())
        .add_all(Standing::ALL.map(|standing| group(standing, fleet)))
}

/// What one looks for, and how it is laid out.
fn tools(fleet: Fleet) -> El {
    let filter = fleet.filter;
    let search = el("input", "tools__search")
        .attr("type", "search")
        .attr("aria-label", "Search channels")
        .attr("placeholder", "Name, agent, work, folder …")
        .attr("aria-keyshortcuts", "/")
        .test("fleet-search")
        .prop("value", move || filter.with(|filter| filter.text.clone()))
        .on("input", move |event: Event| {
            filter.update(|filter| filter.text = value_of(&event));
        });
    let chips = el("div", "tools__chips")
        .attr("role", "group")
        .attr("aria-label", "Show only")
        .add_all(Standing::ALL.map(|standing| chip(standing, fleet)));
    let prefs = Prefs::here();
    let choices = Layout::ALL.iter().map(|&layout| {
        el("button", "tools__choice")
            .test(layout.name())
            .says("aria-pressed", move || prefs.get().layout == layout)
            .press(move || prefs.choose(|settings| settings.layout = layout))
            .add(icon(layout.name()))
            .add(el("span", "sr-only").text(layout.title()))
            .attr("title", layout.title())
    });
    let layouts = el("div", "tools__layouts")
        .attr("role", "group")
        .attr("aria-label", "Layout")
        .add_all(choices);
    el("div", "tools").add(search).add(chips).add(layouts)
}

fn chip(standing: Standing, fleet: Fleet) -> El {
    let filter = fleet.filter;
    let is_on = move || filter.with(|filter| filter.standing == Some(standing));
    let count = memo(move || {
        fleet
            .groups
            .with(|groups| groups.n_standing[standing as usize])
    });
    el(
        "button",
        &format!("state-chip state-chip--{}", standing.name()),
    )
    .test(&format!("only-{}", standing.name()))
    .says("aria-pressed", is_on)
    .press(move || {
        let wanted = (!is_on()).then_some(standing);
        filter.update(|filter| filter.standing = wanted);
    })
    .text(standing.title())
    .text(" ")
    .add(el("span", "state-chip__count").text_now(move || count.get().to_string()))
}

fn group(standing: Standing, fleet: Fleet) -> El {
    let limit = Held::new(FIRST);
    let count = memo(move || {
        fleet
            .groups
            .with(|groups| groups.found[standing as usize].len())
    });
    let prefs = Prefs::here();
    let each = move || {
        let item = |card: &Arc<Card>| {
            let (key, card) = (card.id.to_string(), Arc::clone(card));
            Item::new(key, move || channel_card(card))
        };
        let shown = |groups: &Groups| {
            let found = groups.found[standing as usize].iter();
            found.take(limit.get()).map(item).collect()
        };
        fleet.groups.with(shown)
    };
    when(
        move || count.get() > 0,
        move || {
            let title = el("h2", "group__title")
                .text(standing.title())
                .text(" ")
                .add(el("span", "group__count").text_now(move || count.get().to_string()));
            let more = move || {
                el("button", "button")
                    .press(move || limit.update(|limit| *limit += FIRST))
                    .text("Show more")
            };
            let cards = el("div", "group__cards")
                .flag("is-list", move || prefs.get().layout == Layout::List)
                .add(list(each));
            el("section", &format!("group group--{}", standing.name()))
                .add(title)
                .add(cards)
                .add(when(move || count.get() > limit.get(), more))
        },
    )
}

impl Fleet {
    fn sum(self) -> String {
        let Some(n_cards) = self.n_cards.get().filter(|n| *n > 0) else {
            return String::new();
        };
        let waiting = self.groups.with(|groups| groups.n_standing[0]);
        let all = counted(n_cards as u64, "channel");
        match waiting {
            0 => format!("{all}, nobody waits for you"),
            _ => format!("{all}, {waiting} waiting for you"),
        }
    }

    fn loading_or_first_run(self) -> El {
        let board = Board::get();
        let is_loading = move || self.n_cards.get().is_none();
        let error = memo(move || board.list_error().is_some());
        let words = move || match error.get() {
            false => "Asking the relay …",
            true => "Nothing is known yet. Channels appear here as soon as the relay answers.",
        };
        let loading = move || el("p", "feed__loading").text_now(words);
        nothing()
            .add(when(is_loading, loading))
            .add(when(move || self.n_cards.get() == Some(0), attach))
    }

    fn none_found(self) -> El {
        let filter = self.filter;
        let is_none = move || {
            let n_found = self.groups.with(Groups::n_found);
            n_found == 0 && filter.with(|filter| !filter.is_empty())
        };
        when(is_none, move || {
            el("div", "nothing")
                .attr("role", "status")
                .add(el("p", "").text("No channel is like that."))
                .add(
                    el("button", "button")
                        .press(move || filter.set(Filter::default()))
                        .text("Show all"),
                )
        })
    }
}
