//! The head of a turn, and the line that stands for work that is done.

use std::sync::Arc;

use super::scroll::Scroll;
use crate::components::icon::icon;
use crate::components::time::ago;
use crate::dom::{El, el};
use crate::view::age::took;
use crate::view::number::counted;
use crate::view::row::Row;
use crate::view::turn::{Turn, fold_title};

/// What became of what a person said.
pub(super) fn turn_head(turn: &Turn) -> El {
    let failed = failed(turn.n_failed);
    el("li", "turn")
        .test("turn")
        .add(ago(turn.at))
        .add(el("span", "").text(&counted(turn.n_tools, "tool")))
        .add_all(failed)
        .add(el("span", "").text(&took(turn.took)))
}

/// Work that is done, in one line; a press shows its rows.
pub(super) fn fold(rows: &[Arc<Row>], is_open: bool, scroll: Scroll) -> El {
    let (title, n_failed) = fold_title(rows);
    let seqs: Vec<u64> = rows.iter().map(|row| row.seq).collect();
    let head = el("button", "row__head fold__head")
        .attr("tabindex", "-1")
        .attr("aria-expanded", if is_open { "true" } else { "false" })
        .press(move || scroll.toggle_fold(seqs.clone()))
        .add(icon("down"))
        .add(el("span", "row__subject").text(&title))
        .add_all(failed(n_failed))
        .add_all(rows.last().map(|row| ago(row.at)));
    el(
        "li",
        if is_open {
            "row fold is-open"
        } else {
            "row fold"
        },
    )
    .test("fold")
    .add(head)
}

fn failed(n_failed: u64) -> Option<El> {
    (n_failed > 0).then(|| el("span", "chip chip--failed").text(&format!("{n_failed} failed")))
}
