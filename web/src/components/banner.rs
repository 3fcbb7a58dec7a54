//! What happened to the link, when it is worth a sentence.

use leptos::prelude::*;

use super::icon::Icon;
use crate::board::Board;
use crate::view::standing::Banner as Said;

/// The link banner; takes no room while all is well.
#[component]
pub(crate) fn Banner() -> impl IntoView {
    let board = Board::get();
    let said = Memo::new(move |_| board.banner());
    // A countdown must not build the button anew under the finger that presses it.
    let kind = Memo::new(move |_| said.with(|said| said.as_ref().map(kind)));
    let text = Memo::new(move |_| said.with(|said| said.as_ref().map(text).unwrap_or_default()));
    let can_retry = Memo::new(move |_| {
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
    move || {
        kind.get().map(|kind| {
            view! {
                <div class=format!("banner banner--{kind}") data-testid="link-banner" data-kind=kind>
                    <Icon name=if kind == "back" { "check" } else { "lost" }/>
                    <p class="banner__text">{text}</p>
                    <Show when=move || kind == "lost" && can_retry.get()>
                        <button class="button" data-testid="retry-now" on:click=move |_| board.retry()>
                            "Retry now"
                        </button>
                    </Show>
                    <Show when=move || kind == "stopped">
                        <button class="button" data-testid="retry-now" on:click=move |_| board.restart()>
                            "Connect again"
                        </button>
                    </Show>
                </div>
            }
        })
    }
}

fn kind(said: &Said) -> &'static str {
    match said {
        Said::Lost { .. } => "lost",
        Said::Stopped(_) => "stopped",
        Said::Back(_) => "back",
    }
}

fn text(said: &Said) -> String {
    match said {
        Said::Lost { text, .. } | Said::Stopped(text) | Said::Back(text) => text.clone(),
    }
}
