//! A subscriber's seat in its channel: how far it was given what there is, and who gives it the rest.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pilothouse_shared::Author;

use super::batch::Cursor;
use super::outlet::Outlet;

/// Who gives a subscriber what comes next. Just one of the two at any time, so that each frame comes
/// once and in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It has everything: the channel offers it what comes next.
    Current,
    /// It lacks something: its own task fetches.
    Behind,
    /// Nothing more is for it.
    Over,
}

/// See the module. The channel and the subscription share it.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) viewer: Arc<Author>,
    pub(super) outlet: Arc<dyn Outlet>,
    place: Mutex<Place>,
}

/// The lock around it is held while a frame is offered, and may be held while the channel's is taken,
/// never the other way round.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) cursor: Cursor,
    pub(super) state: State,
}

impl Seat {
    /// For a subscriber that is yet to be told where it stands.
    pub(super) fn new(viewer: Arc<Author>, outlet: Arc<dyn Outlet>, cursor: Cursor) -> Arc<Self> {
        let state = State::Behind;
        let place = Mutex::new(Place { cursor, state });
        Arc::new(Self {
            viewer,
            outlet,
            place,
        })
    }

    pub(super) fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_behind(&self) -> bool {
        self.place().state == State::Behind
    }

    /// Leaves what comes next to the subscriber's own task, if it does not fetch already.
    pub(super) fn fall_behind(&self) {
        let mut place = self.place();
        if place.state == State::Current {
            place.state = State::Behind;
            drop(place);
            self.outlet.wake();
        }
    }
}
