//! What is read out to those who do not look.

use crate::board::Board;
use crate::dom::{El, el};

/// Finished things, politely and in sentences.
pub(crate) fn announcer() -> El {
    let board = Board::get();
    el("div", "sr-only")
        .attr("role", "log")
        .attr("aria-live", "polite")
        .text_now(move || board.news().unwrap_or_default())
}
