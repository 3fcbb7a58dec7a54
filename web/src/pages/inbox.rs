//! Every request of every channel, in one place.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::board::Board;
use crate::components::icon::icon;
use crate::components::requests::item;
use crate::components::tell::offer;
use crate::dom::{El, Item, Known, el, follow, list, listen, memo, when};
use crate::view::ask::{Asked, Inbox, REMEMBERED_FOR_MS};
use crate::view::number::counted;
use crate::{page, prefs};

/// Requests that can be answered.
const OPEN: &str = "[role=alertdialog]";

/// The page of all requests.
pub(crate) fn inbox() -> El {
    let board = Board::get();
    board.entitle("Inbox");
    let asked = memo(move || {
        let since = board.now_untracked().saturating_sub(REMEMBERED_FOR_MS);
        board.asked(since)
    });
    let inbox = memo(move || asked.with(|asked| Inbox::of(asked.clone(), board.now())));
    let n_open = memo(move || inbox.with(|inbox| inbox.open.len()));
    let heading = el("h1", "").attr("tabindex", "-1").text("Inbox");
    keep_focus(n_open, heading.html());
    if let Some(window) = page::window() {
        listen(&window, "keydown", move |event| step(event.unchecked_ref()));
    }
    let sum = move || match n_open.get() {
        0 => String::new(),
        n => format!("{} waiting for you", counted(n as u64, "request")),
    };
    let top = el("div", "overview__top")
        .add(heading)
        .add(el("p", "overview__sum").text_now(sum))
        .add(keys(n_open));
    let open = el("div", "inbox__open").add(list(move || inbox.with(|inbox| items(&inbox.open))));
    el("main", "overview inbox")
        .attr("id", "main")
        .add(top)
        .add(offer(move || asked.with(|asked| !asked.is_empty())))
        .add(when(move || n_open.get() == 0, || nobody(board_is_quiet())))
        .add(open)
        .add(ended(inbox))
}

fn items(asked: &[Asked]) -> Vec<Item> {
    asked.iter().cloned().map(item).collect()
}

fn keys(n_open: Known<usize>) -> El {
    when(
        move || n_open.get() > 1,
        || {
            el("p", "inbox__keys")
                .add(el("kbd", "").text("j"))
                .text(" ")
                .add(el("kbd", "").text("k"))
                .text(" next and previous")
        },
    )
}

/// Whether there is any channel at all.
fn board_is_quiet() -> Known<Option<usize>> {
    let board = Board::get();
    memo(move || board.cards().map(|cards| cards.len()))
}

fn nobody(n_channels: Known<Option<usize>>) -> El {
    let about = move || match n_channels.get() {
        None => "Asking the relay …".to_owned(),
        Some(0) => "No agent has reported yet. What one asks of people will be here.".to_owned(),
        Some(n) => format!(
            "What agents in {} ask of people comes here, the most urgent first.",
            counted(n as u64, "channel")
        ),
    };
    let fleet = el("a", "button").attr("href", "/").text("See the fleet");
    el("section", "nothing")
        .test("inbox-empty")
        .add(icon("inbox"))
        .add(el("h2", "").text("Nobody waits for you"))
        .add(el("p", "").text_now(about))
        .add(fleet)
}

fn ended(inbox: Known<Inbox>) -> El {
    when(
        move || inbox.with(|inbox| !inbox.ended.is_empty()),
        move || {
            let ended = list(move || inbox.with(|inbox| items(&inbox.ended)));
            el("section", "inbox__ended")
                .attr("aria-label", "Answered recently")
                .add(el("h2", "group__title").text("Answered recently"))
                .add(ended)
        },
    )
}

/// Moves the focus to the next request, or the one before.
fn step(event: &KeyboardEvent) {
    let by: isize = match event.key().as_str() {
        "j" | "ArrowDown" => 1,
        "k" | "ArrowUp" => -1,
        _ => return,
    };
    let is_arrow = event.key().len() > 1;
    let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
    let is_on = is_arrow || prefs::are_keys_on();
    let focused = page::focused();
    let here = focused.as_ref().and_then(|at| closest(at, OPEN));
    let is_in = |css: &str| {
        focused
            .as_ref()
            .is_some_and(|at| closest(at, css).is_some())
    };
    // Arrows scroll everywhere but on the requests themselves.
    let is_for_others = is_arrow && (here.is_none() || is_in(".ask__about"));
    if !is_plain || !is_on || is_for_others || is_in("input, textarea, dialog") {
        return;
    }
    let all = page::all(OPEN);
    let at = here.and_then(|here| all.iter().position(|one| *one == here));
    let next = match at {
        None => Some(0),
        Some(at) => at.checked_add_signed(by),
    };
    if let Some(next) = next.and_then(|next| all.get(next)) {
        event.prevent_default();
        page::focus(next);
    }
}

fn closest(element: &Element, css: &str) -> Option<Element> {
    element.closest(css).ok().flatten()
}

/// After an answer the focus goes on to what is to be answered next, and not to the top of the page.
fn keep_focus(n_open: Known<usize>, heading: HtmlElement) {
    let mut n_before = n_open.get_untracked();
    follow(move || {
        let n_now = n_open.get();
        let is_fewer = n_now < std::mem::replace(&mut n_before, n_now);
        let heading = heading.clone();
        if is_fewer {
            page::soon(move || {
                let is_lost = page::has_no_focus();
                if is_lost {
                    let next = page::all(OPEN).into_iter().next();
                    page::focus(&next.unwrap_or_else(|| heading.into()));
                }
            });
        }
    });
}
