//! The icons, inside the widget's own root: a symbol is found in the tree it is used in.

use crate::dom::{El, svg};

/// The sprite of the dashboard's page.
const SPRITE: &str = include_str!("../../icons.svg");

/// The sprite, built and not parsed by the browser: a page may forbid that.
pub(super) fn sprite() -> El {
    let mut sprite = svg("svg")
        .attr("class", "sprite")
        .attr("aria-hidden", "true");
    let mut symbol = None;
    for tag in SPRITE.split('<') {
        let name = tag.split([' ', '>']).next().unwrap_or_default();
        match name {
            "" | "svg" | "/svg" => {}
            "/symbol" => sprite = sprite.add_all(symbol.take()),
            "symbol" => symbol = Some(element(name, tag)),
            _ => symbol = symbol.map(|symbol: El| symbol.add(element(name, tag))),
        }
    }
    sprite
}

fn element(name: &str, tag: &str) -> El {
    let mut built = svg(name);
    let mut rest = &tag[name.len()..];
    while let Some((attribute, after)) = rest.split_once("=\"") {
        let Some((value, after)) = after.split_once('"') else {
            break;
        };
        built = built.attr(attribute.trim(), value);
        rest = after;
    }
    built
}
