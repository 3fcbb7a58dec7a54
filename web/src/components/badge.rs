//! Where the link stands, in one word.

use leptos::prelude::*;

use super::dynamic::{memo, text};
use crate::board::Board;
use crate::view::standing;

/// The link badge.
#[component]
pub(crate) fn LinkBadge() -> impl IntoView {
    let board = Board::get();
    let state = memo(move || board.link_state());
    view! {
        <span
            class="badge"
            role="status"
            data-testid="link-badge"
            data-state=text(move || state.with(standing::name))
        >
            <span class="badge__lamp" aria-hidden="true"></span>
            <span class="sr-only">"Connection: "</span>
            {text(move || state.with(standing::title))}
        </span>
    }
}
