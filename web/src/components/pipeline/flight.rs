//! Items that fly from where they were to where they are.

use std::collections::BTreeMap;

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

use crate::canvas::{is_calm, px};
use crate::page;

/// Items that fly at once; more would be a storm nobody can follow.
const MAX_FLYING: usize = 12;

/// How long a flight takes, in milliseconds.
const FLIGHT_MS: f64 = 420.0;

/// Where each item is, by its id.
pub(super) type Places = BTreeMap<String, (f64, f64)>;

/// Where the items on a board are now.
pub(super) fn places(board: &HtmlElement) -> Places {
    let place = |card: Element| {
        let rect = card.get_bounding_client_rect();
        Some((card.get_attribute("data-item")?, (rect.x(), rect.y())))
    };
    cards(board).into_iter().filter_map(place).collect()
}

/// Lets those that are elsewhere in the next picture fly there.
pub(super) fn fly_from(board: &HtmlElement, before: Places) {
    if before.is_empty() || is_calm() {
        return;
    }
    let board = board.clone();
    page::soon(move || {
        let mut n_flying = 0;
        for card in cards(&board) {
            let item = card.get_attribute("data-item").unwrap_or_default();
            let rect = card.get_bounding_client_rect();
            let Some((x, y)) = before.get(&item) else {
                continue;
            };
            let (dx, dy) = (x - rect.x(), y - rect.y());
            if dx.abs() + dy.abs() > 1.0 && n_flying < MAX_FLYING {
                n_flying += 1;
                let _ = fly(&card, dx, dy);
            }
        }
    });
}

/// An animation of the browser, which needs no frame of ours.
fn fly(card: &Element, dx: f64, dy: f64) -> Result<(), JsValue> {
    let (from, to, timing) = (Object::new(), Object::new(), Object::new());
    let start = ["translate(", &px(dx), ",", &px(dy), ")"].concat();
    Reflect::set(&from, &"transform".into(), &start.into())?;
    Reflect::set(&to, &"transform".into(), &"none".into())?;
    Reflect::set(&timing, &"duration".into(), &FLIGHT_MS.into())?;
    Reflect::set(
        &timing,
        &"easing".into(),
        &"cubic-bezier(0.2, 0.7, 0.2, 1)".into(),
    )?;
    let animate: Function = Reflect::get(card, &"animate".into())?.dyn_into()?;
    animate.call2(card, &Array::of2(&from, &to), &timing)?;
    Ok(())
}

fn cards(board: &HtmlElement) -> Vec<Element> {
    let Ok(found) = board.query_selector_all("[data-item]") else {
        return Vec::new();
    };
    let card = |index| found.item(index)?.dyn_into().ok();
    (0..found.length()).filter_map(card).collect()
}
