//! The answers to a request: buttons, rules, words.

use std::rc::Rc;

use serde_json::Value;
use web_sys::Event;

use crate::board::Board;
use crate::components::icon::icon;
use crate::dom::{El, Held, el, nothing, spawn, value_of};
use crate::view::ask::Request;

/// Answers a request, once.
#[derive(Clone)]
struct Answerer {
    board: Board,
    id: Rc<str>,
    is_sent: Held<bool>,
    refused: Held<Option<String>>,
}

impl Answerer {
    fn answer(&self, outcome: &'static str, answer: Option<Value>) {
        let Self {
            board,
            is_sent,
            refused,
            ..
        } = *self;
        if is_sent.get_untracked() {
            return;
        }
        is_sent.set(true);
        refused.set(None);
        let id = self.id.to_string();
        spawn(async move {
            if let Err(why) = board.resolve(id, outcome, answer).await {
                // The card may be gone by now: somebody else was first.
                refused.try_set(Some(why));
                is_sent.try_set(false);
            }
        });
    }

    fn button(&self, class: &str, test: &str, outcome: &'static str, answer: Option<Value>) -> El {
        let this = self.clone();
        self.disabled(el("button", class).test(test))
            .press(move || this.answer(outcome, answer.clone()))
    }

    fn disabled(&self, button: El) -> El {
        let is_sent = self.is_sent;
        button.says("aria-disabled", move || is_sent.get())
    }
}

/// What one can answer; a refusal of the relay goes to `refused`.
pub(super) fn choices(request: &Request, refused: Held<Option<String>>) -> El {
    let answerer = Answerer {
        board: Board::get(),
        id: request.id.as_str().into(),
        is_sent: Held::new(false),
        refused,
    };
    match &request.options {
        None => permission(&answerer, &request.always),
        Some(options) if options.is_empty() => free(answerer),
        Some(options) => nothing().add_all(options.iter().map(|option| {
            let said = Some(Value::String(option.clone()));
            answerer
                .button("button", "answer", "answered", said)
                .text(option)
        })),
    }
}

fn permission(answerer: &Answerer, always: &[(String, Value)]) -> El {
    let rules = always.iter().map(|(words, rule)| {
        answerer
            .button("button", "always", "allowed", Some(rule.clone()))
            .text("Always ")
            .add(el("code", "").text(words))
    });
    let allow = answerer
        .button("button button--warm", "allow", "allowed", None)
        .attr("aria-keyshortcuts", "a")
        .add(icon("check"))
        .text("Allow");
    let deny = answerer
        .button("button", "deny", "denied", None)
        .attr("aria-keyshortcuts", "d")
        .add(icon("cross"))
        .text("Deny");
    nothing().add(allow).add(deny).add_all(rules)
}

fn free(answerer: Answerer) -> El {
    let draft = Held::new(String::new());
    let button = answerer
        .disabled(el("button", "button button--warm"))
        .test("answer")
        .text("Answer");
    let field = el("input", "ask__input")
        .attr("aria-label", "Your answer")
        .test("answer-input")
        .prop("value", move || draft.get())
        .on("input", move |event: Event| draft.set(value_of(&event)));
    el("form", "ask__form")
        .on("submit", move |event: Event| {
            event.prevent_default();
            let said = draft.get_untracked().trim().to_owned();
            if !said.is_empty() {
                answerer.answer("answered", Some(Value::String(said)));
            }
        })
        .add(field)
        .add(button)
}
