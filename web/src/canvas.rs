//! Drawing: a canvas in device pixels, and the colours that the style gives it.

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};

use crate::dom::El;
use crate::page;

/// A canvas and what draws on it.
pub(crate) struct Canvas {
    pub(crate) node: HtmlCanvasElement,
    pub(crate) pen: CanvasRenderingContext2d,
}

impl Canvas {
    /// What draws on this `canvas` element.
    pub(crate) fn of(element: &El) -> Option<Self> {
        let node: HtmlCanvasElement = element.html().unchecked_into();
        let pen = node.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self { node, pen })
    }

    /// Gives it a size in device pixels, which empties it; it is shown `scale` times smaller.
    pub(crate) fn fit(&self, width: f64, height: f64, scale: f64) {
        self.node.set_width(width as u32);
        self.node.set_height(height as u32);
        let style = self.node.style();
        for (name, pixels) in [("width", width), ("height", height)] {
            let _ = style.set_property(name, &px(pixels / scale));
        }
    }
}

/// Device pixels for each pixel of the style.
pub(crate) fn scale() -> f64 {
    page::window().map_or(1.0, |window| window.device_pixel_ratio())
}

/// A length for a style.
pub(crate) fn px(pixels: f64) -> String {
    crate::view::number::decimal(pixels) + "px"
}

/// What a property of the style comes to, such as `rgb(16, 36, 58)`.
pub(crate) fn styled(element: &Element, property: &str) -> String {
    let style = page::window().and_then(|window| window.get_computed_style(element).ok()?);
    style
        .and_then(|style| style.get_property_value(property).ok())
        .unwrap_or_default()
}

/// Whether people want things to hold still.
pub(crate) fn is_calm() -> bool {
    let query = "(prefers-reduced-motion: reduce)";
    let asked = page::window().and_then(|window| window.match_media(query).ok()?);
    asked.is_some_and(|asked| asked.matches())
}
