//! From the log to the sockets. A few lanes, one for each core, go through the subscribers of a
//! channel that has news and hand it to those who are up to date, without waking anybody's task. What
//! comes while a lane is at it makes one more pass, however much it is.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pilothouse_shared::Encoding;
use tokio::sync::Notify;
use tokio::task::{JoinSet, yield_now};

use super::Channel;
use super::batch::{Batch, Cursor, News};
use super::core::Look;
use super::seat::{Seat, State};

/// Lanes at most: beyond this the kernel's share of the work is far above ours.
const MAX_LANES: usize = 8;

/// Subscribers served before other tasks get their turn: half a millisecond of writes.
const FAIR_SHARE: usize = 128;

/// The lanes of a relay.
#[derive(Debug)]
pub(crate) struct FanOut {
    lanes: Box<[Lane]>,
}

/// Channels with news. Each is here at most once.
#[derive(Debug, Default)]
struct Lane {
    due: Mutex<VecDeque<Arc<Channel>>>,
    notify: Notify,
}

impl FanOut {
    /// One lane for each core that this process may use. They work until the tasks are dropped.
    pub(crate) fn start() -> (Arc<Self>, JoinSet<()>) {
        let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
        let fan_out = Arc::new(Self::with_lanes(n_cores.min(MAX_LANES)));
        let mut tasks = JoinSet::new();
        for number in 0..fan_out.n_lanes() {
            let fan_out = Arc::clone(&fan_out);
            tasks.spawn(async move { fan_out.run(number).await });
        }
        (fan_out, tasks)
    }

    fn with_lanes(n_lanes: usize) -> Self {
        let lanes = (0..n_lanes).map(|_| Lane::default());
        Self {
            lanes: lanes.collect(),
        }
    }

    pub(super) fn n_lanes(&self) -> usize {
        self.lanes.len()
    }

    async fn run(&self, number: usize) {
        let Some(lane) = self.lanes.get(number) else {
            return;
        };
        loop {
            let next = lane.due().pop_front();
            match next {
                Some(channel) => channel.pass(number).await,
                None => lane.notify.notified().await,
            }
        }
    }

    fn queue(&self, number: usize, channel: Arc<Channel>) {
        if let Some(lane) = self.lanes.get(number) {
            lane.due().push_back(channel);
            lane.notify.notify_one();
        }
    }
}

impl Lane {
    fn due(&self) -> MutexGuard<'_, VecDeque<Arc<Channel>>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A channel's side of the lanes: which of them know that it has news.
#[derive(Debug)]
pub(super) struct Told(Box<[AtomicBool]>);

impl Told {
    pub(super) fn new(fan_out: &FanOut) -> Self {
        Self(
            (0..fan_out.n_lanes())
                .map(|_| AtomicBool::new(false))
                .collect(),
        )
    }
}

/// What one lane gives the subscribers of one channel in one go.
struct Pass {
    seats: Vec<Arc<Seat>>,
    start: Cursor,
    end: Cursor,
    /// Absent when subscribers must see for themselves.
    news: Option<News>,
    /// The same for everybody, for each encoding; made when first asked for.
    shared: [Option<Batch>; 2],
}

impl Channel {
    /// Tells the lanes that there is something new.
    pub(super) fn tell(&self) {
        for (number, told) in self.told.0.iter().enumerate() {
            if !told.swap(true, Ordering::AcqRel)
                && let Some(channel) = self.me.upgrade()
            {
                self.fan_out.queue(number, channel);
            }
        }
    }

    async fn pass(&self, number: usize) {
        if let Some(told) = self.told.0.get(number) {
            // Before the look: what comes after it makes another pass.
            told.store(false, Ordering::Release);
        }
        let mut pass = self.begin_pass(number);
        let seats = std::mem::take(&mut pass.seats);
        let mut n_delivered = 0;
        for (n, seat) in seats.into_iter().enumerate() {
            n_delivered += pass.give(&seat);
            if n % FAIR_SHARE == FAIR_SHARE - 1 {
                yield_now().await;
            }
        }
        self.metrics.deliveries.inc_by(n_delivered);
    }

    /// Decides in one look who gets what: a subscriber that comes later begins later.
    fn begin_pass(&self, number: usize) -> Pass {
        let mut core = self.core();
        let now = core.cursor();
        let start = core.passed(number);
        let (end, news) = match core.look(start) {
            Look::Here(news) => (news.end(start), Some(news)),
            Look::Behind | Look::Resync | Look::Removed => (now, None),
        };
        core.pass_to(number, end);
        let seats = core.presence.seats(number, self.fan_out.n_lanes());
        drop(core);
        if end != now {
            self.tell();
        }
        Pass {
            seats,
            start,
            end,
            news,
            shared: [None, None],
        }
    }
}

impl Pass {
    /// Gives one subscriber what it lacks, or leaves that to its own task. Says how many events it
    /// took.
    fn give(&mut self, seat: &Seat) -> u64 {
        let Some(news) = &self.news else {
            seat.fall_behind();
            return 0;
        };
        if news.is_empty() {
            return 0;
        }
        let own;
        let batch = match news.is_public() {
            true => {
                let encoding = seat.outlet.encoding();
                let shared = match encoding {
                    Encoding::Json => &mut self.shared[0],
                    Encoding::MessagePack => &mut self.shared[1],
                };
                &*shared.get_or_insert_with(|| Batch::new(self.start, news, &seat.viewer, encoding))
            }
            false => {
                own = Batch::new(self.start, news, &seat.viewer, seat.outlet.encoding());
                &own
            }
        };
        offer(seat, batch, self.end)
    }
}

fn offer(seat: &Seat, batch: &Batch, end: Cursor) -> u64 {
    let mut place = seat.place();
    let at = place.cursor;
    if place.state != State::Current || (at.seq >= end.seq && at.tick >= end.tick) {
        return 0;
    }
    let Some(next) = batch.next_for(at) else {
        drop(place);
        seat.fall_behind();
        return 0;
    };
    let n_taken = next + seat.outlet.offer(batch, next);
    place.cursor = batch.cursor_after(n_taken);
    let n_events = place.cursor.seq.0 - at.seq.0;
    if n_taken < batch.len() {
        place.state = State::Behind;
        drop(place);
        seat.outlet.wake();
    }
    n_events
}

#[cfg(test)]
mod tests;
