//! Listeners that leave when their owner does.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget};

use super::keep;
use crate::page;

struct Listener {
    target: EventTarget,
    name: &'static str,
    act: Closure<dyn FnMut(Event)>,
}

/// Calls `act` at each event of this name, until the current owner goes.
pub(crate) fn listen(target: &EventTarget, name: &'static str, act: impl FnMut(Event) + 'static) {
    attach(target, name, Closure::new(act));
}

/// Calls `act` at each event of the window of this name, until the current owner goes.
pub(crate) fn listen_to_window<E: JsCast>(name: &'static str, mut act: impl FnMut(E) + 'static) {
    if let Some(window) = page::window() {
        attach(
            &window,
            name,
            Closure::new(move |event: Event| act(event.unchecked_into())),
        );
    }
}

fn attach(target: &EventTarget, name: &'static str, act: Closure<dyn FnMut(Event)>) {
    let _ = target.add_event_listener_with_callback(name, act.as_ref().unchecked_ref());
    let target = target.clone();
    keep(Box::new(Listener { target, name, act }));
}

impl Drop for Listener {
    /// Before the closure goes: an element that is taken away while it has the focus still says so.
    fn drop(&mut self) {
        let act = self.act.as_ref().unchecked_ref();
        let _ = self
            .target
            .remove_event_listener_with_callback(self.name, act);
    }
}
