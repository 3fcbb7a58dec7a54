//! What agents ask people: open requests, and how the last ones ended.

mod answer;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::icon::icon;
use super::keymap::is_for_page;
use super::side::panel;
use super::time::ago;
use crate::board::Board;
use crate::dom::{El, Held, Item, el, list, memo, part, when};
use crate::prefs;
use crate::view::age::{clock, rough};
use crate::view::ask::Request;

/// Requests that want an answer, and those that got one a moment ago.
pub(crate) fn requests() -> El {
    let board = Board::get();
    let current = memo(move || {
        let now = board.now();
        let mut requests = board.requests();
        requests.retain(|request| request.is_current(now));
        let (mut open, ended): (Vec<_>, Vec<_>) = requests.into_iter().partition(Request::is_open);
        open.extend(ended);
        open
    });
    let each = move || {
        let item = |request: Request| {
            let key = format!("{:?} {:?}", request.id, request.outcome);
            Item::new(key, move || asked(&request))
        };
        current.get().into_iter().map(item).collect()
    };
    when(
        move || current.with(|current| !current.is_empty()),
        move || {
            el("section", "requests")
                .attr("aria-label", "Requests")
                .add(list(each))
        },
    )
}

/// Requests that were answered earlier.
pub(crate) fn decided() -> El {
    let board = Board::get();
    let decided = memo(move || {
        let now = board.now();
        let mut requests = board.requests();
        requests.retain(|request| !request.is_current(now));
        requests
    });
    let each = move || {
        let item = |request: Request| Item::new(request.id.clone(), move || outcome(&request));
        decided.get().into_iter().map(item).collect()
    };
    when(
        move || decided.with(|decided| !decided.is_empty()),
        move || {
            panel(
                "Answered requests",
                false,
                el("div", "panel__body").add(list(each)),
            )
        },
    )
}

fn asked(request: &Request) -> El {
    if request.is_open() {
        open(request)
    } else {
        outcome(request)
    }
}

fn outcome(request: &Request) -> El {
    let is_fine = matches!(request.outcome, "allowed" | "answered");
    let words = el("span", "outcome__text")
        .add(el("strong", "").text(request.ended.as_deref().unwrap_or_default()))
        .text(&format!(" — {} ", request.title))
        .add(el("span", "outcome__subject").text(&request.subject));
    el("div", &format!("outcome outcome--{}", request.outcome))
        .test("request")
        .attr("data-request", &request.id)
        .attr("data-outcome", request.outcome)
        .add(icon(if is_fine { "check" } else { "cross" }))
        .add(words)
        .add_all(request.ended_at.map(ago))
}

fn open(request: &Request) -> El {
    let refused = Held::new(None::<String>);
    let (title_id, about_id) = (
        format!("ask-{}", request.id),
        format!("about-{}", request.id),
    );
    let top = el("div", "ask__top")
        .add(icon("ask"))
        .add(
            el("h2", "ask__title")
                .attr("id", &title_id)
                .text(&request.title),
        )
        .add(ago(request.at));
    let subject = match request.options {
        None => "ask__subject is-code",
        Some(_) => "ask__subject",
    };
    let has_more = request.whole.lines().count() > 1 && request.whole != request.subject;
    let choices = match Board::get().is_past() {
        true => el("span", "ask__then").text("It was open at this moment."),
        false => answer::choices(request, refused),
    };
    let foot = el("div", "ask__foot")
        .add(choices)
        .add_all(request.expires_at.map(expiry));
    let role = if Board::get().is_past() {
        "group"
    } else {
        "alertdialog"
    };
    el("div", "ask")
        .on("keydown", |event: KeyboardEvent| keyed(&event))
        .attr("role", role)
        .attr("aria-modal", "false")
        .attr("aria-labelledby", &title_id)
        .attr("aria-describedby", &about_id)
        .test("request")
        .attr("data-request", &request.id)
        .attr("data-outcome", "open")
        .add(top)
        .add(
            el("p", subject)
                .attr("id", &about_id)
                .text(&request.subject),
        )
        .add_all(has_more.then(|| all_of(&request.whole)))
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

fn all_of(whole: &str) -> El {
    el("details", "ask__more")
        .add(el("summary", "").text("All of it"))
        .add(el("pre", "").text(whole))
}

fn refusal(why: String) -> El {
    el("p", "ask__refused").attr("role", "alert").text(&why)
}

fn expiry(at: u64) -> El {
    let board = Board::get();
    el("span", "ask__expiry").text_now(move || {
        let left = at.saturating_sub(board.now());
        match left {
            0 => "expired".to_owned(),
            1..600_000 => format!("expires in {}", clock(left)),
            _ => format!("expires in {}", rough(left)),
        }
    })
}
