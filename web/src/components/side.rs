//! The side of a channel: session, people, parameters, board, files.

use pilothouse_shared::MemberKind;

use super::chips::Chips;
use super::head::session_panel;
use super::icon::icon;
use super::parameters::parameters;
use super::requests::decided;
use super::time::ago;
use crate::board::Board;
use crate::dom::{El, Item, el, list, memo, nothing, part, when};
use crate::view::head::WarmFile;
use crate::view::live::Present;

/// Everything about a channel that is not its feed.
pub(crate) fn side() -> El {
    nothing()
        .add(parameters())
        .add(stages())
        .add(session_panel())
        .add(here())
        .add(files())
        .add(decided())
}

/// A titled part that folds.
pub(crate) fn panel(title: &str, is_open: bool, body: El) -> El {
    let folded = el("details", "panel")
        .add(el("summary", "panel__title").text(title))
        .add(body);
    if is_open {
        folded.attr("open", "")
    } else {
        folded
    }
}

fn here() -> El {
    let board = Board::get();
    if board.is_past() {
        return nothing();
    }
    let presence = memo(move || board.presence());
    let symbol = |kind| match kind {
        MemberKind::Agent => "agent",
        _ => "person",
    };
    let each = move || {
        let member = |member: Present| {
            Item::new(member.member.to_string(), move || {
                el("li", "members__one")
                    .add(icon(symbol(member.kind)))
                    .text(&member.name)
            })
        };
        presence.get().members.into_iter().map(member).collect()
    };
    panel(
        "Here now",
        true,
        el("ul", "panel__body members").add(list(each)),
    )
}

fn stages() -> El {
    let board = Board::get();
    let stages = memo(move || board.stages());
    let columns = move || Some(nothing().add_all(stages.get().into_iter().map(stage)));
    when(
        move || stages.with(|stages| !stages.is_empty()),
        move || {
            panel(
                "Board",
                true,
                el("div", "panel__body stages").add(part(columns)),
            )
        },
    )
}

fn stage((name, items): (String, Vec<String>)) -> El {
    let head = el("h3", "stages__name")
        .text(&name)
        .text(" ")
        .add(el("span", "").text(&items.len().to_string()));
    let items = items
        .iter()
        .map(|title| el("li", "stages__item").text(title));
    el("section", "stages__stage")
        .add(head)
        .add(el("ul", "").add_all(items))
}

fn files() -> El {
    let board = Board::get();
    let files = memo(move || board.files());
    let each = move || {
        let item = |file: WarmFile| {
            let key = format!("{:?} {:?} {:?}", file.path, file.at, file.touched);
            Item::new(key, move || line(&file))
        };
        files.get().into_iter().map(item).collect()
    };
    when(
        move || files.with(|files| !files.is_empty()),
        move || panel("Files", true, el("ul", "panel__body files").add(list(each))),
    )
}

fn line(file: &WarmFile) -> El {
    let chips = Chips::get();
    let name = file.path.clone();
    let path = el("button", "files__path")
        .attr("title", &format!("Point the agent at {name}"))
        .test("point-at")
        .add(el("bdi", "").text(&name))
        .press(move || chips.add(&name, None));
    let access = el("span", "files__access").text(&format!("{} {}", file.access, file.touched));
    el("li", "files__file")
        .add(path)
        .add(access)
        .add(ago(file.at))
}
