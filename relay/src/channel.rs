//! A channel: sequencing, the tail of prepared frames, signals, the replica and the subscribers.
//!
//! Everything a channel knows is behind one short lock that is never held across an await. Append
//! and fan-out are one step ([`Log::committed`]), and so are snapshot and subscribe
//! ([`Channel::subscribe`]): that is why a subscriber gets each event exactly once.

mod admission;
mod batch;
mod core;
mod fanout;
mod hints;
mod outlet;
mod page;
mod past;
mod prepared;
mod presence;
mod recall;
mod requests;
mod retention;
mod seat;
mod signals;
mod subscription;
mod summary;
mod tail;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use pilothouse_shared::limits::MAX_HISTORY;
use pilothouse_shared::{
    Author, Body, ChannelId, Epoch, ErrorCode, Event, EventId, Millis, Op, Position, Refusal,
    Replica, Seq, SignalKey, Visibility,
};
use tokio::sync::watch;

pub(crate) use self::core::Core;
pub(crate) use admission::check_form;
pub(crate) use batch::Batch;
pub(crate) use fanout::FanOut;
pub(crate) use hints::{Lease, Taker};
pub(crate) use outlet::{Outlet, Waker};
pub(crate) use page::Reading;
pub(crate) use past::{Known, Past};
pub(crate) use prepared::encode;
pub(crate) use presence::Present;
pub(crate) use requests::Resolve;
pub(crate) use subscription::{Item, Opening, Subscription};
pub(crate) use summary::Summary;

use crate::clock;
use crate::engine::{
    Append, Draft, Engine, Failure, Found, Log, Receipt, StoreError, Stored, Stretch, Trouble,
};
use crate::metrics::Metrics;
use crate::rules::Rules;

/// What somebody wants to publish.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    pub(crate) author: Author,
    pub(crate) body: Body,
    pub(crate) id: Option<EventId>,
    pub(crate) visibility: Visibility,
}

/// A publish under way. It goes on whether or not anybody waits for it.
#[derive(Debug)]
pub(crate) enum Submitted {
    /// The store has it in hand.
    Taken(Arc<Channel>, Receipt),
    /// It was stored before.
    Known(Vec<Stored>),
}

impl Submitted {
    /// Waits until it is durable.
    pub(crate) async fn stored(self) -> Result<Vec<Stored>, Refusal> {
        let (channel, receipt) = match self {
            Self::Taken(channel, receipt) => (channel, receipt),
            Self::Known(stored) => return Ok(stored),
        };
        let stored = receipt.stored().await.map_err(refusal)?;
        let n_new = stored.iter().filter(|stored| !stored.duplicate).count();
        channel
            .metrics
            .events
            .inc_by(u64::try_from(n_new).unwrap_or(0));
        channel.keep_house();
        Ok(stored)
    }
}

/// A channel. Shared by everybody who publishes to it or watches it.
#[derive(Debug)]
pub(crate) struct Channel {
    id: ChannelId,
    epoch: Epoch,
    engine: Arc<dyn Engine>,
    metrics: Arc<Metrics>,
    rules: Arc<Rules>,
    core: Mutex<Core>,
    fan_out: Arc<FanOut>,
    told: fanout::Told,
    me: Weak<Self>,
    /// Held by the one read that brings history back into the tail.
    recalling: tokio::sync::Mutex<()>,
    /// The newest seq, for those who wait for anything to happen.
    head: watch::Sender<Seq>,
    keep_events: u64,
    /// Held by the one who saves and prunes.
    housekeeping: Arc<tokio::sync::Mutex<()>>,
}

impl Channel {
    /// A channel as it was found in the store, with everything after its saved state folded in.
    pub(crate) async fn load(
        found: Found,
        engine: Arc<dyn Engine>,
        metrics: Arc<Metrics>,
        fan_out: Arc<FanOut>,
        rules: Arc<Rules>,
        keep_events: u64,
    ) -> Result<Arc<Self>, StoreError> {
        let Found {
            channel: id,
            epoch,
            head,
            base,
            snapshot,
        } = found;
        let (seq, snapshot) = snapshot?.unwrap_or((base, Default::default()));
        let position = Position {
            epoch: epoch.clone(),
            seq,
        };
        let mut replica = Replica::at(id.clone(), position, snapshot);
        while replica
            .position()
            .is_some_and(|position| position.seq < head)
        {
            let after = replica
                .position()
                .map_or(Seq::ZERO, |position| position.seq);
            let events = engine
                .read(
                    id.clone(),
                    epoch.clone(),
                    Stretch::After(after),
                    MAX_HISTORY,
                )
                .await?;
            if events.is_empty() {
                let detail = format!("channel {id} has a hole after {after}");
                let trouble = Trouble::Damaged;
                return Err(Failure { trouble, detail }.into());
            }
            for event in &events {
                replica.event(event);
            }
        }
        let (head, _) = watch::channel(head);
        let core = Mutex::new(Core::new(replica, base, seq, fan_out.n_lanes()));
        Ok(Arc::new_cyclic(|me| Self {
            id,
            epoch,
            engine,
            metrics,
            rules,
            core,
            told: fanout::Told::new(&fan_out),
            fan_out,
            me: me.clone(),
            recalling: tokio::sync::Mutex::default(),
            head,
            keep_events,
            housekeeping: Arc::default(),
        }))
    }

    pub(crate) fn id(&self) -> &ChannelId {
        &self.id
    }

    pub(crate) fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// The oldest seq held; 0 when there is none.
    pub(crate) fn floor(&self) -> Seq {
        self.core().floor()
    }

    /// The newest seq; 0 when there is none.
    pub(crate) fn head(&self) -> Seq {
        self.core().head()
    }

    /// The seq before the oldest event held.
    pub(crate) fn base(&self) -> Seq {
        self.core().base()
    }

    /// The lock. A panic while it was held leaves the core whole: every change is one assignment or
    /// follows on a check.
    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads from the replica.
    pub(crate) fn with_replica<T>(&self, read: impl FnOnce(&Replica) -> T) -> T {
        read(self.core().replica())
    }

    /// Something that changes whenever an event is committed or the channel is removed.
    pub(crate) fn changes(&self) -> watch::Receiver<Seq> {
        self.head.subscribe()
    }

    /// Publishes; answers when everything is durable, one [`Stored`] for each, in order. Either all
    /// are admitted or none.
    pub(crate) async fn publish(
        self: &Arc<Self>,
        proposals: Vec<Proposal>,
    ) -> Result<Vec<Stored>, Refusal> {
        self.submit(proposals).await?.stored().await
    }

    /// Publishes without waiting until it is durable. What one submits after the other is stored in
    /// that order.
    pub(crate) async fn submit(
        self: &Arc<Self>,
        proposals: Vec<Proposal>,
    ) -> Result<Submitted, Refusal> {
        let ids: Vec<_> = proposals
            .iter()
            .map(|proposal| proposal.id.clone())
            .collect();
        match self
            .masked(proposals)
            .and_then(|proposals| self.admit(proposals))
        {
            Ok(admitted) => self.append(admitted).await,
            Err(refusal) => {
                let stored = self.stored_before(ids).await?.ok_or(refusal)?;
                Ok(Submitted::Known(stored))
            }
        }
    }

    /// A repeated publish may be refused for what its first try did: it asks for what it knows to be
    /// stored. Then the answer is that of the first try.
    async fn stored_before(
        &self,
        ids: Vec<Option<EventId>>,
    ) -> Result<Option<Vec<Stored>>, Refusal> {
        let mut stored = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(id) = id else { return Ok(None) };
            match self
                .engine
                .find(self.id.clone(), id.clone())
                .await
                .map_err(refusal)?
            {
                Some(seq) => stored.push(Stored {
                    id,
                    seq,
                    duplicate: true,
                }),
                None => return Ok(None),
            }
        }
        Ok(Some(stored))
    }

    async fn append(self: &Arc<Self>, admitted: admission::Admitted) -> Result<Submitted, Refusal> {
        let (drafts, claims) = admitted.into_parts();
        let append = Append {
            channel: self.id.clone(),
            epoch: self.epoch.clone(),
            drafts,
            log: Arc::clone(self) as Arc<dyn Log>,
            keep: Box::new(claims),
        };
        let receipt = self.engine.append(append).await.map_err(refusal)?;
        Ok(Submitted::Taken(Arc::clone(self), receipt))
    }

    /// What the relay itself has to say; not subject to admission.
    pub(crate) async fn announce(
        self: &Arc<Self>,
        author: Author,
        body: Body,
    ) -> Result<(), Refusal> {
        let visibility = Visibility::Public;
        let draft = Draft {
            id: clock::fresh_in_order(EventId::new),
            at: clock::now(),
            author,
            visibility,
            body,
        };
        let admitted = admission::Admitted::without_claims(vec![draft]);
        self.append(admitted).await?.stored().await.map(|_| ())
    }

    /// Whether this member has joined and not left.
    pub(crate) fn has_joined(&self, member: &Author) -> bool {
        self.with_replica(|replica| {
            replica
                .snapshot()
                .members
                .iter()
                .any(|held| held.member == member.member)
        })
    }

    /// Changes a signal; says how many bytes its value has, all of which were written out anew.
    pub(crate) fn signal(&self, key: &SignalKey, op: &Op) -> Result<u64, Refusal> {
        let mut masked = self.rules.mask.op(op);
        let mut core = self.core();
        // A piece goes on from what is there, so it is looked at under the lock; most are a few bytes.
        if let Op::Append(piece) = op {
            masked = self.rules.mask.piece(piece, core.signals.get(key));
        }
        core.signal(key, masked.as_ref().unwrap_or(op), clock::now())?;
        let n_bytes = core.signals.n_bytes(key);
        drop(core);
        if masked.is_some() {
            self.metrics.masked.inc();
        }
        self.tell();
        Ok(n_bytes)
    }

    /// The relay's housekeeping: typing that ran out, presence that changed. Says what else is due.
    pub(crate) fn tick(&self, now: Millis) {
        let mut core = self.core();
        let before = core.cursor();
        core.tick(now);
        let is_changed = core.cursor() != before;
        drop(core);
        if is_changed {
            self.tell();
        }
    }

    /// Makes those who wait for a change look again.
    fn stir(&self) {
        self.head.send_modify(|_| {});
    }

    /// Ends every subscription and refuses what comes after.
    pub(crate) fn removed(&self) {
        self.core().remove();
        self.tell();
        self.stir();
    }
}

impl Log for Channel {
    fn committed(&self, events: Vec<Event>) {
        let Some(last) = events.last().map(|event| event.seq) else {
            return;
        };
        self.core().committed(events);
        self.tell();
        self.head.send_replace(last);
    }
}

/// What a client is told of a failure of the store. The log has the rest.
pub(crate) fn refusal(error: StoreError) -> Refusal {
    match error {
        StoreError::Removed => removed(),
        StoreError::Exists => Refusal::new(
            ErrorCode::AlreadyExists,
            "the channel exists; use it, or another id",
        ),
        // The store logs its failures, each once.
        StoreError::Failed(failure) => {
            Refusal::new(ErrorCode::Unavailable, failure.trouble.to_string())
        }
    }
}

fn removed() -> Refusal {
    let message = "the channel was removed; create it again to go on";
    Refusal::new(ErrorCode::NotFound, message)
}
