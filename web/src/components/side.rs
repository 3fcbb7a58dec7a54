//! The side of a channel: session, people, parameters, board, files.

use pilothouse_shared::MemberKind;
use pilothouse_shared::limits::MAX_PRESENT_MEMBERS;

use super::chips::Chips;
use super::head::session_panel;
use super::icon::icon;
use super::parameters::parameters;
use super::requests::decided;
use super::time::ago;
use crate::board::Board;
use crate::dom::{El, Item, el, list, memo, nothing, part, when};
use crate::view::head::WarmFile;
use crate::view::live::Someone;

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
    let people = memo(move || board.people());
    let each = move || people.get().into_iter().map(member).collect();
    let n_more = memo(move || {
        let here = board.presence();
        // Beyond the bound of the list they are only counted, and one may be counted twice.
        let is_full = here.members.len() >= MAX_PRESENT_MEMBERS;
        let n_here = here.watchers + here.agents;
        n_here.saturating_sub(here.members.len() as u64) * u64::from(is_full)
    });
    let more = when(
        move || n_more.get() > 0,
        move || el("p", "members__more").text_now(move || format!("and {} more", n_more.get())),
    );
    let list = el("ul", "members").test("members").add(list(each));
    panel(
        "People and agents",
        true,
        el("div", "panel__body").add(list).add(more),
    )
}

fn member(one: Someone) -> Item {
    let symbol = match one.who.kind {
        MemberKind::Agent => "agent",
        _ => "person",
    };
    let (mark, title) = match one.is_here {
        true => ("lamp is-on", "Connected"),
        false => ("lamp", "Joined, not connected"),
    };
    let key = format!("{} {} {}", one.who.member, one.is_here, one.who.name);
    Item::new(key, move || {
        el("li", "members__one")
            .attr("data-here", if one.is_here { "true" } else { "false" })
            .add(
                el("span", mark)
                    .attr("title", title)
                    .add(el("span", "sr-only").text(title)),
            )
            .add(icon(symbol))
            .add(el("bdi", "members__name").text(&one.who.name))
            .add_all(one.is_me.then(|| el("span", "members__me").text("you")))
    })
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
            let may = board.may_steer();
            let key = format!("{:?} {:?} {:?} {may}", file.path, file.at, file.touched);
            Item::new(key, move || line(&file, may))
        };
        files.get().into_iter().map(item).collect()
    };
    when(
        move || files.with(|files| !files.is_empty()),
        move || panel("Files", true, el("ul", "panel__body files").add(list(each))),
    )
}

fn line(file: &WarmFile, may_steer: bool) -> El {
    let chips = Chips::get();
    let name = file.path.clone();
    let shown = el("bdi", "").text(&name);
    let path = match may_steer {
        true => el("button", "files__path")
            .attr("title", &format!("Point the agent at {name}"))
            .test("point-at")
            .press(move || chips.add(&name, None)),
        false => el("span", "files__path").attr("title", &name),
    }
    .add(shown);
    let access = el("span", "files__access").text(&format!("{} {}", file.access, file.touched));
    el("li", "files__file")
        .add(path)
        .add(access)
        .add(ago(file.at))
}
