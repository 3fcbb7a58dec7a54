//! Parameters: what people may move while the agent works.

use leptos::prelude::*;
use pilothouse_shared::Hint;
use web_sys::{Event, HtmlInputElement};

use super::dynamic::{Held, Item, Known, effect, list, memo, text, when};
use crate::board::Board;
use crate::view::live::Dial;
use crate::view::number::{decimal, quantity};

/// A slider for each declared parameter.
#[component]
pub(crate) fn Parameters() -> impl IntoView {
    let board = Board::get();
    let dials = memo(move || board.dials());
    view! {
        {when(move || dials.with(|dials| !dials.is_empty()), move || view! {
            <details class="panel" open>
                <summary class="panel__title">"Parameters"</summary>
                <div class="panel__body">
                    {list(move || dials.get().into_iter().map(|dial| Item::new(declared(&dial), move || view! { <Slider dial dials/> }.into_any())).collect())}
                </div>
            </details> }.into_any())}
    }
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

#[component]
fn Slider(dial: Dial, dials: Known<Vec<Dial>>) -> impl IntoView {
    let board = Board::get();
    let name = StoredValue::new(dial.parameter.name.clone());
    let dragged = Held::new(None::<f64>);
    let known = memo(move || {
        let is_this = |dial: &&Dial| name.with_value(|name| dial.parameter.name == *name);
        dials.with(|dials| dials.iter().find(is_this).map(|dial| dial.value))
    });
    // The relay's word ends a drag: what one moved shows until it has come round.
    effect(move || {
        known.track();
        dragged.set(None);
    });
    let value = move || dragged.get().or(known.get()).unwrap_or_default();
    let unit = dial.parameter.unit.clone();
    let id = format!("parameter-{}", dial.parameter.name);
    let give = move |event| {
        if let Some(value) = value_of(&event) {
            board.give(Hint::parameter(name.get_value(), value));
        }
    };
    view! {
        <div class="dial" data-testid="parameter" data-parameter=dial.parameter.name.clone()>
            <label class="dial__label" for=id.clone()>{dial.label()}</label>
            <output class="dial__value" for=id.clone()>{text(move || quantity(value(), unit.as_deref()))}</output>
            <input
                id=id
                class="dial__input"
                type="range"
                min=decimal(dial.parameter.min)
                max=decimal(dial.parameter.max)
                step=decimal(dial.parameter.step)
                prop:value=text(move || decimal(value()))
                on:input=move |event| dragged.set(value_of(&event))
                on:change=give
            />
        </div>
    }
}

/// Where a slider was moved to.
fn value_of(event: &Event) -> Option<f64> {
    let slider = event_target::<HtmlInputElement>(event);
    Some(slider.value_as_number()).filter(|value| value.is_finite())
}
