//! The answers to a request: buttons, rules, words, another input.

use std::rc::Rc;

use pilothouse_shared::ChannelId;
use serde_json::Value;
use web_sys::Event;

use crate::board::Board;
use crate::components::icon::icon;
use crate::dom::{El, Held, el, part, spawn, value_of};
use crate::page;
use crate::view::ask::Asked;
use crate::view::ask::answer::{self, Answer};

/// Answers a request, once.
#[derive(Clone)]
struct Answerer {
    board: Board,
    place: Rc<(ChannelId, String)>,
    is_sent: Held<bool>,
    refused: Held<Option<String>>,
}

/// What is open below the buttons.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    None,
    Edit,
    Reason,
}

impl Answerer {
    fn answer(&self, answer: &Answer) {
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
        let (place, body) = (Rc::clone(&self.place), answer.body());
        spawn(async move {
            let (channel, request) = &*place;
            if let Err(why) = board.resolve(channel, request, &body).await {
                // The card may be gone by now: somebody else was first.
                refused.try_set(Some(why));
                is_sent.try_set(false);
            }
        });
    }

    fn button(&self, class: &str, test: &str, answer: Answer) -> El {
        let this = self.clone();
        self.disabled(el("button", class).attr("type", "button").test(test))
            .press(move || this.answer(&answer))
    }

    fn disabled(&self, button: El) -> El {
        let is_sent = self.is_sent;
        button.says("aria-disabled", move || is_sent.get())
    }

    /// A field and a button that sends what `make` makes of it, or says what is wrong with it.
    fn form(
        &self,
        field: El,
        draft: Held<String>,
        button: El,
        make: impl Fn(&str) -> Result<Answer, &'static str> + 'static,
    ) -> El {
        let this = self.clone();
        let field = field
            .prop("value", move || draft.get())
            .on("input", move |event: Event| draft.set(value_of(&event)));
        el("form", "ask__form")
            .on("submit", move |event: Event| {
                event.prevent_default();
                match make(draft.get_untracked().trim()) {
                    Ok(answer) => this.answer(&answer),
                    Err(why) => this.refused.set(Some(why.to_owned())),
                }
            })
            .add(field)
            .add(self.disabled(button))
    }
}

/// What one can answer; a refusal of the relay goes to `refused`.
pub(super) fn choices(asked: &Asked, refused: Held<Option<String>>) -> El {
    let request = &asked.request;
    let answerer = Answerer {
        board: Board::get(),
        place: Rc::new((asked.channel.clone(), request.id.clone())),
        is_sent: Held::new(false),
        refused,
    };
    let foot = el("div", "ask__foot");
    match &request.options {
        None => permission(&answerer, asked, foot),
        Some(options) if options.is_empty() => foot.add(free(&answerer)),
        Some(options) => {
            let option = |option: &String| {
                let said = Answer::Say(option.clone());
                answerer.button("button", "answer", said).text(option)
            };
            foot.add_all(options.iter().map(option))
        }
    }
}

fn permission(answerer: &Answerer, asked: &Asked, foot: El) -> El {
    let form = Held::new(Form::None);
    let rules = asked.request.always.iter().map(|(words, rule)| {
        answerer
            .button("button", "always", Answer::AllowAlways(rule.clone()))
            .text("Always ")
            .add(el("code", "").text(words))
    });
    let allow = answerer
        .button("button button--warm", "allow", Answer::Allow)
        .attr("aria-keyshortcuts", "a")
        .add(icon("check"))
        .text("Allow");
    let deny = answerer
        .button("button", "deny", Answer::Deny(None))
        .attr("aria-keyshortcuts", "d")
        .add(icon("cross"))
        .text("Deny");
    let opens = |which: Form, test: &str, words: &str| {
        el("button", "button button--quiet")
            .test(test)
            .says("aria-expanded", move || form.get() == which)
            .press(move || {
                let is_open = form.get_untracked() == which;
                form.set(if is_open { Form::None } else { which });
            })
            .text(words)
    };
    let foot = foot
        .add(allow)
        .add(deny)
        .add_all(rules)
        .add(opens(Form::Edit, "edit", "Edit first …"))
        .add(opens(Form::Reason, "reason", "Say why not …"));
    let (answerer, input) = (answerer.clone(), asked.request.input.clone());
    el("div", "").add(foot).add(part(move || match form.get() {
        Form::None => None,
        Form::Edit => Some(focused(edit(&answerer, input.clone()))),
        Form::Reason => Some(focused(reason(&answerer))),
    }))
}

fn edit(answerer: &Answerer, input: Value) -> El {
    let draft = answer::draft(&input);
    let n_rows = draft.lines().count().clamp(2, 12);
    let field = el("textarea", "ask__input ask__input--code")
        .attr("aria-label", "What to use instead")
        .attr("rows", &n_rows.to_string())
        .attr("spellcheck", "false")
        .attr("autocapitalize", "off")
        .attr("dir", "ltr")
        .test("edit-input");
    let button = el("button", "button button--warm")
        .test("allow-edited")
        .text("Allow this instead");
    answerer.form(field, Held::new(draft), button, move |text| {
        answer::edited(&input, text).map(Answer::AllowChanged)
    })
}

fn reason(answerer: &Answerer) -> El {
    let field = el("input", "ask__input")
        .attr("aria-label", "What the agent is told")
        .attr("placeholder", "What should it do instead?")
        .attr("dir", "auto")
        .test("reason-input");
    let button = el("button", "button")
        .test("deny-why")
        .text("Deny and say so");
    answerer.form(field, Held::new(String::new()), button, |why| {
        Ok(Answer::Deny((!why.is_empty()).then(|| why.to_owned())))
    })
}

fn free(answerer: &Answerer) -> El {
    let field = el("input", "ask__input")
        .attr("aria-label", "Your answer")
        .attr("dir", "auto")
        .test("answer-input");
    let button = el("button", "button button--warm")
        .test("answer")
        .text("Answer");
    answerer.form(field, Held::new(String::new()), button, |said| {
        match said.is_empty() {
            true => Err("Say something first."),
            false => Ok(Answer::Say(said.to_owned())),
        }
    })
}

/// Moves the focus into the form, once it is on the page.
fn focused(form: El) -> El {
    let field = form.html();
    page::soon(move || {
        if let Ok(Some(field)) = field.query_selector("input, textarea") {
            page::focus(&field);
        }
    });
    form
}
