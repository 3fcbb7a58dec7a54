//! What is read out to those who do not look.

use crate::board::Board;
use crate::dom::{El, el, memo, nothing};
use crate::view::ask::Request;

/// Finished things, politely and in sentences; an open request at once.
pub(crate) fn announcer() -> El {
    let board = Board::get();
    let asked = memo(move || {
        let requests = board.requests();
        let open = requests.iter().find(|request| request.is_open());
        open.map(|open| format!("{}: {}", open.title, open.subject))
    });
    let polite = el("div", "sr-only")
        .attr("role", "log")
        .attr("aria-live", "polite")
        .text_now(move || board.news().unwrap_or_default());
    let urgent = el("div", "sr-only")
        .attr("role", "alert")
        .text_now(move || asked.get().unwrap_or_default());
    nothing().add(polite).add(urgent)
}

/// Requests nobody has answered.
pub(crate) fn n_open(requests: &[Request]) -> usize {
    requests.iter().filter(|request| request.is_open()).count()
}
