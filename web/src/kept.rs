//! Values that views read, with their types forgotten behind typed handles: each type of its own
//! brings its own copy of the reactive graph's code, and the page is much smaller without.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use reactive_graph::computed::{ArcMemo, Memo};
use reactive_graph::graph::{AnySubscriber, Subscriber, ToAnySubscriber, untrack};
use reactive_graph::owner::on_cleanup;
use reactive_graph::prelude::*;
use reactive_graph::signal::RwSignal;

/// Something that counts as changed only when it differs; a handle, cheap to copy.
pub(crate) struct Known<T> {
    memo: Memo<Kept>,
    of: PhantomData<fn() -> T>,
}

/// Something that is set; a handle, cheap to copy.
pub(crate) struct Held<T> {
    signal: RwSignal<Kept>,
    of: PhantomData<fn() -> T>,
}

/// A value of whatever type, and how two of that type are compared.
#[derive(Clone)]
struct Kept {
    value: Arc<dyn Any + Send + Sync>,
    is_same: fn(&dyn Any, &dyn Any) -> bool,
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
        read(self.memo.get().value())
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

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Held<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Held<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            signal: RwSignal::new(Kept::new(value)),
            of: PhantomData,
        }
    }

    /// Reads the value where it is.
    pub(crate) fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
        read(self.signal.get().value())
    }

    /// A copy of the value.
    pub(crate) fn get(self) -> T {
        self.with(T::clone)
    }

    /// A copy of the value, read outside the graph.
    pub(crate) fn get_untracked(self) -> T {
        self.signal.get_untracked().value::<T>().clone()
    }

    /// A copy of the value, read outside the graph, unless the handle outlived its owner.
    pub(crate) fn try_get_untracked(self) -> Option<T> {
        let kept = self.signal.try_get_untracked()?;
        Some(kept.value::<T>().clone())
    }

    /// Depends on the value without reading it.
    pub(crate) fn track(self) {
        self.signal.track();
    }

    /// Replaces the value; tells whoever read it, even when it is the same.
    pub(crate) fn set(self, value: T) {
        self.signal.set(Kept::new(value));
    }

    /// Replaces the value, unless the handle outlived its owner.
    pub(crate) fn try_set(self, value: T) {
        let _ = self.signal.try_set(Kept::new(value));
    }

    /// Changes a copy of the value and puts it back.
    pub(crate) fn update(self, change: impl FnOnce(&mut T)) {
        if let Some(mut value) = self.try_get_untracked() {
            change(&mut value);
            self.set(value);
        }
    }
}

impl Kept {
    fn new<T: PartialEq + Send + Sync + 'static>(value: T) -> Self {
        Self {
            value: Arc::new(value),
            is_same: |a, b| a.downcast_ref::<T>() == b.downcast_ref(),
        }
    }

    /// The value, of the type it was made from: handles see to that.
    fn value<T: 'static>(&self) -> &T {
        match self.value.downcast_ref() {
            Some(value) => value,
            None => unreachable!("a handle keeps one type"),
        }
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        (self.is_same)(&*self.value, &*other.value)
    }
}

/// Something that counts as changed only when it differs.
pub(crate) fn memo<T: PartialEq + Send + Sync + 'static>(
    read: impl Fn() -> T + Send + Sync + 'static,
) -> Known<T> {
    let read: Box<dyn Fn() -> Kept + Send + Sync> = Box::new(move || Kept::new(read()));
    Known {
        memo: known(read),
        of: PhantomData,
    }
}

fn known(read: Box<dyn Fn() -> Kept + Send + Sync>) -> Memo<Kept> {
    let memo = ArcMemo::new(move |_| read());
    let reader = memo.to_any_subscriber();
    on_cleanup(move || forget(&reader));
    memo.into()
}

/// Takes a reader that goes off the lists of what it read: left there, it would stay in memory until that
/// changes.
pub(crate) fn forget(reader: &AnySubscriber) {
    reader.clear_sources(reader);
}
