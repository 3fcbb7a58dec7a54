//! The time, and times as the browser's language writes them.

use std::cell::RefCell;

use js_sys::{Date, Function, Reflect};
use pilothouse_shared::Millis;
use wasm_bindgen::{JsCast, JsValue};

/// Milliseconds since the Unix epoch, never going back: the wall clock when the page opened, and
/// the monotonic one from there on.
pub(crate) fn now() -> Millis {
    thread_local! {
        static START: f64 = Date::now() - elapsed();
    }
    START.with(|start| start + elapsed()) as Millis
}

/// `2026-11-21T09:14:03.120Z`, for `<time datetime>`.
pub(crate) fn machine(at: Millis) -> String {
    date(at).to_iso_string().into()
}

/// Day and time in full, for people.
pub(crate) fn absolute(at: Millis) -> String {
    thread_local! {
        // Many rows are of the same second, and browsers take their time for this.
        static LAST: RefCell<(Millis, String)> = RefCell::default();
    }
    LAST.with_borrow_mut(|(second, said)| {
        if *second != at / 1_000 {
            *second = at / 1_000;
            *said = date(at)
                .to_locale_string("default", &JsValue::UNDEFINED)
                .into();
        }
        said.clone()
    })
}

/// Hours, minutes and seconds, for people.
pub(crate) fn time_of_day(at: Millis) -> String {
    date(at).to_locale_time_string("default").into()
}

/// Whether it is on the day that it is now.
pub(crate) fn is_today(at: Millis) -> bool {
    date(at).to_date_string() == date(now()).to_date_string()
}

/// The time that a `datetime-local` field says, in the browser's time zone.
pub(crate) fn read(written: &str) -> Option<Millis> {
    let at = Date::parse(written);
    (at >= 0.0).then_some(at as Millis)
}

fn date(at: Millis) -> Date {
    Date::new(&JsValue::from_f64(at as f64))
}

fn elapsed() -> f64 {
    let performance = Reflect::get(&js_sys::global(), &"performance".into()).unwrap_or_default();
    let now = Reflect::get(&performance, &"now".into()).unwrap_or_default();
    let asked = now
        .dyn_ref::<Function>()
        .and_then(|now| now.call0(&performance).ok());
    asked
        .and_then(|elapsed| elapsed.as_f64())
        .unwrap_or_default()
}
