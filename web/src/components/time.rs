//! Times that stay right while the page is open.

use leptos::prelude::*;
use pilothouse_shared::Millis;

use super::dynamic::text;
use crate::board::Board;
use crate::clock;
use crate::view::age;

/// How long ago something happened; the day and time on hover or focus.
#[component]
pub(crate) fn Ago(at: Millis) -> impl IntoView {
    let board = Board::get();
    let absolute = clock::absolute(at);
    view! {
        <time class="ago" datetime=clock::machine(at) title=absolute.clone() data-absolute=absolute>
            <span class="ago__relative">{text(move || age::ago(board.now(), at))}</span>
        </time>
    }
}

/// A clock that runs since something began.
#[component]
pub(crate) fn Elapsed(since: Millis) -> impl IntoView {
    let board = Board::get();
    view! {
        <time class="elapsed" datetime=clock::machine(since)>
            {text(move || age::clock(board.now().saturating_sub(since)))}
        </time>
    }
}
