//! What became of the hints.

use super::time::ago;
use crate::board::Board;
use crate::dom::{El, Held, Item, Known, el, list, memo, when};
use crate::view::receipt::{Receipt, Stage};

/// Hints shown before one asks for all.
const RECENT: usize = 3;

/// The hints of the channel, newest last, each with its receipt.
pub(crate) fn receipts() -> El {
    let board = Board::get();
    let all = memo(move || board.receipts());
    when(move || all.with(|all| !all.is_empty()), move || shown(all))
}

fn shown(all: Known<Vec<Receipt>>) -> El {
    let is_open = Held::new(false);
    let n_hidden = memo(move || all.with(Vec::len).saturating_sub(RECENT));
    let more = move || {
        el("button", "hints__more")
            .says("aria-expanded", move || is_open.get())
            .press(move || is_open.update(|open| *open = !*open))
            .text_now(move || match is_open.get() {
                true => "Show the last hints only".to_owned(),
                false => format!("{} earlier", n_hidden.get()),
            })
    };
    let each = move || {
        let skip = if is_open.get() { 0 } else { n_hidden.get() };
        all.with(|all| all[skip..].iter().cloned().map(item).collect())
    };
    let lines = el("ul", "hints__list")
        .flag("is-open", move || is_open.get())
        .add(list(each));
    el("div", "hints")
        .add(when(move || n_hidden.get() > 0, more))
        .add(lines)
}

fn item(hint: Receipt) -> Item {
    let key = format!(
        "{:?} {:?} {:?} {:?}",
        hint.id,
        hint.stage.name(),
        hint.at,
        hint.detail
    );
    Item::new(key, move || line(hint))
}

fn line(hint: Receipt) -> El {
    let Receipt {
        id,
        text: said,
        from,
        stage,
        detail,
        at,
        parameter: _,
    } = hint;
    let course = el("span", "hint__course")
        .attr("aria-hidden", "true")
        .add_all((0..4).map(|_| el("i", "")));
    let detail = detail.map(|detail| el("span", "hint__detail").text(&format!(" {detail}")));
    let receipt = el("span", "hint__receipt")
        .add(el("span", "hint__stage").text(stage.title()))
        .add_all(detail);
    let from = el("span", "hint__from")
        .text(&from.unwrap_or_default())
        .text(" ")
        .add_all(at.map(ago));
    el("li", &format!("hint hint--{}", stage.name()))
        .test("hint")
        .attr("data-state", stage.name())
        .attr("data-hint", &id)
        .add(course)
        .add(el("span", "hint__text").attr("title", &said).text(&said))
        .add(receipt)
        .add(from)
        .add_all((stage == Stage::Failed).then(|| actions(id)))
}

fn actions(id: String) -> El {
    let board = Board::get();
    let again = id.clone();
    let button = |label: &str| el("button", "button button--quiet").text(label);
    el("span", "hint__actions")
        .add(button("Retry").press(move || board.resend(&again)))
        .add(button("Discard").press(move || board.discard(&id)))
}
