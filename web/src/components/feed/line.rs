//! One row of the feed.

use std::sync::Arc;

use leptos::prelude::*;

use super::scroll::Scroll;
use crate::components::dynamic::{Held, dynamic, memo, part, press, text};
use crate::components::icon::{Icon, of_kind};
use crate::components::time::{Ago, Elapsed};
use crate::page;
use crate::view::age::took;
use crate::view::detail::details;
use crate::view::row::{Row, Tone};

/// A row; a press opens all there is to know about it.
#[component]
pub(super) fn Line(
    row: Arc<Row>,
    channel: String,
    opened: Held<Vec<u64>>,
    target: Held<Option<String>>,
    scroll: Scroll,
) -> impl IntoView {
    let seq = row.seq;
    let is_open = memo(move || opened.with(|opened| opened.contains(&seq)));
    let toggle = move |_| {
        scroll.stop_following();
        opened.update(|opened| match opened.iter().position(|open| *open == seq) {
            Some(index) => {
                opened.swap_remove(index);
            }
            None => opened.push(seq),
        });
    };
    let aimed = Arc::clone(&row);
    let is_target = move || target.with(|target| target.as_ref().is_some_and(|id| aimed.holds(id)));
    let icon = of_kind(&row.kind, row.is_by_agent());
    let is_fresh = row.is_fresh && row.revision == 0;
    let is_failed = row.tone == Tone::Failed;
    let is_alone = row.text.is_none();
    let inside = Arc::clone(&row);
    view! {
        <li
            class=format!("row row--{}{}", row.tone.name(), if is_fresh { " is-fresh" } else { "" })
            class:is-open=dynamic(move || is_open.get())
            class:is-target=dynamic(is_target)
            data-testid="feed-row"
            data-row=seq.to_string()
            data-seq=seq.to_string()
            data-kind=row.kind.clone()
            data-state=row.state
        >
            <button class="row__head" tabindex="-1" aria-expanded=text(move || is_open.get().to_string()) on:click=press(toggle)>
                <Icon name=icon/>
                <span class="row__title">{row.title.clone()}</span>
                <span class="row__subject">{row.subject.clone()}</span>
                {row.state.map(|state| view! { <span class=format!("chip chip--{state}")>{state}</span> }.into_any())}
                <Span row=Arc::clone(&row)/>
                {(row.at > 0).then(|| view! { <Ago at=row.at/> }.into_any())}
            </button>
            {row.text.clone().map(|text| view! {
                <div class=if is_failed { "row__text is-error" } else { "row__text" } class:is-whole=dynamic(move || is_open.get())>{text}</div>
            }.into_any())}
            {part(move || is_open.get().then(|| view! { <More row=Arc::clone(&inside) channel=channel.clone() is_alone/> }.into_any()))}
        </li>
    }
}

/// How long it took, or a clock while it runs.
#[component]
fn Span(row: Arc<Row>) -> AnyView {
    match (row.tone, row.took) {
        (Tone::Running, _) => view! { <Elapsed since=row.at/> }.into_any(),
        (_, Some(span)) => view! { <span class="row__took">{took(span)}</span> }.into_any(),
        (_, None) => ().into_any(),
    }
}

#[component]
fn More(row: Arc<Row>, channel: String, is_alone: bool) -> impl IntoView {
    let parts = details(&row).into_iter().map(|(name, text)| {
        view! { <h3 class="row__part">{name}</h3><pre class="row__pre">{text}</pre> }.into_any()
    });
    let address = row.id().map(|id| format!("/c/{channel}#e={id}"));
    let by = row.author.as_ref().map(|author| author.name.clone());
    view! {
        <div class=if is_alone { "row__more is-alone" } else { "row__more" }>
            {parts.collect_view()}
            <p class="row__foot">
                {by.map(|by| format!("by {by} · "))} "event " {row.seq.to_string()}
                {address.map(|address| {
                    let link = format!("{}{address}", page::origin());
                    view! {
                        " · " <a href=address>"Link to this event"</a>
                        <button class="button button--quiet" on:click=press(move |_| page::copy(&link))>
                            <Icon name="copy"/>"Copy link"
                        </button>
                    }
                    .into_any()
                })}
            </p>
        </div>
    }
}
