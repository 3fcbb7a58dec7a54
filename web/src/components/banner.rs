//! What happened to the link, when it is worth a sentence.

use super::icon::icon;
use crate::board::Board;
use crate::dom::{El, Known, el, memo, part, when};
use crate::page;
use crate::view::standing::Banner as Said;

/// The link banner; takes no room while all is well.
pub(crate) fn banner() -> El {
    let board = Board::get();
    let said = memo(move || board.banner());
    // A countdown must not build the button anew under the finger that presses it.
    let kind = memo(move || said.with(|said| said.as_ref().map(kind)));
    part(move || kind.get().map(|kind| shown(board, said, kind)))
}

fn shown(board: Board, said: Known<Option<Said>>, kind: &'static str) -> El {
    let sentence = move || said.with(|said| said.as_ref().map(text_of).unwrap_or_default());
    let can_retry = move || said.with(|said| said.as_ref().is_some_and(can_be_hurried));
    el("div", &format!("banner banner--{kind}"))
        .test("link-banner")
        .attr("data-kind", kind)
        .add(icon(match kind {
            "back" => "check",
            "upgraded" => "anchor",
            _ => "lost",
        }))
        .add(el("p", "banner__text").text_now(sentence))
        .add(when(
            move || kind == "lost" && can_retry(),
            move || button("Retry now").press(move || board.retry()),
        ))
        .add(when(
            move || kind == "stopped",
            move || button("Connect again").press(move || board.connect()),
        ))
        .add(when(
            move || kind == "upgraded",
            || button("Load it again").press(page::reload),
        ))
}

fn button(label: &str) -> El {
    el("button", "button").test("retry-now").text(label)
}

fn can_be_hurried(said: &Said) -> bool {
    matches!(said, Said::Lost { can_retry, .. } if *can_retry)
}

fn kind(said: &Said) -> &'static str {
    match said {
        Said::Lost { .. } => "lost",
        Said::Stopped(_) => "stopped",
        Said::Upgraded(_) => "upgraded",
        Said::Back(_) => "back",
    }
}

fn text_of(said: &Said) -> String {
    match said {
        Said::Lost { text, .. } | Said::Stopped(text) | Said::Upgraded(text) | Said::Back(text) => {
            text.clone()
        }
    }
}
