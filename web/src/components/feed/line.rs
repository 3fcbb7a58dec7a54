//! One row of the feed.

use std::rc::Rc;
use std::sync::Arc;

use pilothouse_shared::Body;

use super::scroll::Scroll;
use crate::components::empty::copy_button;
use crate::components::icon::{icon, of_kind};
use crate::components::markdown::markdown;
use crate::components::time::{ago, elapsed};
use crate::dom::{El, Held, el, nothing, part};
use crate::page;
use crate::view::admin::sentence;
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
    let is_open = Held::new(place.opened.get_untracked().contains(&seq));
    let pressed = place.clone();
    let toggle: Rc<dyn Fn()> = Rc::new(move || {
        pressed.toggle(seq);
        is_open.update(|is_open| *is_open = !*is_open);
    });
    let line = el("li", "")
        .test("feed-row")
        .attr("data-seq", &seq.to_string())
        .attr("data-kind", &row.kind);
    let line = match row.state {
        Some(state) => line.attr("data-state", state),
        None => line,
    };
    let press = Rc::clone(&toggle);
    let head = head(row).press(move || press());
    let (shown, button) = (line.clone(), head.clone());
    let (row, place) = (Arc::clone(row), place.clone());
    // One effect for all that follows a press: rows come and go by the hundred.
    line.add(head).add(part(move || {
        let is_open = is_open.get();
        let is_target = |id: &Option<String>| id.as_ref().is_some_and(|id| row.holds(id));
        let flags = [
            (row.is_fresh && row.revision == 0, " is-fresh"),
            (is_within, " is-within"),
            (is_open, " is-open"),
            (place.target.with(is_target), " is-target"),
        ];
        let mut class = "row row--".to_owned() + row.tone.name();
        for (_, flag) in flags.into_iter().filter(|(holds, _)| *holds) {
            class += flag;
        }
        let expanded = if is_open { "true" } else { "false" };
        let _ = shown.clone().attr("class", &class);
        let _ = button.clone().attr("aria-expanded", expanded);
        let more = is_open.then(|| more(&row, &place.channel));
        let text = text_of(&row, is_open, &toggle);
        Some(nothing().add_all(text).add_all(more))
    }))
}

/// What was said: Markdown of those who talk, plain from tools.
fn text_of(row: &Row, is_open: bool, toggle: &Rc<dyn Fn()>) -> Option<El> {
    let text = row.text.as_deref()?;
    let class = match (row.tone, is_open) {
        (Tone::Failed, false) => "row__text is-error",
        (Tone::Failed, true) => "row__text is-error is-whole",
        (Tone::Spoken, _) => "row__text is-said",
        (_, false) => "row__text",
        (_, true) => "row__text is-whole",
    };
    let cut = beginning(text).filter(|_| !is_open);
    let shown = cut.unwrap_or(text);
    let home = el("div", class);
    let home = match row.tone {
        Tone::Spoken => home.add(markdown(shown)),
        _ => home.text(shown),
    };
    let more = cut.map(|_| {
        let toggle = Rc::clone(toggle);
        el("button", "row__all")
            .test("show-all")
            .press(move || toggle())
            .text(&format!(
                "Show all ({} characters)",
                compact(text.len() as u64)
            ))
    });
    Some(home.add_all(more))
}

fn head(row: &Row) -> El {
    let state = row
        .state
        .map(|state| el("span", &format!("chip chip--{state}")).text(state));
    let by = row
        .answered_by()
        .map(|name| el("bdi", "row__took").text(&format!("by {name}")));
    let audited = audited(row);
    let (title, subject) = match &audited {
        Some((title, subject)) => (title, subject),
        None => (&row.title, &row.subject),
    };
    el("button", "row__head")
        .attr("tabindex", "-1")
        .add(icon(of_kind(&row.kind, row.is_by_agent())))
        .add(el("span", "row__title").text(title))
        .add(el("span", "row__subject").text(subject))
        .add_all(state)
        .add_all(by)
        .add(span(row))
        .add_all((row.at > 0).then(|| ago(row.at)))
}

/// An entry of the audit trail, as a sentence.
fn audited(row: &Row) -> Option<(String, String)> {
    let event = row.events.first()?;
    let Body::Custom(custom) = &event.body else {
        return None;
    };
    sentence(&custom.name, &event.author.name, &custom.data)
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
