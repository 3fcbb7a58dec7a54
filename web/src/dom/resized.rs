//! Elements that change their size.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::ResizeObserver;

use super::{El, keep};

struct Watching {
    observer: ResizeObserver,
    _act: Closure<dyn FnMut()>,
}

/// Calls `act` when an element is first laid out and whenever its size changes, until the current owner goes.
pub(crate) fn on_resize(element: &El, act: impl FnMut() + 'static) {
    let act = Closure::<dyn FnMut()>::new(act);
    if let Ok(observer) = ResizeObserver::new(act.as_ref().unchecked_ref()) {
        observer.observe(&element.html());
        keep(Box::new(Watching {
            observer,
            _act: act,
        }));
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
