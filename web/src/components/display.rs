//! The terminals that a channel streams.

mod keyboard;
mod mirror;
mod painter;
mod terminal;

use web_sys::Event;

use super::empty::how_to;
use crate::board::Board;
use crate::dom::{El, Held, Known, el, follow, memo, part, value_of, when};

/// The terminals that a channel streams, one at a time.
pub(crate) fn displays() -> El {
    let board = Board::get();
    let names = memo(move || board.displays());
    let chosen = Held::new(None::<String>);
    // One that is cleared stays chosen: it may come back, and says until then that it was cleared.
    follow(move || {
        if let (None, Some(first)) = (chosen.get_untracked(), names.get().into_iter().next()) {
            chosen.set(Some(first));
        }
    });
    let shown = memo(move || chosen.get());
    el("section", "display")
        .attr("aria-label", "Display")
        .add(part(move || {
            Some(match shown.get() {
                Some(name) => terminal::terminal(name, || chooser(names, chosen)),
                None => nothing_yet(board),
            })
        }))
}

fn nothing_yet(board: Board) -> El {
    when(
        move || board.is_loaded() || board.ended().is_some(),
        move || {
            let channel = board
                .channel()
                .map_or_else(String::new, |id| id.to_string());
            how_to(
                "No terminal is shown here yet",
                "Any command can be: it runs in your terminal as ever, and its screen is here.",
                [
                    (
                        "Show a command",
                        format!("pilothouse run --channel {channel} --colour -- CMD"),
                    ),
                    (
                        "Let people type into it, too",
                        format!("pilothouse run --channel {channel} --colour --input -- bash"),
                    ),
                ],
            )
        },
    )
}

/// Which of several displays is shown.
fn chooser(names: Known<Vec<String>>, chosen: Held<Option<String>>) -> El {
    let option = move |name: String| {
        let is_chosen = chosen.get_untracked().as_ref() == Some(&name);
        let option = el("option", "").attr("value", &name).text(&name);
        match is_chosen {
            true => option.attr("selected", ""),
            false => option,
        }
    };
    let choose = move |event: Event| chosen.set(Some(value_of(&event)));
    part(move || {
        let mut names = names.get();
        let current = chosen.get_untracked()?;
        if !names.contains(&current) {
            names.insert(0, current);
        }
        Some(match names.len() {
            1 => el("h2", "display__name").add(el("bdi", "").text(&names[0])),
            _ => el("select", "display__choice")
                .attr("aria-label", "Display")
                .test("display-choice")
                .add_all(names.into_iter().map(option))
                .on("change", choose),
        })
    })
}
