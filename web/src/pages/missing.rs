//! An address without a page.

use crate::board::Board;
use crate::dom::{El, el};

/// Says so, and leads back.
pub(crate) fn missing() -> El {
    Board::get().entitle("Not found");
    let hint = el("p", "")
        .text("A channel is at ")
        .add(el("code", "").text("/c/"))
        .text(" and its id.");
    let back = el("a", "button button--main")
        .attr("href", "/")
        .text("All channels");
    el("main", "notice")
        .attr("id", "main")
        .add(el("h1", "").text("No page has this address"))
        .add(hint)
        .add(el("p", "").add(back))
}
