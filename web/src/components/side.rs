//! The side of a channel: session, people, parameters, board, files.

use leptos::prelude::*;
use pilothouse_shared::MemberKind;

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
    let presence = Memo::new(move |_| board.presence());
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
                <For each=move || presence.get().members key=|member| member.member.clone() let:member>
                    <li class="members__one"><Icon name=icon(member.kind)/>{member.name}</li>
                </For>
            </ul>
        </details>
    }
}

#[component]
fn Stages() -> impl IntoView {
    let board = Board::get();
    let stages = Memo::new(move |_| board.stages());
    let columns = move || {
        stages
            .get()
            .into_iter()
            .map(|(name, items)| view! { <Stage name items/> })
            .collect_view()
    };
    view! {
        <Show when=move || stages.with(|stages| !stages.is_empty())>
            <details class="panel" open>
                <summary class="panel__title">"Board"</summary>
                <div class="panel__body stages">{columns}</div>
            </details>
        </Show>
    }
}

#[component]
fn Stage(name: String, items: Vec<String>) -> impl IntoView {
    let count = items.len();
    let items = items
        .into_iter()
        .map(|title| view! { <li class="stages__item">{title}</li> });
    view! {
        <section class="stages__stage">
            <h3 class="stages__name">{name} " " <span>{count}</span></h3>
            <ul>{items.collect_view()}</ul>
        </section>
    }
}

#[component]
fn Files() -> impl IntoView {
    let board = Board::get();
    let files = Memo::new(move |_| board.files());
    view! {
        <Show when=move || files.with(|files| !files.is_empty())>
            <details class="panel" open>
                <summary class="panel__title">"Files"</summary>
                <ul class="panel__body files">
                    <For each=move || files.get() key=|file| (file.path.clone(), file.at, file.touched.clone()) let:file>
                        <li class="files__file">
                            <span class="files__path" title=file.path.clone()><bdi>{file.path.clone()}</bdi></span>
                            <span class="files__access">{file.access} " " {file.touched.clone()}</span>
                            <Ago at=file.at/>
                        </li>
                    </For>
                </ul>
            </details>
        </Show>
    }
}
