//! What the browser shows outside the page: notifications, the mark on the tab, the badge of the app. All of
//! it is reached by name, since browsers lack some of it, and where it is missing nothing happens.

use js_sys::{Array, Function, Object, Reflect, encode_uri_component};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use crate::page;
use crate::view::notice::Notice;

/// The favicon with a mark: somebody waits.
const MARKED: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b1826"/><g fill="none" stroke="#f0b04a" stroke-width="2" stroke-linecap="round"><circle cx="16" cy="16" r="7"/><path d="M16 4v24M4 16h24M7.5 7.5l17 17M24.5 7.5l-17 17"/></g><circle cx="23.5" cy="8.5" r="8" fill="#ff5b49" stroke="#0b1826" stroke-width="2"/></svg>"##;

/// What a person allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    /// This browser has no notifications here.
    Missing,
    /// Nobody was asked yet.
    Unasked,
    /// Yes.
    Granted,
    /// No.
    Denied,
}

/// Whether notifications are allowed.
pub(crate) fn permission() -> Permission {
    let said = constructor().and_then(|made| text(&made, "permission"));
    match said.as_deref() {
        None => Permission::Missing,
        Some("granted") => Permission::Granted,
        Some("denied") => Permission::Denied,
        Some(_) => Permission::Unasked,
    }
}

/// Asks for notifications, and says what was answered. Only after a person pressed something.
pub(crate) fn ask(then_do: impl FnOnce(Permission) + 'static) {
    let asked = constructor().and_then(|made| call(&made, "requestPermission", &[]));
    if let Some(asked) = asked {
        then(&asked, move |_| then_do(permission()));
    }
}

/// Shows a notification that leads to an address of this page.
pub(crate) fn tell(notice: &Notice, address: String, go: impl Fn(&str) + 'static) {
    let title = JsValue::from_str(&notice.title);
    let data = object(&[("url", address.as_str().into())]);
    let options = object(&[
        ("body", notice.body.as_str().into()),
        ("tag", notice.tag.as_str().into()),
        ("data", data),
    ]);
    let plainly = move |title: &JsValue, options: &JsValue| {
        let made = constructor()
            .and_then(|made| Reflect::construct(&made, &Array::of2(title, options)).ok());
        if let Some(made) = made {
            let clicked = Closure::once_into_js(move || {
                if let Some(window) = page::window() {
                    let _ = window.focus();
                }
                go(&address);
            });
            let _ = Reflect::set(&made, &"onclick".into(), &clicked);
        }
    };
    // On phones only a service worker may show one.
    let workers = page::window().map(|window| get(&window.navigator(), "serviceWorker"));
    let asked = workers.and_then(|workers| call(&workers, "getRegistration", &[]));
    match asked {
        None => plainly(&title, &options),
        Some(asked) => then(&asked, move |worker| {
            let arguments = [title.clone(), options.clone()];
            if call(&worker, "showNotification", &arguments).is_none() {
                plainly(&title, &options);
            }
        }),
    }
}

/// Marks the tab and the app's icon with how many requests wait.
pub(crate) fn mark(n_waiting: u64) {
    mark_tab(n_waiting > 0);
    if let Some(window) = page::window() {
        let (name, count) = match n_waiting {
            0 => ("clearAppBadge", vec![]),
            n => ("setAppBadge", vec![JsValue::from_f64(n as f64)]),
        };
        if let Some(done) = call(&window.navigator(), name, &count) {
            // A browser may refuse; its word is not an error of ours.
            let ignored = Closure::once_into_js(|_: JsValue| ());
            call(&done, "catch", &[ignored]);
        }
    }
}

fn mark_tab(is_marked: bool) {
    let links = page::all("link[rel~=icon]");
    let Some(link) = links.first() else { return };
    let plain = link.get_attribute("data-plain");
    let address = match (is_marked, plain) {
        (false, None) => return,
        (false, Some(plain)) => plain,
        (true, None) => {
            let plain = link.get_attribute("href").unwrap_or_default();
            let _ = link.set_attribute("data-plain", &plain);
            marked()
        }
        (true, Some(_)) => marked(),
    };
    let _ = link.set_attribute("href", &address);
}

fn marked() -> String {
    let encoded = String::from(encode_uri_component(MARKED));
    format!("data:image/svg+xml,{encoded}")
}

fn constructor() -> Option<Function> {
    get(&js_sys::global(), "Notification").dyn_into().ok()
}

fn get(target: &JsValue, name: &str) -> JsValue {
    Reflect::get(target, &name.into()).unwrap_or_default()
}

fn text(target: &JsValue, name: &str) -> Option<String> {
    get(target, name).as_string()
}

/// Calls a method; nothing when it is missing or refuses.
fn call(target: &JsValue, name: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let method: Function = get(target, name).dyn_into().ok()?;
    Reflect::apply(&method, target, &arguments.iter().collect()).ok()
}

fn then(promise: &JsValue, act: impl FnOnce(JsValue) + 'static) {
    call(promise, "then", &[Closure::once_into_js(act)]);
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}
