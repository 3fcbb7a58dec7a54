//! Stages and the items in them, as a board that moves.

mod flight;

use pilothouse_shared::Millis;

use super::empty::how_to;
use super::time::ago;
use crate::board::Board;
use crate::dom::{El, Held, Item, Known, el, follow, list, memo, nothing, part, when};
use crate::view::pipeline::{Card, Column, Config, Deed, Pipeline, Step};

/// How long an item that something was done to is marked, in milliseconds.
const FRESH_MS: Millis = 10_000;

/// Stages and the items in them.
pub(crate) fn pipeline() -> El {
    let board = Board::get();
    let known = memo(move || board.pipeline());
    let shown = Held::new(Pipeline::default());
    let lanes = el("div", "lanes")
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", "Stages");
    let root = lanes.html();
    follow(move || {
        let next = known.get();
        let places = flight::places(&root);
        shown.set(next);
        flight::fly_from(&root, places);
    });
    let columns = move || {
        let item =
            |column: Column| Item::new(column.name.clone(), move || lane(column.name, shown));
        shown.get().columns.into_iter().map(item).collect()
    };
    let is_empty = memo(move || shown.with(Pipeline::is_empty));
    el("section", "pipeline")
        .attr("aria-label", "Pipeline")
        .add(when(
            move || is_empty.get() && board.is_loaded(),
            move || nothing_yet(board),
        ))
        .add(when(move || !is_empty.get(), move || strip(shown)))
        .add(
            lanes
                .flag("is-empty", move || is_empty.get())
                .add(list(columns)),
        )
}

fn nothing_yet(board: Board) -> El {
    let channel = board
        .channel()
        .map_or_else(String::new, |id| id.to_string());
    how_to(
        "No board here yet",
        "Stages and the items in them appear when a program publishes them, or when folders stand for stages:",
        [(
            "Show a folder of tasks",
            format!("pilothouse observe tasks --pipeline --channel {channel}"),
        )],
    )
}

/// How far reconciliation is, and what was configured last.
fn strip(shown: Held<Pipeline>) -> El {
    let steps = memo(move || shown.with(|shown| (shown.steps.clone(), shown.config.clone())));
    part(move || {
        let (mut steps, config) = steps.get();
        let last = steps.pop();
        if last.is_none() && config.is_none() {
            return None;
        }
        let strip = el("div", "strip")
            .test("reconciliation")
            .attr("role", "group")
            .attr("aria-label", "Reconciliation")
            .add_all(steps.into_iter().map(|step| passed(&step)))
            .add_all(last.map(|last| current(&last)))
            .add_all(config.map(configured));
        Some(strip)
    })
}

fn passed(step: &Step) -> El {
    let about = step
        .item
        .as_deref()
        .or(step.message.as_deref())
        .unwrap_or_default();
    el("span", &["strip__step strip__step--", step.tone].concat())
        .attr("title", about)
        .text(&step.status)
}

fn current(step: &Step) -> El {
    let about = [&step.item, &step.message].map(|about| about.as_deref().unwrap_or_default());
    el("span", &["strip__now strip__step--", step.tone].concat())
        .attr("data-status", &step.status)
        .add(el("strong", "").text(&step.status))
        .add(el("bdi", "").text(about[0]))
        .add(el("bdi", "strip__message").text(about[1]))
        .add(ago(step.at))
}

fn configured(config: Config) -> El {
    el("span", "strip__config")
        .test("config-changed")
        .add(super::icon::icon("dial"))
        .text("Configuration changed: ")
        .add(el("bdi", "").text(&config.what))
        .text(" ")
        .add(ago(config.at))
}

fn lane(name: String, shown: Held<Pipeline>) -> El {
    let stage = name.clone();
    let column = memo(move || {
        shown.with(|shown| {
            let mut columns = shown.columns.iter();
            let found = columns.find(|column| column.name == stage);
            found.cloned().unwrap_or_default()
        })
    });
    let head = el("h2", "lane__head")
        .add(el("bdi", "lane__name").text(&name))
        .add(
            el("span", "lane__count")
                .text_now(move || column.with(|column| column.n_items.to_string())),
        );
    let each = move || {
        let item = |card: Card| Item::new(format!("{card:?}"), move || built(&card));
        column.get().cards.into_iter().map(item).collect()
    };
    el("section", "lane")
        .test("stage")
        .attr("data-stage", &name)
        .attr("aria-label", &name)
        .add(head)
        .add(rest(column))
        .add(el("ul", "lane__cards").add(list(each)))
}

/// What is not drawn, and what stands in an empty stage.
fn rest(column: Known<Column>) -> El {
    let said = memo(move || {
        column.with(|column| match column.n_items - column.cards.len() {
            0 if column.n_items == 0 => "Nothing here".to_owned(),
            0 => String::new(),
            more => format!("{more} earlier"),
        })
    });
    el("p", "lane__rest").text_now(move || said.get())
}

fn built(card: &Card) -> El {
    let board = Board::get();
    let built = el("li", "item")
        .test("work-item")
        .attr("data-item", &card.item)
        .add(el("bdi", "item__title").text(&card.title));
    let built = match card.title == card.item {
        true => built,
        false => built.add(el("bdi", "item__id").text(&card.item)),
    };
    let Some(last) = &card.last else {
        return built;
    };
    let at = last.at;
    let is_fresh = memo(move || board.now().saturating_sub(at) < FRESH_MS);
    built
        .flag("is-fresh", move || is_fresh.get())
        .add(deed(last))
}

fn deed(deed: &Deed) -> El {
    let commit = deed.commit.as_ref().map(|commit| {
        let first = commit.lines().next().unwrap_or_default();
        el("bdi", "item__commit").attr("title", commit).text(first)
    });
    nothing().add_all(commit).add(
        el("span", "item__deed")
            .text(&deed.action)
            .text(" ")
            .add(ago(deed.at)),
    )
}
