//! What is said about the tile that is pointed at, and what can be done with it.

use std::rc::Rc;

use pilothouse_shared::{FileEntry, Millis};
use web_sys::KeyboardEvent;

use super::map::{Map, Tip};
use crate::canvas::px;
use crate::dom::{El, el, part};
use crate::page;
use crate::view::age::ago;
use crate::view::files::layout::Kind;
use crate::view::number::counted;
use crate::view::row::verb;

/// The card of the map.
pub(super) fn card(map: &Rc<Map>) -> El {
    let map = Rc::clone(map);
    part(move || map.tip.get().map(|tip| built(&map, &tip)))
}

fn built(map: &Rc<Map>, tip: &Tip) -> El {
    let (left, top) = tip.place;
    let card = el("div", "map__card")
        .test("map-card")
        .style("left", move || px(left))
        .style("top", move || px(top))
        .add(el("p", "map__path").add(el("bdi", "").text(&tip.path)))
        .add(el("p", "map__about").text(&about(map, tip)));
    match tip.is_chosen {
        true => chosen(map, tip, card),
        false => card,
    }
}

fn chosen(map: &Rc<Map>, tip: &Tip, card: El) -> El {
    let (told, closed, escaped) = (Rc::clone(map), Rc::clone(map), Rc::clone(map));
    let path = tip.path.clone();
    let may_steer = map.board.may_steer();
    let point = el("button", "button button--main")
        .test("point-here")
        .press(move || told.point_at(&path))
        .text("Point the agent here");
    let node = point.html();
    page::soon(move || {
        let _ = node.focus();
    });
    card.attr("role", "group")
        .attr("aria-label", &tip.path)
        .on("keydown", move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                escaped.tip.set(None);
            }
        })
        .add(
            el("p", "map__do").add_all(may_steer.then_some(point)).add(
                el("button", "button button--quiet")
                    .press(move || closed.tip.set(None))
                    .text("Close"),
            ),
        )
}

fn about(map: &Map, tip: &Tip) -> String {
    if tip.kind != Kind::File {
        return format!(
            "{}; press to look inside",
            counted(tip.n_files as u64, "file")
        );
    }
    let atlas = map.atlas.borrow();
    let now = map.board.clock();
    atlas
        .files()
        .get(&tip.path)
        .map_or_else(String::new, |file| said(file, now))
}

/// The last access, how long ago, and how many there were.
fn said(file: &FileEntry, now: Millis) -> String {
    let count = |n: u64, one: &str| (n > 0).then(|| counted(n, one));
    let counts = [count(file.n_reads, "read"), count(file.n_writes, "change")];
    let counts: Vec<_> = counts.into_iter().flatten().collect();
    let age = ago(now, file.at);
    [verb(file.access), " ", &age, " · ", &counts.join(", ")].concat()
}
