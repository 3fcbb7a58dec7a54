//! Parameters: what people may move while the agent works.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use pilothouse_shared::Hint;
use web_sys::Event;

use crate::board::Board;
use crate::dom::{El, Held, Item, Known, el, follow, list, memo, nothing, part, when};
use crate::view::dial::{Control, Dial, Hand};
use crate::view::number::{decimal, quantity};

/// Between two places that are told while a control is dragged, in milliseconds.
const TELL_EVERY_MS: u32 = 100;

/// A control for each declared parameter.
pub(crate) fn parameters() -> El {
    let board = Board::get();
    let dials = memo(move || board.dials());
    let each = move || {
        let item = |dial: Dial| Item::new(declared(&dial), move || control(&dial, dials));
        dials.get().into_iter().map(item).collect()
    };
    when(
        move || dials.with(|dials| !dials.is_empty()),
        move || super::side::panel("Parameters", true, el("div", "panel__body").add(list(each))),
    )
}

/// A control is built anew only when its declaration changes, never while it is moved.
fn declared(dial: &Dial) -> String {
    let parameter = &dial.parameter;
    let [min, max, step] = [parameter.min, parameter.max, parameter.step].map(decimal);
    format!(
        "{} {min} {max} {step} {:?}",
        parameter.name, parameter.label
    )
}

/// A parameter that is moved here.
#[derive(Clone)]
struct Moved {
    board: Board,
    name: Rc<str>,
    hand: Held<Hand>,
    /// When the place of a control that is dragged is told.
    due: Rc<RefCell<Option<Timeout>>>,
}

impl Moved {
    fn hold(&self, at: f64) {
        self.hand
            .update(|hand| hand.drag(at, self.board.now_untracked()));
    }

    fn rest(&self) {
        self.hand
            .update(|hand| hand.rest(self.board.now_untracked()));
    }

    /// Everybody sees it move, though not each place on the way.
    fn drag(&self, to: f64) {
        self.hold(to);
        let mut due = self.due.borrow_mut();
        if due.is_none() {
            let this = self.clone();
            *due = Some(Timeout::new(TELL_EVERY_MS, move || this.tell()));
        }
    }

    fn tell(&self) {
        self.due.borrow_mut().take();
        if let Some(hand) = self.hand.try_get_untracked() {
            let to = hand.shown(0.0, self.board.now_untracked());
            self.board.show_parameter(&self.name, to);
        }
    }

    fn drop_at(&self, at: f64) {
        self.due.borrow_mut().take();
        self.hand
            .update(|hand| hand.drop_at(at, self.board.now_untracked()));
        self.board.show_parameter(&self.name, at);
        self.board.give(Hint::parameter(&*self.name, at));
    }
}

fn control(dial: &Dial, dials: Known<Vec<Dial>>) -> El {
    let board = Board::get();
    let parameter = &dial.parameter;
    let name = parameter.name.clone();
    let known = memo(move || {
        let found = |dials: &Vec<Dial>| {
            let mut dials = dials.iter();
            let found = dials.find(|dial| dial.parameter.name == name);
            found.map(|dial| dial.value)
        };
        dials.with(found)
    });
    let moved = Moved {
        board,
        name: parameter.name.as_str().into(),
        hand: Held::new(Hand::default()),
        due: Rc::default(),
    };
    let hand = moved.hand;
    follow(move || {
        let mut heard = hand.get_untracked();
        if known.get().is_some_and(|known| heard.hear(known)) {
            hand.set(heard);
        }
    });
    let kind = dial.control();
    let id = format!("parameter-{}", parameter.name);
    // Changes only when it differs: a number that somebody writes must not be written over each second.
    let value = memo(move || {
        hand.get()
            .shown(known.get().unwrap_or_default(), board.now())
    });
    let unit = parameter.unit.clone();
    let shown = el("output", "dial__value")
        .attr("for", &id)
        .text_now(move || match (kind, value.get()) {
            (Control::Switch, 0.0) => "off".to_owned(),
            (Control::Switch, _) => "on".to_owned(),
            (_, value) => quantity(value, unit.as_deref()),
        });
    el("div", "dial")
        .test("parameter")
        .attr("data-parameter", &parameter.name)
        .add(
            el("label", "dial__label")
                .attr("for", &id)
                .text(&dial.label()),
        )
        .add(shown)
        .add(input(dial, kind, &moved, value).attr("id", &id))
        .add(receipt(parameter.name.clone()))
}

fn input(dial: &Dial, kind: Control, moved: &Moved, value: Known<f64>) -> El {
    let (dragged, dropped, rested) = (moved.clone(), moved.clone(), moved.clone());
    if kind == Control::Switch {
        return usable(el("input", "dial__switch"), moved)
            .attr("type", "checkbox")
            .attr("role", "switch")
            .prop("checked", move || value.get() != 0.0)
            .on("change", move |event: Event| {
                dropped.drop_at(f64::from(is_checked(&event)));
            });
    }
    let parameter = &dial.parameter;
    let input = usable(el("input", "dial__input"), moved);
    let input = match kind {
        Control::Slider => input
            .attr("type", "range")
            .attr("min", &decimal(parameter.min))
            .attr("max", &decimal(parameter.max))
            .attr("step", &decimal(parameter.step))
            .on("input", move |event: Event| {
                let _ = moved_to(&event).map(|to| dragged.drag(to));
            })
            .on("pointerup", move |_: Event| rested.rest()),
        _ => input
            .attr("type", "number")
            .attr("step", "any")
            .attr("inputmode", "decimal")
            .on("input", move |event: Event| {
                let _ = moved_to(&event).map(|at| dragged.hold(at));
            })
            .on("blur", move |_: Event| rested.rest()),
    };
    // After its bounds: a range takes no value outside them, and has others before they are said.
    input
        .prop("value", move || decimal(value.get()))
        .on("change", move |event: Event| {
            let _ = moved_to(&event).map(|at| dropped.drop_at(at));
        })
}

/// At a past moment there is nothing to move, and who only watches moves nothing.
fn usable(input: El, moved: &Moved) -> El {
    let board = moved.board;
    input.prop("disabled", move || !board.may_steer())
}

/// How far the last hint that moved it has come.
fn receipt(name: String) -> El {
    let board = Board::get();
    let last = memo(move || {
        let mut receipts = board.receipts().into_iter().rev();
        let last = receipts.find(|receipt| receipt.parameter.as_deref() == Some(&*name))?;
        Some((last.stage.name(), last.stage.title(), last.detail))
    });
    part(move || {
        let (stage, title, detail) = last.get()?;
        let detail = detail.map(|detail| nothing().text(" ").text(&detail));
        let receipt = el("p", &format!("dial__receipt hint--{stage}"))
            .test("parameter-receipt")
            .attr("data-state", stage)
            .add(el("span", "hint__stage").text(title))
            .add_all(detail);
        Some(receipt)
    })
}

/// Where a control was moved to.
fn moved_to(event: &Event) -> Option<f64> {
    let control: web_sys::HtmlInputElement = wasm_bindgen::JsCast::unchecked_into(event.target()?);
    Some(control.value_as_number()).filter(|value| value.is_finite())
}

fn is_checked(event: &Event) -> bool {
    let control = event
        .target()
        .map(wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlInputElement>);
    control.is_some_and(|control| control.checked())
}
