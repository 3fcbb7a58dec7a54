//! The bar on top of every page.

use super::badge::link_badge;
use super::icon::icon;
use super::palette::{Palette, palette_button};
use crate::board::Board;
use crate::dom::{El, el};

/// Who we are, who you are, and whether the relay is there.
pub(crate) fn bar(palette: Palette) -> El {
    let brand = el("a", "bar__brand")
        .attr("href", "/")
        .add(icon("helm"))
        .text("Pilothouse");
    let you = el("span", "bar__you")
        .attr("title", "What others see of you")
        .add(icon("person"))
        .add(el("span", "sr-only").text("You are "))
        .text(&Board::get().identity().name);
    el("header", "bar")
        .add(brand)
        .add(palette_button(palette))
        .add(you)
        .add(link_badge())
}
