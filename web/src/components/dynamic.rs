//! Parts of a view that change, with the types of their closures and values forgotten: each type
//! of its own brings its own copy of the framework's code, and the page is much smaller without.

use std::any::Any;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// Something that is read anew whenever what it read changes.
pub(crate) type Dynamic<T> = Box<dyn FnMut() -> T + Send>;

/// One entry of a list.
pub(crate) struct Item {
    /// Unique in the list; the part is built anew when it changes.
    key: String,
    part: Box<dyn FnOnce() -> AnyView + Send>,
}

/// Something that counts as changed only when it differs; a handle, cheap to copy.
pub(crate) struct Known<T> {
    memo: Memo<Kept>,
    of: PhantomData<fn() -> T>,
}

/// A value of whatever type, and how two of that type are compared.
#[derive(Clone)]
struct Kept {
    value: Arc<dyn Any + Send + Sync>,
    is_same: fn(&dyn Any, &dyn Any) -> bool,
}

impl Item {
    pub(crate) fn new(key: String, part: impl FnOnce() -> AnyView + Send + 'static) -> Self {
        Self {
            key,
            part: Box::new(part),
        }
    }
}

impl<T> Clone for Known<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Known<T> {}

impl<T: 'static> Known<T> {
    /// Reads the value where it is.
    pub(crate) fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
        match self.memo.get().value.downcast_ref() {
            Some(value) => read(value),
            None => unreachable!("a memo keeps one type"),
        }
    }

    /// A copy of the value.
    pub(crate) fn get(self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// A copy of the value, read outside the graph.
    pub(crate) fn get_untracked(self) -> T
    where
        T: Clone,
    {
        untrack(move || self.get())
    }

    /// Depends on the value without reading it.
    pub(crate) fn track(self) {
        self.memo.track();
    }
}

impl Kept {
    fn new<T: PartialEq + Send + Sync + 'static>(value: T) -> Self {
        Self {
            value: Arc::new(value),
            is_same: |a, b| a.downcast_ref::<T>() == b.downcast_ref(),
        }
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        (self.is_same)(&*self.value, &*other.value)
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

/// Something that counts as changed only when it differs.
pub(crate) fn memo<T: PartialEq + Send + Sync + 'static>(
    read: impl Fn() -> T + Send + Sync + 'static,
) -> Known<T> {
    let read: Box<dyn Fn() -> Kept + Send + Sync> = Box::new(move || Kept::new(read()));
    Known {
        memo: Memo::new(move |_| read()),
        of: PhantomData,
    }
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
