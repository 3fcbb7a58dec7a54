//! What is read out to those who do not look.

use leptos::prelude::*;

use super::dynamic::{memo, text};
use crate::board::Board;
use crate::view::ask::Request;

/// Finished things, politely and in sentences; an open request at once.
#[component]
pub(crate) fn Announcer() -> impl IntoView {
    let board = Board::get();
    let asked = memo(move || {
        let requests = board.requests();
        requests
            .iter()
            .find(|request| request.is_open())
            .map(|open| format!("{}: {}", open.title, open.subject))
    });
    view! {
        <div class="sr-only" role="log" aria-live="polite">{text(move || board.news().unwrap_or_default())}</div>
        <div class="sr-only" role="alert">{text(move || asked.get().unwrap_or_default())}</div>
    }
}

/// Requests nobody has answered.
pub(crate) fn n_open(requests: &[Request]) -> usize {
    requests.iter().filter(|request| request.is_open()).count()
}
