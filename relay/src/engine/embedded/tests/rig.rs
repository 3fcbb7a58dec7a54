//! A store to try things on.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use pilothouse_shared::{
    Author, Body, CancelRequested, ChannelId, Epoch, Event, EventId, MemberId, MemberKind,
    Visibility,
};

use super::super::Embedded;
use crate::config::Durability;
use crate::engine::{Append, Draft, Engine, Log, StoreResult, Stored};
use crate::metrics::Metrics;

/// What a channel would have been told.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<Vec<Event>>);

impl Log for Told {
    fn committed(&self, events: Vec<Event>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(events);
    }
}

impl Told {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn seqs(&self) -> Vec<u64> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .map(|event| event.seq.0)
            .collect()
    }
}

pub(crate) fn draft(id: u8) -> Draft {
    Draft {
        id: EventId::new(format!("id-{id}")).unwrap(),
        at: u64::from(id),
        author: Author {
            member: MemberId::new("claude").unwrap(),
            name: "Claude".to_owned(),
            kind: MemberKind::Agent,
        },
        visibility: if id.is_multiple_of(3) {
            Visibility::Agents
        } else {
            Visibility::Public
        },
        body: Body::CancelRequested(CancelRequested::default()),
    }
}

pub(crate) fn channel() -> ChannelId {
    ChannelId::new("c").unwrap()
}

pub(crate) fn epoch(n: u32) -> Epoch {
    Epoch::new(format!("e{n}")).unwrap()
}

/// Without waiting for the disk, which is not what is tested.
pub(crate) fn open(folder: &Path) -> Embedded {
    Embedded::open(Some(folder), Durability::Memory, Arc::new(Metrics::new())).unwrap()
}

/// Gone with the process.
pub(crate) fn in_memory() -> Embedded {
    Embedded::open(None, Durability::Memory, Arc::new(Metrics::new())).unwrap()
}

pub(crate) async fn append(
    engine: &Embedded,
    epoch: &Epoch,
    ids: &[u8],
    log: &Arc<Told>,
) -> StoreResult<Vec<Stored>> {
    let drafts = ids.iter().map(|id| draft(*id)).collect();
    append_drafts(engine, epoch, drafts, log).await
}

pub(crate) async fn append_drafts(
    engine: &Embedded,
    epoch: &Epoch,
    drafts: Vec<Draft>,
    log: &Arc<Told>,
) -> StoreResult<Vec<Stored>> {
    let append = Append {
        channel: channel(),
        epoch: epoch.clone(),
        drafts,
        log: Arc::clone(log) as Arc<dyn Log>,
        keep: Box::new(()),
    };
    engine.append(append).await?.stored().await
}

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work)
}
