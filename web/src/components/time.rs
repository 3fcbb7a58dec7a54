//! Times that stay right while the page is open.

use pilothouse_shared::Millis;

use crate::board::Board;
use crate::clock;
use crate::dom::{El, el};
use crate::view::age;

/// How long ago something happened; the day and time on hover or focus.
pub(crate) fn ago(at: Millis) -> El {
    let board = Board::get();
    let relative = el("span", "ago__relative").text_now(move || age::ago(board.now(), at));
    el("time", "ago")
        .attr("datetime", &clock::machine(at))
        .attr("title", &clock::absolute(at))
        .add(relative)
}

/// A clock that runs since something began.
pub(crate) fn elapsed(since: Millis) -> El {
    let board = Board::get();
    el("time", "elapsed")
        .attr("datetime", &clock::machine(since))
        .text_now(move || age::clock(board.now().saturating_sub(since)))
}
