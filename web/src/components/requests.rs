//! What agents ask people: open requests, and how the last ones ended.

use leptos::prelude::*;
use serde_json::Value;

use super::dynamic::{Held, Item, list, memo, part, press, spawn, text, when};
use super::icon::Icon;
use super::time::Ago;
use crate::board::Board;
use crate::view::age::{clock, rough};
use crate::view::ask::Request;

/// Requests that want an answer, and those that got one a moment ago.
#[component]
pub(crate) fn Requests() -> impl IntoView {
    let board = Board::get();
    let current = memo(move || {
        let now = board.now();
        let mut requests = board.requests();
        requests.retain(|request| request.is_current(now));
        let (mut open, ended): (Vec<_>, Vec<_>) = requests.into_iter().partition(Request::is_open);
        open.extend(ended);
        open
    });
    view! {
        {when(move || current.with(|current| !current.is_empty()), move || view! {
            <section class="requests" aria-label="Requests">
                {list(move || current.get().into_iter().map(|request| Item::new(format!("{:?} {:?}", request.id, request.outcome), move || view! { <Asked request/> }.into_any())).collect())}
            </section> }.into_any())}
    }
}

/// Requests that were answered earlier.
#[component]
pub(crate) fn Decided() -> impl IntoView {
    let board = Board::get();
    let decided = memo(move || {
        let now = board.now();
        let mut requests = board.requests();
        requests.retain(|request| !request.is_current(now));
        requests
    });
    view! {
        {when(move || decided.with(|decided| !decided.is_empty()), move || view! {
            <details class="panel">
                <summary class="panel__title">"Answered requests"</summary>
                <div class="panel__body">
                    {list(move || decided.get().into_iter().map(|request| Item::new(request.id.to_string(), move || view! { <Outcome request/> }.into_any())).collect())}
                </div>
            </details> }.into_any())}
    }
}

#[component]
fn Asked(request: Request) -> AnyView {
    if request.is_open() {
        view! { <Open request/> }.into_any()
    } else {
        view! { <Outcome request/> }.into_any()
    }
}

#[component]
fn Outcome(request: Request) -> impl IntoView {
    view! {
        <div
            class=format!("outcome outcome--{}", request.outcome)
            data-testid="request"
            data-request=request.id.clone()
            data-outcome=request.outcome
        >
            <Icon name=if matches!(request.outcome, "allowed" | "answered") { "check" } else { "cross" }/>
            <span class="outcome__text">
                <strong>{request.ended.clone().unwrap_or_default()}</strong>
                " — " {request.title.clone()} " " <span class="outcome__subject">{request.subject.clone()}</span>
            </span>
            {request.ended_at.map(|at| view! { <Ago at/> }.into_any())}
        </div>
    }
}

#[component]
fn Open(request: Request) -> impl IntoView {
    let board = Board::get();
    let is_sent = Held::new(false);
    let refused = Held::new(None::<String>);
    let id = StoredValue::new(request.id.clone());
    let answer = move |outcome: &'static str, answer: Option<Value>| {
        if is_sent.get_untracked() {
            return;
        }
        is_sent.set(true);
        refused.set(None);
        spawn(async move {
            let answered = board.resolve(id.get_value(), outcome, answer).await;
            if let Err(why) = answered {
                // The card may be gone by now: somebody else was first.
                refused.try_set(Some(why));
                is_sent.try_set(false);
            }
        });
    };
    let (title_id, about_id) = (
        format!("ask-{}", request.id),
        format!("about-{}", request.id),
    );
    let (of_title, of_about) = (title_id.clone(), about_id.clone());
    let choices = match request.options.clone() {
        None => view! { <Permission answer always=request.always.clone() is_sent/> }.into_any(),
        Some(options) => view! { <Question answer options is_sent/> }.into_any(),
    };
    let is_code = request.options.is_none();
    let has_more = request.whole.lines().count() > 1 && request.whole != request.subject;
    view! {
        <div
            class="ask"
            role="alertdialog"
            aria-modal="false"
            aria-labelledby=title_id
            aria-describedby=about_id
            data-testid="request"
            data-request=request.id.clone()
            data-outcome="open"
        >
            <div class="ask__top">
                <Icon name="ask"/>
                <h2 class="ask__title" id=of_title>{request.title.clone()}</h2>
                <Ago at=request.at/>
            </div>
            <p class=if is_code { "ask__subject is-code" } else { "ask__subject" } id=of_about>{request.subject.clone()}</p>
            {has_more.then(|| view! {
                <details class="ask__more">
                    <summary>"All of it"</summary>
                    <pre>{request.whole.clone()}</pre>
                </details>
            }.into_any())}
            <div class="ask__foot">{choices} <Expiry at=request.expires_at/></div>
            {part(move || refused.get().map(|why| view! { <p class="ask__refused" role="alert">{why}</p> }.into_any()))}
        </div>
    }
}

#[component]
fn Permission(
    answer: impl Fn(&'static str, Option<Value>) + Copy + 'static,
    always: Vec<(String, Value)>,
    is_sent: Held<bool>,
) -> impl IntoView {
    let disabled = move || is_sent.get().to_string();
    let rules = always.into_iter().map(move |(words, rule)| {
        view! {
            <button class="button" data-testid="always" aria-disabled=text(disabled) on:click=press(move |_| answer("allowed", Some(rule.clone())))>
                "Always " <code>{words}</code>
            </button>
        }
        .into_any()
    });
    view! {
        <button class="button button--warm" data-testid="allow" aria-disabled=text(disabled) on:click=press(move |_| answer("allowed", None))>
            <Icon name="check"/>
            "Allow"
        </button>
        <button class="button" data-testid="deny" aria-disabled=text(disabled) on:click=press(move |_| answer("denied", None))>
            <Icon name="cross"/>
            "Deny"
        </button>
        {rules.collect_view()}
    }
}

#[component]
fn Question(
    answer: impl Fn(&'static str, Option<Value>) + Copy + 'static,
    options: Vec<String>,
    is_sent: Held<bool>,
) -> impl IntoView {
    let draft = Held::new(String::new());
    let disabled = move || is_sent.get().to_string();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let said = draft.get_untracked().trim().to_owned();
        if !said.is_empty() {
            answer("answered", Some(Value::String(said)));
        }
    };
    let is_free = options.is_empty();
    let buttons = options.into_iter().map(move |option| {
        let said = option.clone();
        view! {
            <button class="button" data-testid="answer" aria-disabled=text(disabled) on:click=press(move |_| answer("answered", Some(Value::String(said.clone()))))>
                {option}
            </button>
        }
        .into_any()
    });
    view! {
        {buttons.collect_view()}
        {is_free.then(|| view! {
            <form class="ask__form" on:submit=submit>
                <input
                    class="ask__input"
                    aria-label="Your answer"
                    data-testid="answer-input"
                    prop:value=text(move || draft.get())
                    on:input=move |event| draft.set(event_target_value(&event))
                />
                <button class="button button--warm" data-testid="answer" aria-disabled=text(disabled)>"Answer"</button>
            </form>
        }.into_any())}
    }
}

#[component]
fn Expiry(at: Option<u64>) -> impl IntoView {
    let board = Board::get();
    at.map(|at| {
        let left = move || {
            let left = at.saturating_sub(board.now());
            match left {
                0 => "expired".to_owned(),
                1..600_000 => format!("expires in {}", clock(left)),
                _ => format!("expires in {}", rough(left)),
            }
        };
        view! { <span class="ask__expiry">{text(left)}</span> }.into_any()
    })
}
