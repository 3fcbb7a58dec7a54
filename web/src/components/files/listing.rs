//! The same files as a list, newest first.

use std::rc::Rc;

use pilothouse_shared::{Access, Millis};
use web_sys::Event;

use super::map::Map;
use crate::components::time::ago;
use crate::dom::{El, Held, Item, el, list, memo, value_of};
use crate::view::files::name;
use crate::view::number::counted;
use crate::view::row::verb;

/// Files listed at most; the filter finds the others.
const LISTED: usize = 150;

/// A file in the list.
#[derive(Clone, PartialEq)]
struct Line {
    path: String,
    access: Access,
    at: Millis,
}

/// The list beside the map.
pub(super) fn listing(map: &Rc<Map>) -> El {
    let filter = Held::new(String::new());
    let shown = Held::new((Vec::<Line>::new(), 0_usize));
    let reading = Rc::clone(map);
    crate::dom::follow(move || {
        reading.listed.track();
        let atlas = reading.atlas.borrow();
        let (found, n_found) = filter.with(|text| atlas.found(text, LISTED));
        let line = |(path, file): (&str, &pilothouse_shared::FileEntry)| Line {
            path: path.to_owned(),
            access: file.access,
            at: file.at,
        };
        shown.set((found.into_iter().map(line).collect(), n_found));
    });
    let pointing = Rc::clone(map);
    let each = move || {
        let item = |line: Line| {
            let map = Rc::clone(&pointing);
            let key = format!("{} {} {}", line.at, name(line.access), line.path);
            Item::new(key, move || one(&map, line))
        };
        shown.get().0.into_iter().map(item).collect()
    };
    let count = memo(move || {
        let (lines, n_found) = shown.get();
        match n_found - lines.len() {
            0 => counted(n_found as u64, "file"),
            _ => format!(
                "the last {} of {}",
                lines.len(),
                counted(n_found as u64, "file")
            ),
        }
    });
    let field = el("input", "map__filter")
        .attr("id", "files-filter")
        .attr("type", "search")
        .attr("placeholder", "Filter files")
        .attr("aria-label", "Filter files")
        .test("files-filter")
        .on("input", move |event: Event| filter.set(value_of(&event)));
    el("div", "map__side")
        .add(field)
        .add(
            el("p", "map__count")
                .attr("role", "status")
                .text_now(move || count.get()),
        )
        .add(
            el("ul", "map__list")
                .attr("aria-label", "Files, the one touched last first")
                .add(list(each)),
        )
}

fn one(map: &Rc<Map>, line: Line) -> El {
    let map = Rc::clone(map);
    let Line { path, access, at } = line;
    let mark = ["map__swatch map__swatch--", name(access)].concat();
    let target = path.clone();
    let point = map.board.may_steer().then(|| {
        el("button", "button button--quiet")
            .test("list-point-here")
            .attr("aria-label", &format!("Point here: {path}"))
            .press(move || map.point_at(&target))
            .text("Point here")
    });
    el("li", "map__file")
        .test("map-file")
        .attr("data-path", &path)
        .add(el("i", &mark))
        .add(
            el("span", "files__path")
                .attr("title", &path)
                .add(el("bdi", "").text(&path)),
        )
        .add(
            el("span", "map__about")
                .text(verb(access))
                .text(" ")
                .add(ago(at)),
        )
        .add_all(point)
}
