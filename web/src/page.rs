//! The browser's page: where it came from, whether anybody looks at it, its title.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Document, Element, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition, Window,
};

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

/// Where the socket of a relay is.
pub(crate) fn socket_url(relay: &str) -> String {
    // `http` becomes `ws`, `https` becomes `wss`.
    format!("{}/ws", relay.replacen("http", "ws", 1))
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

/// Another address in the place of this one, without a load.
pub(crate) fn replace(path: &str) {
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

/// Loads the page again.
pub(crate) fn reload() {
    if let Some(window) = window() {
        let _ = window.location().reload();
    }
}

/// The text on the tab.
pub(crate) fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Sets an attribute of the whole page.
pub(crate) fn mark(name: &str, value: &str) {
    let root = document().and_then(|document| document.document_element());
    if let Some(root) = root {
        let _ = root.set_attribute(name, value);
    }
}

/// The element with this id.
pub(crate) fn element(id: &str) -> Option<HtmlElement> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// The first element that matches.
pub(crate) fn find(css: &str) -> Option<HtmlElement> {
    document()?.query_selector(css).ok()??.dyn_into().ok()
}

/// Presses the first control that matches, or puts the focus there when one can write in it.
pub(crate) fn press(css: &str) {
    let Some(control) = find(css) else { return };
    if control.matches("input, textarea").unwrap_or_default() {
        let _ = control.focus();
    } else {
        control.click();
    }
}

/// Whether the focus is nowhere: on what is gone, or on the page as a whole.
pub(crate) fn has_no_focus() -> bool {
    let focused = document().and_then(|document| document.active_element());
    focused.is_none_or(|focused| focused.tag_name() == "BODY")
}

/// Scrolls what is around an element so far that it can be seen.
pub(crate) fn scroll_near(element: &HtmlElement) {
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// The whole address.
pub(crate) fn address() -> String {
    window()
        .and_then(|window| window.location().href().ok())
        .unwrap_or_default()
}

/// The port it came from.
pub(crate) fn port() -> String {
    window()
        .and_then(|window| window.location().port().ok())
        .unwrap_or_default()
}

/// Lets the browser load an address: a file that is to be saved.
pub(crate) fn load(address: &str) {
    if let Some(window) = window() {
        let _ = window.location().assign(address);
    }
}

/// The element that has the focus.
pub(crate) fn focused() -> Option<Element> {
    document()?.active_element()
}

/// Gives an element the focus.
pub(crate) fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// Every element that matches, in the order of the page.
pub(crate) fn all(css: &str) -> Vec<Element> {
    let found = document().and_then(|document| document.query_selector_all(css).ok());
    let found = found.into_iter().flat_map(|found| {
        (0..found.length()).filter_map(move |index| found.get(index)?.dyn_into().ok())
    });
    found.collect()
}

/// Does something when what is drawn now is on the page.
pub(crate) fn soon(act: impl FnOnce() + 'static) {
    let act = Closure::once_into_js(act);
    if let Some(window) = window() {
        let _ = window.request_animation_frame(act.unchecked_ref());
    }
}

/// Puts a text on the clipboard, and says whether it is there: browsers may refuse, and have no clipboard at
/// all where the address is not secure, such as http:// on another machine.
pub(crate) async fn copy(text: String) -> bool {
    let Some(window) = window().filter(Window::is_secure_context) else {
        return false;
    };
    let written = window.navigator().clipboard().write_text(&text);
    JsFuture::from(written).await.is_ok()
}

/// Writes panics to the console, in builds that keep what they say.
pub(crate) fn explain_panics() {
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&JsValue::from_str(&info.to_string()));
    }));
}
