//! The files that were touched, as a map and as a list.

mod card;
mod listing;
mod map;
mod painter;

use std::rc::Rc;

use pilothouse_shared::Access;
use web_sys::Element;

use super::empty::how_to;
use crate::board::Board;
use crate::canvas::Canvas;
use crate::dom::{El, el, memo, part};
use crate::view::files::name;
use map::Map;
use painter::Painter;

/// Ways to touch a file, in the order of the legend.
const WAYS: [Access; 6] = [
    Access::Read,
    Access::Write,
    Access::Create,
    Access::Delete,
    Access::Search,
    Access::Analyze,
];

/// The files that were touched.
pub(crate) fn files() -> El {
    let board = Board::get();
    let has_any = memo(move || {
        let has_any = board.touched(|files, _, _| !files.is_empty());
        board.is_loaded().then_some(has_any.unwrap_or_default())
    });
    el("section", "map")
        .attr("aria-label", "Files")
        .add(part(move || {
            has_any.get().map(|has_any| match has_any {
                true => shown(),
                false => nothing_yet(board),
            })
        }))
}

fn nothing_yet(board: Board) -> El {
    let channel = board
        .channel()
        .map_or_else(String::new, |id| id.to_string());
    how_to(
        "No file has been touched yet",
        "Agents that are attached say which files they read and change. Anything else can be observed:",
        [(
            "Watch a folder",
            format!("pilothouse observe . --channel {channel}"),
        )],
    )
}

fn shown() -> El {
    let picture = el("canvas", "map__canvas")
        .test("files-map")
        .attr("role", "img")
        .attr("aria-label", "Map of the files; the list has the same");
    let legend = el("ul", "map__legend").attr("aria-label", "Colours of the map");
    let swatches = [WAYS.map(name).as_slice(), &["untouched lately"]].concat();
    let swatches: Vec<_> = swatches.into_iter().map(swatch).collect();
    let colours: Vec<Element> = swatches
        .iter()
        .map(|(mark, _)| mark.html().into())
        .collect();
    let legend = legend.add_all(swatches.into_iter().map(|(_, entry)| entry));
    let Some(canvas) = Canvas::of(&picture) else {
        return legend;
    };
    let room = el("div", "map__room");
    let map = Rc::new(Map::new(Painter::new(canvas, colours), room.html()));
    map.start(&room, &picture);
    let zoomed = Rc::clone(&map);
    let room = room.add(picture).add(card::card(&map));
    let view = el("div", "map__view")
        .add(el("div", "map__top").add(crumbs(&zoomed)).add(legend))
        .add(room);
    el("div", "map__both").add(view).add(listing::listing(&map))
}

/// What a colour stands for, and the mark that has it.
fn swatch(name: &'static str) -> (El, El) {
    let short = name.split(' ').next().unwrap_or_default();
    let mark = el("i", &["map__swatch map__swatch--", short].concat());
    let entry = el("li", "").add(mark.clone()).text(name);
    (mark, entry)
}

/// The folders around what is shown; each leads back to it.
fn crumbs(map: &Rc<Map>) -> El {
    let zoom = map.zoom;
    let crumb = move |label: String, path: String| {
        el("button", "map__crumb button button--quiet")
            .test("map-crumb")
            .press(move || zoom.set(path.clone()))
            .add(el("bdi", "").text(&label))
    };
    let folders = part(move || {
        let path = zoom.get();
        let ends = path.match_indices('/').map(|(at, _)| at + 1);
        let mut from = 0;
        let mut folders = Vec::new();
        for end in ends {
            folders.push(crumb(path[from..end].to_owned(), path[..end].to_owned()));
            from = end;
        }
        Some(crate::dom::nothing().add_all(folders))
    });
    el("nav", "map__crumbs")
        .attr("aria-label", "Shown folder")
        .add(crumb("All files".to_owned(), String::new()))
        .add(folders)
}
