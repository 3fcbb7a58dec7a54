//! Every channel of the relay, by id; and the tick that keeps them.

mod entrance;
mod sweep;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pilothouse_shared::limits::MAX_CHANNELS;
use pilothouse_shared::{
    Author, Body, ChannelCreated, ChannelId, Epoch, ErrorCode, Extra, MemberId, MemberKind,
    Refusal, Seq,
};
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

use crate::channel::{Channel, FanOut, Proposal, check_form, refusal};
use crate::clock;
use crate::engine::{Engine, Failure, Found, StoreError, Trouble};
use crate::limits::What;
use crate::metrics::Metrics;
use crate::rules::Rules;
pub(crate) use entrance::Entrance;

/// How often presence is told and typing runs out: changes within this are one.
const TICK: Duration = Duration::from_millis(100);

/// Ticks between two looks for hints and requests whose time is over.
const EXPIRE_EVERY: u32 = 5;

/// See the module. Holds at most [`MAX_CHANNELS`]; a channel leaves when it is removed.
#[derive(Debug)]
pub(crate) struct Hub {
    engine: Arc<dyn Engine>,
    metrics: Arc<Metrics>,
    rules: Arc<Rules>,
    channels: Mutex<HashMap<ChannelId, Slot>>,
    fan_out: Arc<FanOut>,
    /// The tasks of the fan-out, which end with the hub.
    _lanes: JoinSet<()>,
    /// What the store holds and cannot read. Everything else is served.
    damaged: HashSet<ChannelId>,
    keep_events: u64,
    author: Author,
}

/// Empty while the channel is being made, so that it is made once.
type Slot = Arc<OnceCell<Arc<Channel>>>;

impl Hub {
    /// Loads every channel of the store.
    pub(crate) async fn open(
        engine: Arc<dyn Engine>,
        metrics: Arc<Metrics>,
        rules: Arc<Rules>,
        keep_events: u64,
    ) -> Result<Self, StoreError> {
        let (fan_out, lanes) = FanOut::start();
        let (mut channels, mut damaged) = (HashMap::new(), HashSet::new());
        for found in engine.channels().await? {
            let id = found.channel.clone();
            let (engine, metrics) = (Arc::clone(&engine), Arc::clone(&metrics));
            let (fan_out, rules) = (Arc::clone(&fan_out), Arc::clone(&rules));
            match Channel::load(found, engine, metrics, fan_out, rules, keep_events).await {
                Ok(channel) => {
                    channels.insert(id, Arc::new(OnceCell::new_with(Some(channel))));
                }
                Err(StoreError::Failed(failure)) if failure.trouble == Trouble::Damaged => {
                    tracing::error!(channel = %id, %failure, "the channel cannot be loaded");
                    damaged.insert(id);
                }
                Err(error) => return Err(error),
            }
        }
        metrics
            .channels
            .set(i64::try_from(channels.len()).unwrap_or(i64::MAX));
        let author = relay_author();
        Ok(Self {
            engine,
            metrics,
            rules,
            channels: Mutex::new(channels),
            fan_out,
            _lanes: lanes,
            damaged,
            keep_events,
            author,
        })
    }

    /// Who the relay itself speaks as.
    pub(crate) fn author(&self) -> &Author {
        &self.author
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<ChannelId, Slot>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every channel, in no order.
    pub(crate) fn all(&self) -> Vec<Arc<Channel>> {
        self.channels()
            .values()
            .filter_map(|slot| slot.get().cloned())
            .collect()
    }

    /// The channel, if there is one.
    pub(crate) fn find(&self, id: &ChannelId) -> Result<Arc<Channel>, Refusal> {
        if self.damaged.contains(id) {
            return Err(refusal(self.damage()));
        }
        let found = self.channels().get(id).and_then(|slot| slot.get().cloned());
        found.ok_or_else(|| {
            let message = "there is no such channel; publish to it or create it first";
            Refusal::new(ErrorCode::NotFound, message)
        })
    }

    /// A channel whose id is meant; the first in the order of ids when there are several.
    pub(crate) fn find_by(&self, is_meant: impl Fn(&ChannelId) -> bool) -> Option<Arc<Channel>> {
        let channels = self.channels();
        let meant = channels.iter().filter(|(id, _)| is_meant(id));
        let made = meant.filter_map(|(id, slot)| Some((id, slot.get()?)));
        made.min_by_key(|(id, _)| *id)
            .map(|(_, channel)| Arc::clone(channel))
    }

    /// The channel; made when there is none, unless it was removed: then it must be created again on
    /// purpose.
    pub(crate) async fn find_or_create(
        self: &Arc<Self>,
        id: &ChannelId,
        author: &Author,
    ) -> Result<Arc<Channel>, Refusal> {
        self.find_or_create_named(id, id.as_str(), author).await
    }

    /// The same, with a name for one that is made.
    pub(crate) async fn find_or_create_named(
        self: &Arc<Self>,
        id: &ChannelId,
        name: &str,
        author: &Author,
    ) -> Result<Arc<Channel>, Refusal> {
        match self.find(id) {
            Err(refusal) if refusal.code == ErrorCode::NotFound => {}
            found => return found,
        }
        if self.engine.was_removed(id.clone()).await.map_err(refusal)? {
            return Err(refusal(StoreError::Removed));
        }
        match self.create(id, name, author).await {
            // Somebody else made it between the look and the making.
            Err(refusal) if refusal.code == ErrorCode::AlreadyExists => self.find(id),
            made => made,
        }
    }

    /// The channel to publish these to; made when there is none, unless they could not be stored anyway.
    pub(crate) async fn find_or_create_for(
        self: &Arc<Self>,
        id: &ChannelId,
        author: &Author,
        proposals: &[Proposal],
    ) -> Result<Arc<Channel>, Refusal> {
        match self.find(id) {
            Ok(channel) => Ok(channel),
            Err(refusal) if refusal.code != ErrorCode::NotFound => Err(refusal),
            Err(_) => {
                proposals.iter().try_for_each(check_form)?;
                self.find_or_create(id, author).await
            }
        }
    }

    /// Makes a channel.
    pub(crate) async fn create(
        self: &Arc<Self>,
        id: &ChannelId,
        name: &str,
        author: &Author,
    ) -> Result<Arc<Channel>, Refusal> {
        let hub = Arc::clone(self);
        let (id, name, author) = (id.clone(), name.to_owned(), author.clone());
        to_the_end(async move { hub.create_now(&id, &name, &author).await }).await
    }

    async fn create_now(
        &self,
        id: &ChannelId,
        name: &str,
        author: &Author,
    ) -> Result<Arc<Channel>, Refusal> {
        let slot = self.slot(id, author)?;
        let mut is_mine = false;
        let made = slot
            .get_or_try_init(|| {
                is_mine = true;
                self.make(id)
            })
            .await;
        let channel = match made {
            Ok(channel) => Arc::clone(channel),
            Err(error) => {
                self.channels().remove(id);
                return Err(refusal(error));
            }
        };
        if !is_mine {
            return Err(refusal(StoreError::Exists));
        }
        self.metrics.channels.inc();
        let name = self.rules.mask.text(name).unwrap_or(name.to_owned());
        let extra = Extra::new();
        let body = ChannelCreated { name, extra };
        channel
            .announce(author.clone(), Body::ChannelCreated(body))
            .await?;
        Ok(channel)
    }

    fn slot(&self, id: &ChannelId, author: &Author) -> Result<Slot, Refusal> {
        let mut channels = self.channels();
        if let Some(slot) = channels.get(id) {
            return Ok(Arc::clone(slot));
        }
        if channels.len() >= MAX_CHANNELS {
            let message =
                format!("a relay holds at most {MAX_CHANNELS} channels; remove one first");
            return Err(Refusal::new(ErrorCode::RateLimited, message));
        }
        self.rules.limits.take(&author.member, What::Channels)?;
        Ok(Arc::clone(channels.entry(id.clone()).or_default()))
    }

    async fn make(&self, id: &ChannelId) -> Result<Arc<Channel>, StoreError> {
        let epoch = clock::fresh(Epoch::new);
        self.engine.create(id.clone(), epoch.clone()).await?;
        let (head, base) = (Seq::ZERO, Seq::ZERO);
        let found = Found {
            channel: id.clone(),
            epoch,
            head,
            base,
            snapshot: Ok(None),
        };
        let (engine, metrics) = (Arc::clone(&self.engine), Arc::clone(&self.metrics));
        let (fan_out, rules) = (Arc::clone(&self.fan_out), Arc::clone(&self.rules));
        Channel::load(found, engine, metrics, fan_out, rules, self.keep_events).await
    }

    /// Removes a channel and ends its subscriptions.
    pub(crate) async fn remove(self: &Arc<Self>, id: &ChannelId) -> Result<(), Refusal> {
        let (hub, id) = (Arc::clone(self), id.clone());
        to_the_end(async move { hub.remove_now(&id).await }).await
    }

    async fn remove_now(&self, id: &ChannelId) -> Result<(), Refusal> {
        let channel = self.find(id)?;
        let epoch = channel.epoch().clone();
        self.engine
            .remove(id.clone(), epoch)
            .await
            .map_err(refusal)?;
        // Before another may take the id.
        channel.removed();
        self.channels().remove(id);
        self.metrics.channels.dec();
        Ok(())
    }

    /// Keeps the channels until the task is dropped; events for `keep_for`, requests whose asker is gone
    /// for `asker_grace`.
    pub(crate) async fn keep(self: Arc<Self>, keep_for: Duration, asker_grace: Duration) {
        tokio::join!(self.tick_on(asker_grace), self.sweep_on(keep_for));
    }

    async fn tick_on(&self, asker_grace: Duration) {
        let mut interval = tokio::time::interval(TICK);
        let mut n_ticks = 0_u32;
        loop {
            interval.tick().await;
            n_ticks = n_ticks.wrapping_add(1);
            for channel in self.all() {
                channel.tick(clock::now());
                if n_ticks.is_multiple_of(EXPIRE_EVERY) {
                    self.expire(&channel, asker_grace).await;
                }
            }
        }
    }

    async fn expire(&self, channel: &Arc<Channel>, asker_grace: Duration) {
        let now = clock::now();
        let requests = channel.expire_requests(&self.author, now).await;
        let hints = channel.expire_hints(&self.author, now).await;
        let askers = channel.withdraw_abandoned(&self.author, now, asker_grace);
        let askers = askers.await;
        if let Err(refusal) = requests.and(hints).and(askers) {
            tracing::warn!(channel = %channel.id(), %refusal, "not expired");
        }
    }

    /// Whether the store can be written, and was read as a whole.
    pub(crate) async fn ready(&self) -> Result<(), Refusal> {
        if !self.damaged.is_empty() {
            return Err(refusal(self.damage()));
        }
        self.engine.ready().await.map_err(refusal)
    }

    fn damage(&self) -> StoreError {
        let detail = format!("{} channels cannot be read", self.damaged.len());
        StoreError::Failed(Failure {
            trouble: Trouble::Damaged,
            detail,
        })
    }

    /// Writes out what is held back.
    pub(crate) async fn close(&self) {
        self.engine.close().await;
    }
}

/// Does what must not stop half-way, whether or not the asker stays: else the store would know a
/// channel that the hub does not, or the other way round.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    let failed = |error: tokio::task::JoinError| refusal(StoreError::failed(error));
    tokio::spawn(work).await.map_err(failed)?
}

/// Who the relay itself speaks as.
fn relay_author() -> Author {
    Author {
        member: clock::fresh(|_| MemberId::new("pilothouse")),
        name: "Pilothouse".to_owned(),
        kind: MemberKind::Agent,
    }
}

#[cfg(test)]
mod tests;
