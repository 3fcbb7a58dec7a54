//! Above the feed: whether it follows, what it shows, and how to get to a time.

use gloo_timers::callback::Timeout;
use std::cell::RefCell;
use web_sys::Event;

use super::scroll::Scroll;
use crate::board::{Board, Older};
use crate::clock;
use crate::components::icon::icon;
use crate::dom::{El, Held, el, nothing, part, spawn, value_of, when};
use crate::view::turn::Sort;

/// How long one types before the feed is searched, in milliseconds.
const SETTLE_MS: u32 = 200;

/// An hour, in milliseconds.
const HOUR: u64 = 3_600_000;

/// What is open below the tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Filter,
    Jump,
}

/// The tools of the feed.
pub(super) fn tools(channel: &str, scroll: Scroll) -> El {
    let open = Held::new(Open::Nothing);
    let state = el("span", "feed__state").text_now(move || {
        match (scroll.is_paused(), scroll.is_following()) {
            (true, _) => "Paused",
            (false, true) => "Following",
            (false, false) => "Reading",
        }
    });
    let pause = el("button", "button button--quiet")
        .test("pause")
        .attr("aria-keyshortcuts", "p")
        .says("aria-pressed", move || scroll.is_paused())
        .press(move || scroll.toggle_pause())
        .add(part(move || {
            Some(match scroll.is_paused() {
                true => nothing().add(icon("play")).text("Resume"),
                false => nothing().add(icon("pause")).text("Pause"),
            })
        }));
    let bar = el("div", "feed__tools")
        .add(el("h2", "feed__title").text("Feed"))
        .add(state)
        .add(
            opener(open, Open::Filter, "find", "Filter")
                .flag("is-on", move || scroll.look.with(|look| look.is_filtered())),
        )
        .add(opener(open, Open::Jump, "clock", "Jump"))
        .add(pause);
    let channel = channel.to_owned();
    nothing()
        .add(bar)
        .add(when(
            move || open.get() == Open::Filter,
            move || filter(scroll),
        ))
        .add(when(
            move || open.get() == Open::Jump,
            move || jump(&channel, scroll, open),
        ))
}

fn opener(open: Held<Open>, what: Open, symbol: &str, label: &'static str) -> El {
    el("button", "button button--quiet feed__opener")
        .test(&label.to_ascii_lowercase())
        .says("aria-expanded", move || open.get() == what)
        .press(move || {
            let is_open = open.get_untracked() == what;
            open.set(if is_open { Open::Nothing } else { what });
        })
        .add(icon(symbol))
        .add(el("span", "").text(label))
}

fn filter(scroll: Scroll) -> El {
    let board = Board::get();
    let waiting: RefCell<Option<Timeout>> = RefCell::default();
    let words = el("input", "feed__words")
        .attr("type", "search")
        .attr("placeholder", "Find in the feed …")
        .attr("aria-label", "Find in the feed")
        .test("find")
        .prop("value", move || scroll.look.get_untracked().words)
        .on("input", move |event: Event| {
            let words = value_of(&event);
            let search = move || scroll.look_at(move |look| look.words = words);
            *waiting.borrow_mut() = Some(Timeout::new(SETTLE_MS, search));
        });
    let found = el("span", "feed__found")
        .attr("role", "status")
        .test("found")
        .text_now(move || match scroll.look.with(|look| look.is_filtered()) {
            true => format!("{} found", scroll.n_lines()),
            false => String::new(),
        });
    let older = when(
        move || scroll.look.with(|look| look.is_filtered()) && board.older() == Older::Unknown,
        move || {
            el("button", "button button--quiet")
                .press(move || {
                    spawn(async move {
                        let _ = board.load_older().await;
                    });
                })
                .text("Look in older ones")
        },
    );
    el("div", "feed__panel")
        .attr("role", "group")
        .attr("aria-label", "Filter")
        .add(words)
        .add_all(Sort::ALL.map(|sort| toggle(sort, scroll)))
        .add(found)
        .add(older)
}

fn toggle(sort: Sort, scroll: Scroll) -> El {
    el("button", "feed__sort")
        .test("sort")
        .says("aria-pressed", move || {
            scroll.look.with(|look| look.sorts.contains(&sort))
        })
        .press(move || {
            scroll.look_at(|look| {
                let n_before = look.sorts.len();
                look.sorts.retain(|other| *other != sort);
                if look.sorts.len() == n_before {
                    look.sorts.push(sort);
                }
            });
        })
        .text(sort.title())
}

fn jump(channel: &str, scroll: Scroll, open: Held<Open>) -> El {
    let board = Board::get();
    let (at, refused) = (Held::new(None::<u64>), Held::new(None::<&'static str>));
    let go = move |at: u64| {
        spawn(async move {
            match scroll.jump(at).await {
                None => open.try_set(Open::Nothing),
                why => refused.try_set(why),
            }
        });
    };
    let quick = |label: &'static str| el("button", "button button--quiet").text(label);
    let time = el("input", "feed__words")
        .attr("type", "datetime-local")
        .attr("step", "1")
        .attr("aria-label", "Day and time")
        .test("jump-time")
        .on("input", move |event: Event| {
            at.set(clock::read(&value_of(&event)))
        });
    let to = quick("Go")
        .test("jump-go")
        .says("aria-disabled", move || at.get().is_none())
        .press(move || {
            if let Some(at) = at.get_untracked() {
                go(at);
            }
        });
    let history = format!("/c/{channel}/history");
    el("div", "feed__panel")
        .attr("role", "group")
        .attr("aria-label", "Jump to a time")
        .add(
            quick("Beginning")
                .test("jump-beginning")
                .press(move || go(0)),
        )
        .add(quick("1 h ago").press(move || go(board.now().saturating_sub(HOUR))))
        .add(time)
        .add(to)
        .add(part(move || {
            let said = el("span", "feed__found")
                .attr("role", "status")
                .text(refused.get()?);
            Some(
                said.text(" ")
                    .add(el("a", "").attr("href", &history).text("History")),
            )
        }))
}
