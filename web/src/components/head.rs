//! The head of a channel: who works here, on what, how far.

use pilothouse_shared::RunningTool;

use super::badge::link_badge;
use super::gauge::gauge;
use super::icon::icon;
use super::side::panel;
use super::time::{ago, elapsed};
use crate::board::Board;
use crate::dom::{El, Held, Item, Known, el, list, memo, nothing, part, when};
use crate::view::head::Head;
use crate::view::number::counted;

/// What is said of an agent that does nothing.
pub(crate) const NO_TASK: &str = "No task at the moment";

/// What the agent does now.
pub(crate) fn channel_head(id: &str, is_side_open: Held<bool>) -> El {
    let board = Board::get();
    let head = memo(move || board.head());
    let id = id.to_owned();
    let title = move || head.with(|head| head.name.clone().unwrap_or_else(|| id.clone()));
    let back = el("a", "head__back")
        .attr("href", "/")
        .add(icon("back"))
        .add(el("span", "sr-only").text("All channels"));
    let details = el("button", "button button--quiet head__details")
        .says("aria-expanded", move || is_side_open.get())
        .attr("aria-controls", "side")
        .press(move || is_side_open.update(|open| *open = !*open))
        .text_now(move || {
            if is_side_open.get() {
                "Feed"
            } else {
                "Details"
            }
        });
    let top = el("div", "head__top")
        .add(back)
        .add(el("h1", "head__name").attr("dir", "auto").text_now(title))
        .add(counts(board))
        .add(stop_button(board, head))
        .add(details);
    el("section", "head")
        .attr("aria-label", "Activity")
        .add(top)
        .add(doing(head))
}

/// What the agent does now, where there is no other page to go to.
pub(crate) fn small_head(id: &str) -> El {
    let board = Board::get();
    let head = memo(move || board.head());
    let id = id.to_owned();
    let title = move || head.with(|head| head.name.clone().unwrap_or_else(|| id.clone()));
    let top = el("div", "head__top")
        .add(el("h2", "head__name").text_now(title))
        .add(counts(board))
        .add(link_badge());
    el("section", "head")
        .attr("part", "head")
        .attr("aria-label", "Activity")
        .add(top)
        .add(doing(head))
}

fn counts(board: Board) -> El {
    if board.is_past() {
        return nothing();
    }
    let presence = memo(move || board.presence());
    let watchers = el("span", "")
        .attr("title", "People who watch")
        .add(icon("person"))
        .add(
            el("span", "")
                .test("presence-watchers")
                .text_now(move || presence.with(|here| here.watchers.to_string())),
        )
        .add(el("span", "sr-only").text(" watching"));
    let agents = el("span", "")
        .attr("title", "Agents connected")
        .add(icon("agent"))
        .add(
            el("span", "")
                .test("presence-agents")
                .text_now(move || presence.with(|here| here.agents.to_string())),
        )
        .add(el("span", "sr-only").text(" agents connected"));
    el("span", "head__presence").add(watchers).add(agents)
}

fn stop_button(board: Board, head: Known<Head>) -> El {
    let may_stop = move || {
        board.may_steer()
            && head.with(|head| head.operation.is_some() && head.cancelled_by.is_none())
    };
    when(may_stop, move || {
        el("button", "button button--quiet head__stop")
            .attr("aria-label", "Ask the agent to stop")
            .test("stop")
            .press(move || board.cancel())
            .add(icon("stop"))
            .add(el("span", "").text("Stop"))
    })
}

fn doing(head: Known<Head>) -> El {
    let operation = memo(move || head.with(|head| head.operation.clone()));
    let status = memo(move || head.with(|head| head.status.clone()));
    let tools = memo(move || head.with(|head| head.tools.clone()));
    let progress = memo(move || head.with(|head| head.progress));
    let cancelled_by = memo(move || head.with(|head| head.cancelled_by.clone()));
    let words = el("p", "head__operation")
        .attr("dir", "auto")
        .text_now(move || operation.get().unwrap_or_else(|| head.with(idle)))
        .add(part(move || {
            status
                .get()
                .map(|status| el("span", "head__status").text(&status))
        }));
    let each = move || {
        let tool = |tool: RunningTool| {
            Item::new(tool.call.to_string(), move || {
                el("li", "head__tool")
                    .add(icon("tool"))
                    .text(&tool.tool)
                    .text(" ")
                    .add(elapsed(tool.started_at))
            })
        };
        tools.get().into_iter().map(tool).collect()
    };
    let cancelled = move |name: String| {
        el("p", "head__cancel")
            .add(icon("stop"))
            .text(&format!("{name} asked it to stop"))
    };
    el("div", "head__doing")
        .flag("is-working", move || operation.with(Option::is_some))
        .add(el("span", "lamp").attr("aria-hidden", "true"))
        .add(words)
        .add(gauge(progress))
        .add(
            el("ul", "head__tools")
                .attr("aria-label", "Running tools")
                .add(list(each)),
        )
        .add(part(move || cancelled_by.get().map(cancelled)))
}

fn idle(head: &Head) -> String {
    match &head.ended {
        Some(reason) => format!("Session ended: {reason}"),
        None => NO_TASK.to_owned(),
    }
}

/// The session in figures, for the side.
pub(crate) fn session_panel() -> El {
    let board = Board::get();
    let head = memo(move || board.head());
    when(
        move || head.with(|head| head.last_at.is_some()),
        move || {
            let facts = part(move || Some(facts(head.get())));
            panel("Session", true, el("div", "panel__body").add(facts))
        },
    )
}

fn facts(head: Head) -> El {
    let tools = match head.n_failed {
        0 => counted(head.n_tools, "call"),
        failed => format!("{}, {failed} failed", counted(head.n_tools, "call")),
    };
    let line = |name: &str, value: Option<El>| match value {
        Some(value) => nothing().add(el("dt", "").text(name)).add(value),
        None => nothing(),
    };
    let said = |value: String| el("dd", "").attr("title", &value).text(&value);
    let time = |at| el("dd", "").add(ago(at));
    el("dl", "facts")
        .add(line("Agent", head.agent.map(said)))
        .add(line("Model", head.model.map(said)))
        .add(line("Folder", head.cwd.map(said)))
        .add(line("Tools", (head.n_tools > 0).then_some(tools).map(said)))
        .add(line("Tokens", head.tokens.map(said)))
        .add(line("Cost", head.cost.map(said)))
        .add(line("Started", head.since.map(time)))
        .add(line("Last event", head.last_at.map(time)))
}
