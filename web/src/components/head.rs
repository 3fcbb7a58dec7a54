//! The head of a channel: who works here, on what, how far.

use leptos::prelude::*;

use super::dynamic::{Held, Item, Known, dynamic, list, memo, part, press, text, when};
use super::gauge::Gauge;
use super::icon::Icon;
use super::time::{Ago, Elapsed};
use crate::board::Board;
use crate::view::head::Head;
use crate::view::number::counted;

/// What the agent does now.
#[component]
pub(crate) fn ChannelHead(#[prop(into)] id: String, is_side_open: Held<bool>) -> impl IntoView {
    let board = Board::get();
    let head = memo(move || board.head());
    let presence = memo(move || board.presence());
    let may_stop =
        memo(move || head.with(|head| head.operation.is_some() && head.cancelled_by.is_none()));
    let title = move || head.with(|head| head.name.clone().unwrap_or_else(|| id.clone()));
    view! {
        <section class="head" aria-label="Activity">
            <div class="head__top">
                <a class="head__back" href="/"><Icon name="back"/><span class="sr-only">"All channels"</span></a>
                <h1 class="head__name">{text(title)}</h1>
                <span class="head__presence">
                    <span title="People who watch">
                        <Icon name="person"/>
                        <span data-testid="presence-watchers">{text(move || presence.with(|here| here.watchers.to_string()))}</span>
                        <span class="sr-only">" watching"</span>
                    </span>
                    <span title="Agents connected">
                        <Icon name="agent"/>
                        <span data-testid="presence-agents">{text(move || presence.with(|here| here.agents.to_string()))}</span>
                        <span class="sr-only">" agents connected"</span>
                    </span>
                </span>
                {when(move || may_stop.get(), move || view! {
                    <button class="button button--quiet head__stop" aria-label="Ask the agent to stop" data-testid="stop" on:click=press(move |_| board.cancel())>
                        <Icon name="stop"/>
                        <span>"Stop"</span>
                    </button>
                }.into_any())}
                <button
                    class="button button--quiet head__details"
                    aria-expanded=text(move || is_side_open.get().to_string())
                    aria-controls="side"
                    on:click=press(move |_| is_side_open.update(|open| *open = !*open))
                >
                    {text(move || if is_side_open.get() { "Feed" } else { "Details" })}
                </button>
            </div>
            <Doing head/>
        </section>
    }
}

#[component]
fn Doing(head: Known<Head>) -> impl IntoView {
    let operation = memo(move || head.with(|head| head.operation.clone()));
    let status = memo(move || head.with(|head| head.status.clone()));
    let tools = memo(move || head.with(|head| head.tools.clone()));
    let progress = memo(move || head.with(|head| head.progress));
    let cancelled_by = move || head.with(|head| head.cancelled_by.clone());
    view! {
        <div class="head__doing" class:is-working=dynamic(move || operation.with(Option::is_some))>
            <span class="lamp" aria-hidden="true"></span>
            <p class="head__operation">
                {text(move || operation.get().unwrap_or_else(|| head.with(idle)))}
                {part(move || status.get().map(|status| view! { <span class="head__status">{status}</span> }.into_any()))}
            </p>
            <Gauge progress/>
            <ul class="head__tools" aria-label="Running tools">
                {list(move || tools.get().into_iter().map(|tool| Item::new(tool.call.to_string(), move || view! { <li class="head__tool"><Icon name="tool"/>{tool.tool}" "<Elapsed since=tool.started_at/></li> }.into_any())).collect())}
            </ul>
            {part(move || cancelled_by().map(|name| view! {
                <p class="head__cancel"><Icon name="stop"/>{format!("{name} asked it to stop")}</p>
            }.into_any()))}
        </div>
    }
}

fn idle(head: &Head) -> String {
    match &head.ended {
        Some(reason) => format!("Session ended: {reason}"),
        None => "Nothing going on".to_owned(),
    }
}

/// The session in figures, for the side.
#[component]
pub(crate) fn SessionPanel() -> impl IntoView {
    let board = Board::get();
    let head = memo(move || board.head());
    let line = move |name: &'static str, value: Option<String>| {
        value.map(|value| {
            view! { <dt>{name}</dt><dd title=value.clone()>{value.clone()}</dd> }.into_any()
        })
    };
    let body = move || {
        let head = head.get();
        let tools = match head.n_failed {
            0 => counted(head.n_tools, "call"),
            failed => format!("{}, {failed} failed", counted(head.n_tools, "call")),
        };
        view! {
            <dl class="facts">
                {line("Agent", head.agent)}
                {line("Model", head.model)}
                {line("Folder", head.cwd)}
                {line("Tools", (head.n_tools > 0).then_some(tools))}
                {line("Tokens", head.tokens)}
                {line("Cost", head.cost)}
                {head.since.map(|at| view! { <dt>"Started"</dt><dd><Ago at/></dd> }.into_any())}
                {head.last_at.map(|at| view! { <dt>"Last event"</dt><dd><Ago at/></dd> }.into_any())}
            </dl>
        }
        .into_any()
    };
    let is_known = memo(move || head.with(|head| head.last_at.is_some()));
    view! {
        {when(move || is_known.get(), move || view! {
            <details class="panel" open>
                <summary class="panel__title">"Session"</summary>
                <div class="panel__body">{part(move || Some(body()))}</div>
            </details> }.into_any())}
    }
}
