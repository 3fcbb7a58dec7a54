//! The browser's page: where it came from, whether anybody looks at it, its title.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, HtmlElement, Window};

/// The window; absent only outside a browser.
pub(crate) fn window() -> Option<Window> {
    web_sys::window()
}

/// The document; absent only outside a browser.
pub(crate) fn document() -> Option<Document> {
    window()?.document()
}

/// Whether nobody can see the page now.
pub(crate) fn is_hidden() -> bool {
    document().is_some_and(|document| document.hidden())
}

/// Scheme, host and port, such as `http://127.0.0.1:8420`.
pub(crate) fn origin() -> String {
    window()
        .and_then(|window| window.location().origin().ok())
        .unwrap_or_default()
}

/// Where the relay's socket is: where the page came from.
pub(crate) fn socket_url() -> String {
    // `http` becomes `ws`, `https` becomes `wss`.
    format!("{}/ws", origin().replacen("http", "ws", 1))
}

/// The path, such as `/c/build`.
pub(crate) fn path() -> String {
    window()
        .and_then(|window| window.location().pathname().ok())
        .unwrap_or_default()
}

/// The fragment with its `#`, or nothing.
pub(crate) fn fragment() -> String {
    window()
        .and_then(|window| window.location().hash().ok())
        .unwrap_or_default()
}

/// Another address, without a load.
pub(crate) fn push(path: &str) {
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

/// The text on the tab.
pub(crate) fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// The element with this id.
pub(crate) fn element(id: &str) -> Option<HtmlElement> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Puts a text on the clipboard, where the browser allows it.
pub(crate) fn copy(text: &str) {
    if let Some(window) = window() {
        let _ = window.navigator().clipboard().write_text(text);
    }
}
