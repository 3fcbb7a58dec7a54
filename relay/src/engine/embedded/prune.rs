//! The old end of a channel's history: how much of it is too old, and deleting it bit by bit.

use pilothouse_shared::{ChannelId, Epoch, Millis, Seq};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::StoreResult;
use super::failure::unreadable;
use crate::engine::Aged;

/// Events deleted in one turn of the writer, unless publishing is faster: a few milliseconds that the
/// publishers of that turn wait along.
const BATCH: u64 = 256;

/// Events of one channel looked at in one go.
const MAX_LOOK: u64 = 1000;

/// How many events this turn may delete. Twice what is stored keeps pruning ahead of any publisher.
pub(super) fn batch(n_stored: u64) -> u64 {
    BATCH.max(n_stored.saturating_mul(2))
}

/// Deletes the oldest events up to `through`, never more than `batch`, and only what a saved snapshot
/// has folded. Answers with the seq before the oldest event left.
pub(super) fn prune(
    connection: &Connection,
    number: i64,
    through: Seq,
    batch: u64,
) -> StoreResult<Seq> {
    let base: u64 = connection
        .prepare_cached("SELECT base FROM channels WHERE number = ?1")?
        .query_row([number], |row| row.get(0))?;
    let saved: Option<u64> = connection
        .prepare_cached("SELECT seq FROM snapshots WHERE channel = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    let new_base = through.0.min(saved.unwrap_or(0)).min(base + batch);
    if new_base <= base {
        return Ok(Seq(base));
    }
    connection
        .prepare_cached("DELETE FROM events WHERE channel = ?1 AND seq <= ?2")?
        .execute(params![number, new_base])?;
    connection
        .prepare_cached("UPDATE channels SET base = ?2 WHERE number = ?1")?
        .execute(params![number, new_base])?;
    Ok(Seq(new_base))
}

/// See [`Engine::aged`](crate::engine::Engine::aged).
pub(super) fn aged(connection: &Connection, before: Millis, now: Millis) -> StoreResult<Vec<Aged>> {
    let mut suspects = connection.prepare_cached(
        "SELECT number, channels.id, epoch, base, head FROM channels \
         JOIN events ON events.channel = number AND seq = base + 1 \
         WHERE removed = 0 AND head > base + 1 AND (at < ?1 OR at > ?2)",
    )?;
    let mut aged = Vec::new();
    let mut rows = suspects.query(params![before, now])?;
    while let Some(row) = rows.next()? {
        if let Some(through) = aged_through(connection, row, before, now)? {
            aged.push(Aged {
                channel: ChannelId::new(row.get::<_, String>(1)?).map_err(unreadable)?,
                epoch: Epoch::new(row.get::<_, String>(2)?).map_err(unreadable)?,
                through,
            });
        }
    }
    Ok(aged)
}

/// Up to which seq everything is old. An event from the future has a wrong time, which says nothing:
/// what follows it does.
fn aged_through(
    connection: &Connection,
    channel: &Row<'_>,
    before: Millis,
    now: Millis,
) -> StoreResult<Option<Seq>> {
    let (number, base, head): (i64, u64, u64) = (channel.get(0)?, channel.get(3)?, channel.get(4)?);
    let mut oldest = connection.prepare_cached(
        "SELECT seq, at FROM events WHERE channel = ?1 AND seq > ?2 AND seq < ?3 \
         ORDER BY seq LIMIT ?4",
    )?;
    let mut rows = oldest.query(params![number, base, head, MAX_LOOK])?;
    let mut through = None;
    while let Some(row) = rows.next()? {
        let at: Millis = row.get(1)?;
        if at < before {
            through = Some(Seq(row.get(0)?));
        } else if at <= now {
            break;
        }
    }
    Ok(through)
}

#[cfg(test)]
mod tests;
