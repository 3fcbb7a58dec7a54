//! Speech as the browser recognises it.
//!
//! Looked up by hand: Safari has the recogniser under its prefixed name only, and what bindings there are
//! name types of events that no browser has any more.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use reactive_graph::owner::{LocalStorage, StoredValue};
use reactive_graph::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Event;

use super::icon::icon;
use crate::dom::{El, Held, el, keep, listen};
use crate::view::voice::{Heard, Stretch, absence, trouble};
use crate::{clock, page};

/// Who holds the button longer than this talks until letting go; a shorter press starts, and the next one
/// stops. In milliseconds.
const HOLD_MS: u64 = 350;

/// A recogniser and what is known of it; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Voice {
    /// One for as long as the composer lives: some browsers ask for the microphone anew for each.
    recogniser: StoredValue<Option<JsValue>, LocalStorage>,
    is_listening: Held<bool>,
    trouble: Held<Option<&'static str>>,
    absence: Option<&'static str>,
}

impl Voice {
    /// A recogniser that tells what it heard so far, each time it heard more.
    pub(crate) fn new(hear: impl Fn(Heard) + 'static) -> Self {
        let window: JsValue = page::window().map(Into::into).unwrap_or_default();
        let known = ["SpeechRecognition", "webkitSpeechRecognition"];
        let mut found = known.iter().map(|name| get(&window, name));
        let constructor = found.find_map(|found| found.dyn_into::<Function>().ok());
        let is_secure = get(&window, "isSecureContext").is_truthy();
        let absence = absence(is_secure, constructor.is_some());
        let made = constructor.filter(|_| absence.is_none());
        let made = made.and_then(|make| Reflect::construct(&make, &Array::new()).ok());
        let voice = Self {
            recogniser: StoredValue::new_local(made.clone()),
            is_listening: Held::new(false),
            trouble: Held::new(None),
            absence,
        };
        if let Some(recogniser) = made {
            voice.set_up(&recogniser, hear);
            keep(Box::new(Abort(recogniser)));
        }
        voice
    }

    fn set_up(self, recogniser: &JsValue, hear: impl Fn(Heard) + 'static) {
        set(recogniser, "continuous", &JsValue::FALSE);
        set(recogniser, "interimResults", &JsValue::TRUE);
        let language = get(&page::window().into(), "navigator");
        set(recogniser, "lang", &get(&language, "language"));
        handle(recogniser, "onresult", move |event| {
            // What comes after it was given up belongs to nobody.
            if self.is_listening.try_get_untracked() == Some(true) {
                hear(Heard::of(&stretches(&event)));
            }
        });
        handle(recogniser, "onerror", move |event| {
            let code = get(&event, "error").as_string().unwrap_or_default();
            self.trouble.try_set(trouble(&code));
        });
        handle(recogniser, "onend", move |_| {
            self.is_listening.try_set(false)
        });
    }

    /// Why there is none here.
    pub(crate) fn absence(self) -> Option<&'static str> {
        self.absence
    }

    /// What went wrong last.
    pub(crate) fn trouble(self) -> Option<&'static str> {
        self.trouble.get()
    }

    /// Whether it listens.
    pub(crate) fn is_listening(self) -> bool {
        self.is_listening.get()
    }

    fn start(self) {
        self.trouble.set(None);
        if self.call("start") {
            self.is_listening.set(true);
        }
    }

    /// Listens no more; what was said is still told.
    fn stop(self) {
        let _ = self.call("stop");
    }

    /// Listens no more, and what was said is forgotten.
    pub(crate) fn give_up(self) {
        if self.is_listening.get_untracked() {
            self.is_listening.set(false);
            let _ = self.call("abort");
        }
    }

    fn toggle(self) {
        match self.is_listening.get_untracked() {
            true => self.stop(),
            false => self.start(),
        }
    }

    fn call(self, method: &str) -> bool {
        let recogniser = self.recogniser.get_value().unwrap_or_default();
        call(&recogniser, method)
    }

    /// The button: hold it with a mouse, or press it by finger or key. `begin` is told before it listens.
    pub(crate) fn button(self, begin: impl Fn() + 'static) -> El {
        let (pressed, begin) = (Rc::new(Cell::new(None::<u64>)), Rc::new(begin));
        let button = el("button", "button button--quiet composer__mic")
            .attr("type", "button")
            .test("mic")
            .attr("aria-label", "Talk")
            .attr(
                "title",
                "Hold and talk, or press to begin and to end. Your browser may send what you say to its maker.",
            )
            .says("aria-pressed", move || self.is_listening.get())
            .flag("is-on", move || self.is_listening.get())
            .add(icon("mic"));
        let (down, began) = (Rc::clone(&pressed), Rc::clone(&begin));
        let button = button.on("pointerdown", move |event: Event| {
            // A finger's first touch does not count as meant yet: its tap does.
            if get(&event, "pointerType").as_string().as_deref() == Some("mouse") {
                down.set(Some(clock::now()));
                began();
                self.toggle();
            }
        });
        if let Some(window) = page::window() {
            let up = Rc::clone(&pressed);
            listen(&window, "pointerup", move |_| {
                let is_held = up.get().is_some_and(|at| clock::now() >= at + HOLD_MS);
                if is_held && self.is_listening.try_get_untracked() == Some(true) {
                    self.stop();
                }
            });
        }
        button.press(move || {
            if pressed.take().is_none() {
                begin();
                self.toggle();
            }
        })
    }
}

/// Stops listening when its owner goes.
struct Abort(JsValue);

impl Drop for Abort {
    fn drop(&mut self) {
        for handler in ["onresult", "onerror", "onend"] {
            set(&self.0, handler, &JsValue::NULL);
        }
        let _ = call(&self.0, "abort");
    }
}

fn handle(target: &JsValue, name: &str, act: impl Fn(JsValue) + 'static) {
    let act = Closure::<dyn Fn(JsValue)>::new(act);
    set(target, name, act.as_ref());
    keep(Box::new(act));
}

fn stretches(event: &JsValue) -> Vec<Stretch> {
    let stretch = |result: JsValue| {
        let best = get(&result, "0");
        Stretch {
            words: get(&best, "transcript").as_string().unwrap_or_default(),
            is_final: get(&result, "isFinal").is_truthy(),
            confidence: get(&best, "confidence").as_f64().unwrap_or_default(),
        }
    };
    Array::from(&get(event, "results"))
        .iter()
        .map(stretch)
        .collect()
}

fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}

fn set(of: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(of, &name.into(), value);
}

fn call(of: &JsValue, method: &str) -> bool {
    let method = get(of, method).dyn_into::<Function>();
    method.is_ok_and(|method| method.call0(of).is_ok())
}
