//! Where a subscriber's frames go. The channel hands frames to whoever is up to date at once, and
//! leaves everybody else to a task of their own.

use pilothouse_shared::Encoding;
use tokio::sync::Notify;

use super::batch::Batch;

/// A subscriber's way out. Called with no lock of a channel held.
pub(crate) trait Outlet: Send + Sync + std::fmt::Debug {
    /// In which encoding it wants frames.
    fn encoding(&self) -> Encoding;

    /// Offers the frames of a batch from `start` on. Says how many it took, without waiting: a frame
    /// is taken as a whole, and the first that is not taken ends it.
    fn offer(&self, batch: &Batch, start: usize) -> usize;

    /// Wakes the subscriber's own task: there is something that was not offered or not taken.
    fn wake(&self);
}

/// The way out of a subscriber that fetches everything itself.
#[derive(Debug, Default)]
pub(crate) struct Waker(Notify);

impl Waker {
    /// Waits for the next wake-up. One that comes while nobody waits is kept, so none is lost between
    /// a look and a wait.
    pub(crate) async fn woken(&self) {
        self.0.notified().await;
    }
}

impl Outlet for Waker {
    fn encoding(&self) -> Encoding {
        Encoding::Json
    }

    fn offer(&self, _batch: &Batch, _start: usize) -> usize {
        0
    }

    fn wake(&self) {
        self.0.notify_one();
    }
}
