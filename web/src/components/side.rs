//! The side of a channel: session, people, parameters, board, files.

use leptos::prelude::*;
use pilothouse_shared::MemberKind;

use super::dynamic::{Item, list, memo, part, when};
use super::head::SessionPanel;
use super::icon::Icon;
use super::parameters::Parameters;
use super::requests::Decided;
use super::time::Ago;
use crate::board::Board;

/// Everything about a channel that is not its feed.
#[component]
pub(crate) fn Side() -> impl IntoView {
    view! {
        <Parameters/>
        <Stages/>
        <SessionPanel/>
        <Here/>
        <Files/>
        <Decided/>
    }
}

#[component]
fn Here() -> impl IntoView {
    let board = Board::get();
    let presence = memo(move || board.presence());
    let icon = |kind| {
        if kind == MemberKind::Agent {
            "agent"
        } else {
            "person"
        }
    };
    view! {
        <details class="panel" open>
            <summary class="panel__title">"Here now"</summary>
            <ul class="panel__body members">
                {list(move || presence.get().members.into_iter().map(|member| Item::new(member.member.to_string(), move || view! { <li class="members__one"><Icon name=icon(member.kind)/>{member.name}</li> }.into_any())).collect())}
            </ul>
        </details>
    }
}

#[component]
fn Stages() -> impl IntoView {
    let board = Board::get();
    let stages = memo(move || board.stages());
    let columns = move || {
        stages
            .get()
            .into_iter()
            .map(|(name, items)| view! { <Stage name items/> }.into_any())
            .collect_view()
            .into_any()
    };
    view! {
        {when(move || stages.with(|stages| !stages.is_empty()), move || view! {
            <details class="panel" open>
                <summary class="panel__title">"Board"</summary>
                <div class="panel__body stages">{part(move || Some(columns()))}</div>
            </details> }.into_any())}
    }
}

#[component]
fn Stage(name: String, items: Vec<String>) -> impl IntoView {
    let count = items.len();
    let items = items
        .into_iter()
        .map(|title| view! { <li class="stages__item">{title}</li> }.into_any());
    view! {
        <section class="stages__stage">
            <h3 class="stages__name">{name} " " <span>{count.to_string()}</span></h3>
            <ul>{items.collect_view()}</ul>
        </section>
    }
}

#[component]
fn Files() -> impl IntoView {
    let board = Board::get();
    let files = memo(move || board.files());
    view! {
        {when(move || files.with(|files| !files.is_empty()), move || view! {
            <details class="panel" open>
                <summary class="panel__title">"Files"</summary>
                <ul class="panel__body files">
                    {list(move || files.get().into_iter().map(|file| Item::new(format!("{:?} {:?} {:?}", file.path, file.at, file.touched), move || view! { <li class="files__file">
                            <span class="files__path" title=file.path.clone()><bdi>{file.path.clone()}</bdi></span>
                            <span class="files__access">{file.access} " " {file.touched.clone()}</span>
                            <Ago at=file.at/>
                        </li> }.into_any())).collect())}
                </ul>
            </details> }.into_any())}
    }
}
