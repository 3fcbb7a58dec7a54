//! A request that wants an answer.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::answer;
use crate::board::Board;
use crate::components::icon::icon;
use crate::components::keymap::is_for_page;
use crate::components::time::ago;
use crate::dom::{El, Held, el, part};
use crate::prefs;
use crate::view::age::{clock, rough};
use crate::view::ask::Asked;
use crate::view::ask::about::{Piece, Run};

pub(super) fn open(asked: &Asked, place: Option<El>, may: bool) -> El {
    let request = &asked.request;
    let refused = Held::new(None::<String>);
    let (title_id, about_id) = (
        format!("ask-{}-{}", asked.channel, request.id),
        format!("about-{}-{}", asked.channel, request.id),
    );
    let is_past = Board::get().is_past();
    let title = el("h2", "ask__title")
        .attr("id", &title_id)
        .attr("dir", "auto")
        .text(&request.title);
    let top = el("div", "ask__top")
        .add(icon("ask"))
        .add(title)
        .add_all(place)
        .add(ago(request.at))
        .add_all(request.expires_at.filter(|_| !is_past).map(expiry));
    let about = el("div", "ask__about")
        .attr("id", &about_id)
        // One can scroll what is long with the keyboard.
        .attr("tabindex", "0")
        .attr("role", "group")
        .attr("aria-label", "What it is about")
        .add_all(request.about.iter().map(piece));
    let (role, foot) = if may {
        ("alertdialog", answer::choices(asked, refused))
    } else {
        let why = match is_past {
            true => "It was open at this moment.",
            false => "You may watch; an approver answers this.",
        };
        ("group", el("p", "ask__then").text(why))
    };
    el("div", "ask")
        .attr("part", "request")
        .on("keydown", |event: KeyboardEvent| keyed(&event))
        .attr("role", role)
        .attr("aria-labelledby", &title_id)
        .attr("aria-describedby", &about_id)
        .attr("tabindex", "-1")
        .test("request")
        .attr("data-request", &request.id)
        .attr("data-outcome", "open")
        .add(top)
        .add(about)
        .add(foot)
        .add(part(move || refused.get().map(refusal)))
}

/// A letter answers the request in which the focus is, unless somebody types.
fn keyed(event: &KeyboardEvent) {
    let card = event.current_target();
    let card = card.and_then(|card| card.dyn_into::<Element>().ok());
    let css = match event.key().as_str() {
        "a" => "[aria-keyshortcuts=a]",
        "d" => "[aria-keyshortcuts=d]",
        _ => return,
    };
    if is_for_page(event)
        && prefs::are_keys_on()
        && let Some(button) = card.and_then(|card| card.query_selector(css).ok()?)
    {
        event.prevent_default();
        button.unchecked_into::<HtmlElement>().click();
    }
}

fn piece(piece: &Piece) -> El {
    match piece {
        Piece::Note(text) => el("p", "ask__note").attr("dir", "auto").text(text),
        Piece::Path(text) => el("p", "ask__path").text(text),
        Piece::Code(text) => el("pre", "ask__code").attr("dir", "ltr").text(text),
        Piece::Diff(runs) => el("pre", "ask__code")
            .attr("dir", "ltr")
            .add_all(runs.iter().map(run)),
    }
}

fn run(run: &Run) -> El {
    el("span", &format!("diff diff--{}", run.mark.name())).text(&run.text)
}

fn refusal(why: String) -> El {
    el("p", "ask__refused").attr("role", "alert").text(&why)
}

fn expiry(at: u64) -> El {
    let board = Board::get();
    let left = move || at.saturating_sub(board.now());
    el("span", "ask__expiry")
        .flag("is-short", move || left() < 60_000)
        .text_now(move || match left() {
            0 => "expired".to_owned(),
            left @ 1..600_000 => format!("expires in {}", clock(left)),
            left => format!("expires in {}", rough(left)),
        })
}
