//! What the browser says of the lines that are drawn.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Pixels of what is above the first line.
pub(super) fn lead(node: &HtmlElement) -> Option<f64> {
    let space = node.query_selector(".feed__space").ok().flatten()?;
    let space: HtmlElement = space.dyn_into().ok()?;
    Some(f64::from(space.offset_top() - node.offset_top()))
}

/// Whether the first line that is drawn begins above the view.
pub(super) fn is_filled(node: &HtmlElement) -> bool {
    let top = |node: &Element| node.get_bounding_client_rect().top();
    let first = node.query_selector("[data-row]").ok().flatten();
    first.is_none_or(|first| top(&first) <= top(node))
}

/// The last line that is wholly in view.
pub(super) fn last_in_view(node: &HtmlElement) -> Option<Element> {
    let bottom = node.get_bounding_client_rect().bottom();
    let mut rows = rows_of(node);
    rows.retain(|(_, row)| row.get_bounding_client_rect().bottom() <= bottom + 1.0);
    rows.pop().map(|(_, row)| row)
}

/// The lines that are drawn, by number.
pub(super) fn rows_of(node: &Element) -> Vec<(u64, Element)> {
    let Ok(found) = node.query_selector_all("[data-row]") else {
        return Vec::new();
    };
    let rows =
        (0..found.length()).filter_map(|index| found.item(index)?.dyn_into::<Element>().ok());
    rows.filter_map(|row| Some((row.get_attribute("data-row")?.parse().ok()?, row)))
        .collect()
}
