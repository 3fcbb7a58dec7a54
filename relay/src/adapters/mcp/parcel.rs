//! What a result carries besides its text: hints that count as delivered once it has been written.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio_util::sync::CancellationToken;

/// Hints on their way. Dropping it returns them to the queue.
pub(crate) trait Held: Send + fmt::Debug {
    /// The agent has them.
    fn delivered(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// See [`Held`].
pub(crate) type Lease = Box<dyn Held>;

/// The leases of one call; at most one for each channel it touches. Kept by the one who writes the
/// result. Dropping it before that returns them, and tells the call that nobody waits any more.
#[derive(Debug, Default)]
pub(crate) struct Parcel {
    leases: Arc<Mutex<Vec<Lease>>>,
    over: CancellationToken,
}

/// The call's end of a [`Parcel`].
#[derive(Debug, Clone)]
pub(crate) struct Slip {
    leases: Weak<Mutex<Vec<Lease>>>,
    over: CancellationToken,
}

impl Parcel {
    pub(crate) fn slip(&self) -> Slip {
        Slip {
            leases: Arc::downgrade(&self.leases),
            over: self.over.clone(),
        }
    }

    /// The result has been written.
    pub(crate) async fn written(self) {
        let leases = std::mem::take(&mut *lock(&self.leases));
        for lease in leases {
            lease.delivered().await;
        }
    }

    /// Nobody waits any more, though what is ready may still be written.
    pub(crate) fn hurry(&self) {
        self.over.cancel();
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        self.over.cancel();
    }
}

impl Slip {
    /// Whether the result can still arrive.
    pub(crate) fn is_open(&self) -> bool {
        self.leases.strong_count() > 0
    }

    /// Sends hints along; they return at once when the result cannot arrive any more.
    pub(crate) fn add(&self, lease: Lease) {
        if let Some(leases) = self.leases.upgrade() {
            lock(&leases).push(lease);
        }
    }

    /// Comes when nobody waits for the result.
    pub(crate) async fn over(&self) {
        self.over.cancelled().await;
    }
}

fn lock(leases: &Mutex<Vec<Lease>>) -> std::sync::MutexGuard<'_, Vec<Lease>> {
    leases.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Counts what became of it: hundreds are deliveries, ones are ends.
    #[derive(Debug)]
    struct Counted(Arc<AtomicU32>);

    impl Held for Counted {
        fn delivered(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            self.0.fetch_add(100, Ordering::SeqCst);
            Box::pin(async move { drop(self) })
        }
    }

    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn hints_are_delivered_when_their_result_was_written() {
        let count = Arc::new(AtomicU32::new(0));
        let parcel = Parcel::default();
        let slip = parcel.slip();
        slip.add(Box::new(Counted(Arc::clone(&count))));
        parcel.written().await;
        assert_eq!(count.load(Ordering::SeqCst), 101);
        slip.over().await;
    }

    #[tokio::test]
    async fn hints_return_when_their_result_cannot_arrive() {
        let count = Arc::new(AtomicU32::new(0));
        let parcel = Parcel::default();
        let slip = parcel.slip();
        slip.add(Box::new(Counted(Arc::clone(&count))));
        drop(parcel);
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert!(!slip.is_open());
        slip.add(Box::new(Counted(Arc::clone(&count))));
        assert_eq!(count.load(Ordering::SeqCst), 2);
        slip.over().await;
    }
}
