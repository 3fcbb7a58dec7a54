//! Parameters: what people may move while the agent works.

use pilothouse_shared::Hint;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement};

use crate::board::Board;
use crate::dom::{El, Held, Item, Known, el, follow, list, memo, when};
use crate::view::live::Dial;
use crate::view::number::{decimal, quantity};

/// A slider for each declared parameter.
pub(crate) fn parameters() -> El {
    let board = Board::get();
    let dials = memo(move || board.dials());
    let each = move || {
        let item = |dial: Dial| Item::new(declared(&dial), move || slider(&dial, dials));
        dials.get().into_iter().map(item).collect()
    };
    when(
        move || dials.with(|dials| !dials.is_empty()),
        move || super::side::panel("Parameters", true, el("div", "panel__body").add(list(each))),
    )
}

/// A slider is built anew only when its declaration changes, never while it is dragged.
fn declared(dial: &Dial) -> String {
    let parameter = &dial.parameter;
    let [min, max, step] = [parameter.min, parameter.max, parameter.step].map(decimal);
    format!(
        "{} {min} {max} {step} {:?}",
        parameter.name, parameter.label
    )
}

fn slider(dial: &Dial, dials: Known<Vec<Dial>>) -> El {
    let board = Board::get();
    let parameter = &dial.parameter;
    let name = parameter.name.clone();
    let dragged = Held::new(None::<f64>);
    let known = memo(move || {
        let found = |dials: &Vec<Dial>| {
            dials
                .iter()
                .find(|dial| dial.parameter.name == name)
                .map(|dial| dial.value)
        };
        dials.with(found)
    });
    // The relay's word ends a drag: what one moved shows until it has come round.
    follow(move || {
        known.track();
        dragged.set(None);
    });
    let value = move || dragged.get().or(known.get()).unwrap_or_default();
    let unit = parameter.unit.clone();
    let id = format!("parameter-{}", parameter.name);
    let name = parameter.name.clone();
    let give = move |event: Event| {
        if let Some(value) = moved_to(&event) {
            board.give(Hint::parameter(name.clone(), value));
        }
    };
    let input = el("input", "dial__input")
        .attr("id", &id)
        .attr("type", "range")
        .attr("min", &decimal(parameter.min))
        .attr("max", &decimal(parameter.max))
        .attr("step", &decimal(parameter.step))
        .prop("value", move || decimal(value()))
        .on("input", move |event: Event| dragged.set(moved_to(&event)))
        .on("change", give);
    let input = if board.is_past() {
        input.attr("disabled", "")
    } else {
        input
    };
    let shown = el("output", "dial__value")
        .attr("for", &id)
        .text_now(move || quantity(value(), unit.as_deref()));
    el("div", "dial")
        .test("parameter")
        .attr("data-parameter", &parameter.name)
        .add(
            el("label", "dial__label")
                .attr("for", &id)
                .text(&dial.label()),
        )
        .add(shown)
        .add(input)
}

/// Where a slider was moved to.
fn moved_to(event: &Event) -> Option<f64> {
    let slider: HtmlInputElement = event.target()?.unchecked_into();
    Some(slider.value_as_number()).filter(|value| value.is_finite())
}
