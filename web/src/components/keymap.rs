//! Keys: what they do anywhere on the page, and the list that says so.

use std::cell::RefCell;

use reactive_graph::graph::untrack;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement, KeyboardEvent};

use super::dialog::dialog_top;
use super::palette::Palette;
use crate::dom::{El, Held, el, listen_to_window};
use crate::routes::Routes;
use crate::view::keys::{Act, GROUPS, Key, Pressed};
use crate::view::route::Route;
use crate::{page, prefs};

/// Where keys are typed, not meant for the page.
const TYPING: &str = "input:not([type=range], [type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable], [data-keys=own], dialog[open] *";

/// Listens to keys from now on. Call it once, from the root.
pub(crate) fn listen_to_keys(palette: Palette, routes: Routes) {
    let pressed = RefCell::new(Pressed::default());
    listen_to_window("keydown", move |event| {
        if is_palette_key(&event) {
            event.prevent_default();
            return palette.toggle();
        }
        if !is_for_page(&event) || !prefs::are_keys_on() {
            return;
        }
        let act = pressed.borrow_mut().press(&event.key());
        if let Some(act) = act {
            event.prevent_default();
            perform(act, palette, routes);
        }
    });
}

fn is_palette_key(event: &KeyboardEvent) -> bool {
    let has_control = event.ctrl_key() != event.meta_key();
    has_control && !event.alt_key() && !event.shift_key() && event.key().eq_ignore_ascii_case("k")
}

/// Whether a key is meant for the page: nobody types, and no dialog is open.
pub(crate) fn is_for_page(event: &KeyboardEvent) -> bool {
    let is_special = event.ctrl_key() || event.meta_key() || event.alt_key();
    let target = event.target();
    let target = target.and_then(|target| target.dyn_into::<Element>().ok());
    let is_typed = target.is_some_and(|target| target.closest(TYPING).is_ok_and(|it| it.is_some()));
    !is_special && !is_typed && !event.is_composing() && !event.default_prevented()
}

fn perform(act: Act, palette: Palette, routes: Routes) {
    match act {
        Act::Keys => palette.keys.open(),
        Act::Fleet => routes.go(&Route::Fleet.path()),
        Act::Inbox => routes.go(&Route::Inbox.path()),
        Act::View(view) => {
            if let Route::Channel(channel, _) = untrack(|| routes.current()) {
                routes.go(&Route::Channel(channel, view).path());
            }
        }
        Act::Control(key) => page::press(&format!("[aria-keyshortcuts='{key}']")),
    }
}

/// The list of keys, and its place on the page.
pub(crate) fn keymap_dialog(palette: Palette) -> El {
    let dialog = palette.keys;
    dialog.place("dialog keymap", "Keys", move || {
        let groups = GROUPS.iter().map(|(title, keys)| {
            el("section", "keymap__group")
                .add(el("h3", "keymap__title").text(title))
                .add(el("dl", "keymap__keys").add_all(keys.iter().map(line)))
        });
        el("div", "dialog__body")
            .add(dialog_top(dialog, "Keys"))
            .add(el("div", "keymap__groups").add_all(groups))
            .add(switch())
    })
}

fn line(key: &Key) -> El {
    let keys = key.keys.iter().map(|key| el("kbd", "").text(key));
    el("div", "keymap__key")
        .add(el("dt", "").add_all(keys))
        .add(el("dd", "").text(key.says))
}

/// Keys of one letter are in the way of whoever speaks to the computer: they can be turned off.
fn switch() -> El {
    let are_on = Held::new(prefs::are_keys_on());
    let input = el("input", "")
        .attr("type", "checkbox")
        .test("keys-switch")
        .prop("checked", move || are_on.get())
        .on("change", move |event: Event| {
            let input = event
                .target()
                .map(JsCast::unchecked_into::<HtmlInputElement>);
            let is_on = input.is_some_and(|input| input.checked());
            prefs::turn_keys(is_on);
            are_on.set(is_on);
        });
    el("label", "settings__option")
        .add(input)
        .text("Keys of one letter work (Ctrl K and ⌘ K always do)")
}
