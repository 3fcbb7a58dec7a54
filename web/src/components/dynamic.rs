//! Parts of a view that change, with the types of their closures forgotten: each type of its own
//! brings its own copy of the framework's code, and the page is much smaller without.

use leptos::prelude::*;

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

/// Something that counts as changed only when it differs.
pub(crate) fn memo<T: PartialEq + Send + Sync + 'static>(
    read: impl Fn() -> T + Send + Sync + 'static,
) -> Memo<T> {
    let read: Box<dyn Fn() -> T + Send + Sync> = Box::new(read);
    Memo::new(move |_| read())
}

/// A part that is there while a condition holds.
pub(crate) fn when(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    part: impl Fn() -> AnyView + Send + 'static,
) -> Dynamic<Option<AnyView>> {
    let holds = memo(holds);
    Box::new(move || holds.get().then(&part))
}

/// A list whose entries stay as long as their keys do.
pub(crate) fn list(each: impl Fn() -> Vec<Item> + Send + Sync + 'static) -> AnyView {
    let each: Box<dyn Fn() -> Vec<Item> + Send + Sync> = Box::new(each);
    view! { <For each key=|item: &Item| item.key.clone() children=|item: Item| (item.part)()/> }
        .into_any()
}
