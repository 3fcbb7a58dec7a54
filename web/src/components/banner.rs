//! What happened to the link, when it is worth a sentence.

use leptos::prelude::*;

use super::dynamic::{memo, part, press, text, when};
use super::icon::Icon;
use crate::board::Board;
use crate::view::standing::Banner as Said;

/// The link banner; takes no room while all is well.
#[component]
pub(crate) fn Banner() -> impl IntoView {
    let board = Board::get();
    let said = memo(move || board.banner());
    // A countdown must not build the button anew under the finger that presses it.
    let kind = memo(move || said.with(|said| said.as_ref().map(kind)));
    let said_text = memo(move || said.with(|said| said.as_ref().map(text_of).unwrap_or_default()));
    let can_retry = memo(move || {
        said.with(|said| {
            matches!(
                said,
                Some(Said::Lost {
                    can_retry: true,
                    ..
                })
            )
        })
    });
    part(move || {
        kind.get().map(|kind| {
            view! {
                <div class=format!("banner banner--{kind}") data-testid="link-banner" data-kind=kind>
                    <Icon name=if kind == "back" { "check" } else { "lost" }/>
                    <p class="banner__text">{text(move || said_text.get())}</p>
                    {when(move || kind == "lost" && can_retry.get(), move || view! {
                        <button class="button" data-testid="retry-now" on:click=press(move |_| board.retry())>
                            "Retry now"
                        </button> }.into_any())}
                    {when(move || kind == "stopped", move || view! {
                        <button class="button" data-testid="retry-now" on:click=press(move |_| board.restart())>
                            "Connect again"
                        </button> }.into_any())}
                </div>
            }
            .into_any()
        })
    })
}

fn kind(said: &Said) -> &'static str {
    match said {
        Said::Lost { .. } => "lost",
        Said::Stopped(_) => "stopped",
        Said::Back(_) => "back",
    }
}

fn text_of(said: &Said) -> String {
    match said {
        Said::Lost { text, .. } | Said::Stopped(text) | Said::Back(text) => text.clone(),
    }
}
