//! One row of the feed.

use std::rc::Rc;
use std::sync::Arc;

use super::scroll::Scroll;
use crate::components::empty::copy_button;
use crate::components::icon::{icon, of_kind};
use crate::components::markdown::markdown;
use crate::components::time::{ago, elapsed};
use crate::dom::{El, Held, Known, el, memo, nothing, part};
use crate::page;
use crate::view::age::took;
use crate::view::detail::details;
use crate::view::markdown::beginning;
use crate::view::number::compact;
use crate::view::row::{Row, Tone};

/// What the rows of a feed share.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) channel: Rc<str>,
    pub(super) opened: Held<Vec<u64>>,
    pub(super) target: Held<Option<String>>,
    pub(super) scroll: Scroll,
}

impl Place {
    fn toggle(&self, seq: u64) {
        self.scroll.stop_following();
        self.opened
            .update(|opened| match opened.iter().position(|open| *open == seq) {
                Some(index) => {
                    opened.swap_remove(index);
                }
                None => opened.push(seq),
            });
    }
}

/// A row; a press opens all there is to know about it.
pub(super) fn line(row: &Arc<Row>, is_within: bool, place: &Place) -> El {
    let seq = row.seq;
    let (opened, target) = (place.opened, place.target);
    let is_open = memo(move || opened.with(|opened| opened.contains(&seq)));
    let aimed = Arc::clone(row);
    let is_fresh = row.is_fresh && row.revision == 0;
    let class = format!(
        "row row--{}{}{}",
        row.tone.name(),
        if is_fresh { " is-fresh" } else { "" },
        if is_within { " is-within" } else { "" }
    );
    let text = row
        .text
        .is_some()
        .then(|| text_of(Arc::clone(row), is_open, place.clone()));
    let pressed = place.clone();
    let (inside, channel) = (Arc::clone(row), Rc::clone(&place.channel));
    let line = el("li", &class)
        .flag("is-open", move || is_open.get())
        .flag("is-target", move || {
            target.with(|target| target.as_ref().is_some_and(|id| aimed.holds(id)))
        })
        .test("feed-row")
        .attr("data-seq", &seq.to_string())
        .attr("data-kind", &row.kind);
    let line = match row.state {
        Some(state) => line.attr("data-state", state),
        None => line,
    };
    let head = head(row)
        .says("aria-expanded", move || is_open.get())
        .press(move || pressed.toggle(seq));
    line.add(head)
        .add_all(text)
        .add(part(move || is_open.get().then(|| more(&inside, &channel))))
}

/// What was said: Markdown of those who talk, plain from tools.
fn text_of(row: Arc<Row>, is_open: Known<bool>, place: Place) -> El {
    let class = match row.tone {
        Tone::Failed => "row__text is-error",
        Tone::Spoken => "row__text is-said",
        _ => "row__text",
    };
    let tone = row.tone;
    let drawn = move |text: &str| match tone {
        Tone::Spoken => markdown(text),
        _ => nothing().text(text),
    };
    let home = el("div", class).flag("is-whole", move || is_open.get());
    let text = row.text.clone().unwrap_or_default();
    if beginning(&text).is_none() {
        return home.add(drawn(&text));
    }
    let seq = row.seq;
    home.add(part(move || {
        let cut = beginning(&text).filter(|_| !is_open.get());
        let place = place.clone();
        let more = cut.map(|_| {
            el("button", "row__all")
                .test("show-all")
                .press(move || place.toggle(seq))
                .text(&format!(
                    "Show all ({} characters)",
                    compact(text.len() as u64)
                ))
        });
        Some(nothing().add(drawn(cut.unwrap_or(&text))).add_all(more))
    }))
}

fn head(row: &Row) -> El {
    let state = row
        .state
        .map(|state| el("span", &format!("chip chip--{state}")).text(state));
    el("button", "row__head")
        .attr("tabindex", "-1")
        .add(icon(of_kind(&row.kind, row.is_by_agent())))
        .add(el("span", "row__title").text(&row.title))
        .add(el("span", "row__subject").text(&row.subject))
        .add_all(state)
        .add(span(row))
        .add_all((row.at > 0).then(|| ago(row.at)))
}

/// How long it took, or a clock while it runs.
fn span(row: &Row) -> El {
    match (row.tone, row.took) {
        (Tone::Running, _) => elapsed(row.at),
        (_, Some(span)) => el("span", "row__took").text(&took(span)),
        (_, None) => nothing(),
    }
}

fn more(row: &Row, channel: &str) -> El {
    let parts = details(row).into_iter().map(|(name, text)| {
        nothing()
            .add(el("h3", "row__part").text(name))
            .add(el("pre", "row__pre").text(&text))
    });
    let by = row
        .author
        .as_ref()
        .map(|author| format!("by {} · ", author.name));
    let link = row.id().map(|id| link_to(&format!("/c/{channel}#e={id}")));
    let foot = el("p", "row__foot")
        .text(&by.unwrap_or_default())
        .text(&format!("event {}", row.seq))
        .add_all(link);
    let is_alone = row.text.is_none();
    el(
        "div",
        if is_alone {
            "row__more is-alone"
        } else {
            "row__more"
        },
    )
    .add_all(parts)
    .add(foot)
}

fn link_to(address: &str) -> El {
    let whole = format!("{}{address}", page::origin());
    nothing()
        .text(" · ")
        .add(el("a", "").attr("href", address).text("Link to this event"))
        .add(copy_button("Copy link", move || whole.clone()))
}
