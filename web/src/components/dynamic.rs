//! Parts of a view that change, with the types of their closures forgotten: each type
//! of its own brings its own copy of the framework's code, and the page is much smaller without.

use std::pin::Pin;

use leptos::ev::MouseEvent;
use leptos::prelude::*;

pub(crate) use crate::kept::{Held, Known, memo};

/// Something that is read anew whenever what it read changes.
pub(crate) type Dynamic<T> = Box<dyn FnMut() -> T + Send>;

/// One entry of a list.
pub(crate) struct Item {
    /// Unique in the list; the part is built anew when it changes.
    key: String,
    part: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Item {
    pub(crate) fn new(key: String, part: impl FnOnce() -> AnyView + Send + 'static) -> Self {
        Self {
            key,
            part: Box::new(part),
        }
    }
}

/// Something that is read anew whenever what it read changes.
pub(crate) fn dynamic<T>(read: impl FnMut() -> T + Send + 'static) -> Dynamic<T> {
    Box::new(read)
}

/// A text that is read anew whenever what it read changes.
pub(crate) fn text<T: Into<String>>(
    mut read: impl FnMut() -> T + Send + 'static,
) -> Dynamic<String> {
    Box::new(move || read().into())
}

/// A part that is built anew whenever what it read changes.
pub(crate) fn part(
    read: impl FnMut() -> Option<AnyView> + Send + 'static,
) -> Dynamic<Option<AnyView>> {
    Box::new(read)
}

/// What a press of a button does.
pub(crate) fn press(act: impl FnMut(MouseEvent) + 'static) -> Box<dyn FnMut(MouseEvent)> {
    Box::new(act)
}

/// Does something now, and again whenever what it read changes.
pub(crate) fn effect(act: impl FnMut() + 'static) {
    let mut act: Box<dyn FnMut()> = Box::new(act);
    Effect::new(move |_| act());
}

/// Does something in the background.
pub(crate) fn spawn(act: impl Future<Output = ()> + 'static) {
    let act: Pin<Box<dyn Future<Output = ()>>> = Box::pin(act);
    leptos::task::spawn_local(act);
}

/// A part that is there while a condition holds.
pub(crate) fn when(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    part: impl Fn() -> AnyView + Send + 'static,
) -> Dynamic<Option<AnyView>> {
    shown(memo(holds), Box::new(part))
}

fn shown(holds: Known<bool>, part: Box<dyn Fn() -> AnyView + Send>) -> Dynamic<Option<AnyView>> {
    Box::new(move || holds.get().then(&part))
}

/// A list whose entries stay as long as their keys do.
pub(crate) fn list(each: impl Fn() -> Vec<Item> + Send + Sync + 'static) -> AnyView {
    listed(Box::new(each))
}

fn listed(each: Box<dyn Fn() -> Vec<Item> + Send + Sync>) -> AnyView {
    view! { <For each key=|item: &Item| item.key.clone() children=|item: Item| (item.part)()/> }
        .into_any()
}
