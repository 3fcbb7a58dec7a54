//! Where the link stands, in one word.

use crate::board::Board;
use crate::dom::{El, el, memo};
use crate::view::standing;

/// The link badge.
pub(crate) fn link_badge() -> El {
    let board = Board::get();
    let state = memo(move || board.link_state());
    el("span", "badge")
        .attr("role", "status")
        .test("link-badge")
        .attr_now("data-state", move || state.with(standing::name).to_owned())
        .add(el("span", "badge__lamp").attr("aria-hidden", "true"))
        .add(el("span", "sr-only").text("Connection: "))
        .text_now(move || state.with(standing::title))
}
