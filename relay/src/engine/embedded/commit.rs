//! What each job does inside a transaction, and what it is owed after.

use std::collections::HashMap;

use pilothouse_shared::{ChannelId, Epoch, Event, Extra, Seq, Snapshot};
use rusqlite::{Connection, OptionalExtension, params};

use super::failure::unreadable;
use super::writer::{Debt, Job};
use super::{Reply, StoreError, StoreResult, prune};
use crate::engine::{Append, Draft, Stored};

/// Rows of removed channels kept; the oldest leave.
const MAX_REMOVED: u64 = 10_000;

/// Where each channel stands, as the open transaction has it. Holds only channels that exist, so no
/// more than the hub allows.
#[derive(Debug, Default)]
pub(super) struct Heads {
    of: HashMap<ChannelId, Head>,
    /// Events stored in the last turn and in this one.
    n_stored: (u64, u64),
}

#[derive(Debug, Clone)]
struct Head {
    number: i64,
    epoch: Epoch,
    seq: Seq,
}

impl Heads {
    pub(super) fn clear(&mut self) {
        self.of.clear();
    }

    /// A turn of the writer begins.
    pub(super) fn begin(&mut self) {
        self.n_stored = (self.n_stored.1, 0);
    }

    fn of(&mut self, connection: &Connection, channel: &ChannelId) -> StoreResult<&mut Head> {
        if !self.of.contains_key(channel) {
            let head = load_head(connection, channel)?.ok_or(StoreError::Removed)?;
            self.of.insert(channel.clone(), head);
        }
        self.of.get_mut(channel).ok_or(StoreError::Removed)
    }

    /// Of the channel as somebody knew it: another epoch means it was removed since.
    fn of_epoch(
        &mut self,
        connection: &Connection,
        channel: &ChannelId,
        epoch: &Epoch,
    ) -> StoreResult<&mut Head> {
        let head = self.of(connection, channel)?;
        match head.epoch == *epoch {
            true => Ok(head),
            false => Err(StoreError::Removed),
        }
    }
}

/// Does one job. An error ends the transaction; a refusal of just this job is only owed.
pub(super) fn perform(
    connection: &Connection,
    heads: &mut Heads,
    job: Job,
    debts: &mut Vec<Debt>,
) -> StoreResult<()> {
    match job {
        Job::Create {
            channel,
            epoch,
            reply,
        } => settle(create(connection, &channel, &epoch), reply, debts),
        Job::Remove {
            channel,
            epoch,
            reply,
        } => {
            let head = heads.of_epoch(connection, &channel, &epoch);
            let removed = head.and_then(|head| remove(connection, head.number));
            heads.of.remove(&channel);
            settle(removed, reply, debts)
        }
        Job::Append { append, reply } => perform_append(connection, heads, append, reply, debts),
        Job::Save {
            channel,
            epoch,
            seq,
            snapshot,
            reply,
        } => {
            let head = heads.of_epoch(connection, &channel, &epoch);
            let saved = head.and_then(|head| save(connection, head.number, seq, &snapshot));
            settle(saved, reply, debts)
        }
        Job::Prune {
            channel,
            epoch,
            through,
            reply,
        } => {
            let batch = prune::batch(heads.n_stored.0.max(heads.n_stored.1));
            let head = heads.of_epoch(connection, &channel, &epoch);
            let pruned =
                head.and_then(|head| prune::prune(connection, head.number, through, batch));
            settle(pruned, reply, debts)
        }
        // There is something better to do.
        Job::Tidy { reply } => settle(Ok(true), reply, debts),
        Job::Probe { reply } => settle(probe(connection), reply, debts),
        Job::Stop { reply } => settle(Ok(()), reply, debts),
    }
}

/// Owes `reply` its answer, or the error that ended the whole transaction.
pub(super) fn owe<T: Send + 'static>(reply: Reply<T>, answer: StoreResult<T>) -> Debt {
    Box::new(move |outcome| {
        // Nobody waits any more when the asker is gone; the work is done all the same.
        let _ = reply.send(outcome.and(answer));
    })
}

fn settle<T: Send + 'static>(
    result: StoreResult<T>,
    reply: Reply<T>,
    debts: &mut Vec<Debt>,
) -> StoreResult<()> {
    let failure = match &result {
        Err(error @ StoreError::Failed(_)) => Err(error.clone()),
        _ => Ok(()),
    };
    debts.push(owe(reply, result));
    failure
}

fn perform_append(
    connection: &Connection,
    heads: &mut Heads,
    append: Append,
    reply: Reply<Vec<Stored>>,
    debts: &mut Vec<Debt>,
) -> StoreResult<()> {
    let Append {
        channel,
        epoch,
        drafts,
        log,
        keep,
    } = append;
    let (stored, events) = match write(connection, heads, &channel, &epoch, drafts) {
        Ok(written) => written,
        Err(error) => return settle(Err(error), reply, debts),
    };
    debts.push(Box::new(move |outcome| {
        // Fan-out first: who is acknowledged may rely on everybody being told.
        if outcome.is_ok() && !events.is_empty() {
            log.committed(events);
        }
        drop(keep);
        owe(reply, Ok(stored))(outcome);
    }));
    Ok(())
}

fn write(
    connection: &Connection,
    heads: &mut Heads,
    channel: &ChannelId,
    epoch: &Epoch,
    drafts: Vec<Draft>,
) -> StoreResult<(Vec<Stored>, Vec<Event>)> {
    let head = heads.of_epoch(connection, channel, epoch)?;
    let mut stored = Vec::with_capacity(drafts.len());
    let mut events = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let event = placed(draft, head.seq);
        let duplicate = !insert(connection, head.number, &event)?;
        let seq = match duplicate {
            true => of_duplicate(connection, head.number, &event)?,
            false => event.seq,
        };
        let id = event.id.clone();
        stored.push(Stored { id, seq, duplicate });
        if !duplicate {
            head.seq = seq;
            events.push(event);
        }
    }
    connection
        .prepare_cached("UPDATE channels SET head = ?2 WHERE number = ?1")?
        .execute(params![head.number, head.seq.0])?;
    heads.n_stored.1 += u64::try_from(events.len()).unwrap_or(0);
    Ok((stored, events))
}

fn placed(draft: Draft, prev: Seq) -> Event {
    Event {
        seq: Seq(prev.0 + 1),
        prev,
        id: draft.id,
        at: draft.at,
        author: draft.author,
        visibility: draft.visibility,
        body: draft.body,
        extra: Extra::new(),
    }
}

/// Whether it was stored; it was not when its id is there already.
fn insert(connection: &Connection, number: i64, event: &Event) -> StoreResult<bool> {
    let visibility = match event.visibility.is_public() {
        true => None,
        false => Some(serde_json::to_string(&event.visibility)?),
    };
    let n_stored = connection
        .prepare_cached(
            "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
             ON CONFLICT (channel, id) DO NOTHING",
        )?
        .execute(params![
            number,
            event.seq.0,
            event.prev.0,
            event.id.as_str(),
            event.at,
            serde_json::to_string(&event.author)?,
            visibility,
            serde_json::to_string(&event.body)?,
        ])?;
    Ok(n_stored > 0)
}

/// Where the event is whose id this one has.
fn of_duplicate(connection: &Connection, number: i64, event: &Event) -> StoreResult<Seq> {
    let found = find(connection, number, event.id.as_str())?;
    found.ok_or_else(|| unreadable("an id that exists is nowhere"))
}

pub(super) fn find(connection: &Connection, number: i64, id: &str) -> StoreResult<Option<Seq>> {
    let seq = connection
        .prepare_cached("SELECT seq FROM events WHERE channel = ?1 AND id = ?2")?
        .query_row(params![number, id], |row| row.get(0).map(Seq))
        .optional()?;
    Ok(seq)
}

fn load_head(connection: &Connection, channel: &ChannelId) -> StoreResult<Option<Head>> {
    let row = connection
        .prepare_cached("SELECT number, epoch, head FROM channels WHERE id = ?1 AND removed = 0")?
        .query_row([channel.as_str()], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((number, epoch, seq)) = row else {
        return Ok(None);
    };
    let epoch = Epoch::new(epoch).map_err(unreadable)?;
    Ok(Some(Head {
        number,
        epoch,
        seq: Seq(seq),
    }))
}

fn create(connection: &Connection, channel: &ChannelId, epoch: &Epoch) -> StoreResult<()> {
    let made = connection.execute(
        "INSERT INTO channels (id, epoch) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE \
         SET epoch = excluded.epoch, head = 0, base = 0, removed = 0 WHERE removed = 1",
        params![channel.as_str(), epoch.as_str()],
    )?;
    match made {
        0 => Err(StoreError::Exists),
        _ => Ok(()),
    }
}

fn remove(connection: &Connection, number: i64) -> StoreResult<()> {
    connection.execute(
        "UPDATE channels SET removed = 1 WHERE number = ?1",
        [number],
    )?;
    connection.execute("DELETE FROM events WHERE channel = ?1", [number])?;
    connection.execute("DELETE FROM snapshots WHERE channel = ?1", [number])?;
    connection.execute(
        "DELETE FROM channels WHERE removed = 1 AND number NOT IN \
         (SELECT number FROM channels WHERE removed = 1 ORDER BY number DESC LIMIT ?1)",
        [MAX_REMOVED],
    )?;
    Ok(())
}

/// Keeps the newer one of the saved states: events before it may be gone.
fn save(connection: &Connection, number: i64, seq: Seq, snapshot: &Snapshot) -> StoreResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO snapshots VALUES (?1, ?2, ?3) ON CONFLICT (channel) DO UPDATE \
             SET seq = excluded.seq, state = excluded.state WHERE excluded.seq > snapshots.seq",
        )?
        .execute(params![number, seq.0, serde_json::to_string(snapshot)?])?;
    Ok(())
}

/// Proves that the file can be written: touches a header field inside the transaction.
fn probe(connection: &Connection) -> StoreResult<()> {
    let id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    connection.pragma_update(None, "application_id", id)?;
    Ok(())
}
