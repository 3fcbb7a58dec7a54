//! The widget's module: what `embed.js` calls.

#[cfg(target_arch = "wasm32")]
use pilothouse_web::widget::Widget;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// A widget on a page; gone when it is freed.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen]
#[derive(Debug)]
pub struct Handle(Widget);

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen]
impl Handle {
    /// Gives a hint to whoever works in the channel.
    pub fn hint(&self, text: &str) {
        self.0.hint(text);
    }

    /// Tries again at once, also after the link stopped.
    pub fn reconnect(&self) {
        self.0.reconnect();
    }
}

/// Draws a widget into an element of a shadow root.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen]
pub fn mount(root: web_sys::HtmlElement, config: &JsValue) -> Option<Handle> {
    Widget::mount(root, config).map(Handle)
}

fn main() {}
