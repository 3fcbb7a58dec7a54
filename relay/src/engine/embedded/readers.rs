//! Reading beside the writer. In WAL mode a reader never waits for the writer, nor it for them.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pilothouse_shared::{ChannelId, Epoch, Event, EventId, Extra, Seq, Snapshot, Visibility};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use tokio::sync::Semaphore;

use super::failure::{Health, unreadable};
use super::{Found, StoreError, StoreResult, Stretch, commit};

/// Readers at once. More would only queue at the disk.
const MAX_READERS: usize = 4;

/// See the module.
#[derive(Debug)]
pub(super) struct Readers {
    slots: Semaphore,
    source: Arc<Source>,
    health: Arc<Health>,
}

#[derive(Debug)]
enum Source {
    /// A file: connections that are not in use; at most [`MAX_READERS`].
    File {
        path: PathBuf,
        idle: Mutex<Vec<Connection>>,
    },
    /// Memory: there is only the writer's connection.
    Memory(Arc<Mutex<Connection>>),
}

impl Readers {
    pub(super) fn new(
        path: Option<PathBuf>,
        writer: &Arc<Mutex<Connection>>,
        health: &Arc<Health>,
    ) -> Self {
        let source = match path {
            Some(path) => Source::File {
                path,
                idle: Mutex::default(),
            },
            None => Source::Memory(Arc::clone(writer)),
        };
        Self {
            slots: Semaphore::new(MAX_READERS),
            source: Arc::new(source),
            health: Arc::clone(health),
        }
    }

    /// Runs a query off the async threads.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let _slot = self.slots.acquire().await.map_err(StoreError::failed)?;
        let source = Arc::clone(&self.source);
        let work = tokio::task::spawn_blocking(move || source.run(query));
        let answer = work.await.map_err(StoreError::failed)?;
        self.health.read(&answer);
        answer
    }
}

impl Source {
    fn run<T>(&self, query: impl FnOnce(&Connection) -> StoreResult<T>) -> StoreResult<T> {
        match self {
            Self::Memory(connection) => {
                query(&connection.lock().unwrap_or_else(PoisonError::into_inner))
            }
            Self::File { path, idle } => {
                let held = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let connection = match held {
                    Some(connection) => connection,
                    None => Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
                };
                let answer = query(&connection)?;
                idle.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(connection);
                Ok(answer)
            }
        }
    }
}

pub(super) fn channels(connection: &Connection) -> StoreResult<Vec<Found>> {
    let mut query = connection.prepare(
        "SELECT number, id, epoch, head, base FROM channels WHERE removed = 0 ORDER BY number",
    )?;
    let mut rows = query.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let text = |index| row.get::<_, String>(index);
        found.push(Found {
            channel: ChannelId::new(text(1)?).map_err(unreadable)?,
            epoch: Epoch::new(text(2)?).map_err(unreadable)?,
            head: Seq(row.get(3)?),
            base: Seq(row.get(4)?),
            snapshot: snapshot(connection, row.get(0)?),
        });
    }
    Ok(found)
}

fn snapshot(connection: &Connection, number: i64) -> StoreResult<Option<(Seq, Snapshot)>> {
    let saved = connection
        .prepare_cached("SELECT seq, state FROM snapshots WHERE channel = ?1")?
        .query_row([number], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    match saved {
        Some((seq, state)) => Ok(Some((Seq(seq), serde_json::from_str(&state)?))),
        None => Ok(None),
    }
}

pub(super) fn saved(
    connection: &Connection,
    channel: &ChannelId,
    epoch: &Epoch,
) -> StoreResult<Option<(Seq, Snapshot)>> {
    // One look: a channel made anew has the number of the one before.
    let connection = connection.unchecked_transaction()?;
    let number = number_in(&connection, channel, epoch)?;
    snapshot(&connection, number)
}

pub(super) fn was_removed(connection: &Connection, channel: &ChannelId) -> StoreResult<bool> {
    let removed = connection
        .prepare_cached("SELECT removed FROM channels WHERE id = ?1")?
        .query_row([channel.as_str()], |row| row.get(0))
        .optional()?;
    Ok(removed.unwrap_or(false))
}

pub(super) fn find(
    connection: &Connection,
    channel: &ChannelId,
    id: &EventId,
) -> StoreResult<Option<Seq>> {
    match number(connection, channel)? {
        Some(number) => commit::find(connection, number, id.as_str()),
        None => Ok(None),
    }
}

pub(super) fn events(
    connection: &Connection,
    channel: &ChannelId,
    epoch: &Epoch,
    stretch: Stretch,
    limit: usize,
) -> StoreResult<Vec<Event>> {
    // One look: a channel made anew has the number of the one before.
    let connection = connection.unchecked_transaction()?;
    let number = number_in(&connection, channel, epoch)?;
    let (sql, seq) = match stretch {
        Stretch::After(seq) => ("seq > ?2 ORDER BY seq ASC", seq),
        Stretch::Before(seq) => ("seq < ?2 ORDER BY seq DESC", seq),
    };
    let sql = format!(
        "SELECT seq, prev, id, at, author, visibility, body FROM events \
         WHERE channel = ?1 AND {sql} LIMIT ?3"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map(params![number, seq.0.min(i64::MAX as u64), limit], |row| {
        Ok(event(row))
    })?;
    let mut events = rows.map(|row| row?).collect::<StoreResult<Vec<_>>>()?;
    if matches!(stretch, Stretch::Before(_)) {
        events.reverse();
    }
    Ok(events)
}

fn number(connection: &Connection, channel: &ChannelId) -> StoreResult<Option<i64>> {
    let number = connection
        .prepare_cached("SELECT number FROM channels WHERE id = ?1 AND removed = 0")?
        .query_row([channel.as_str()], |row| row.get(0))
        .optional()?;
    Ok(number)
}

/// The number of the channel while it has this epoch.
fn number_in(connection: &Connection, channel: &ChannelId, epoch: &Epoch) -> StoreResult<i64> {
    connection
        .prepare_cached("SELECT number FROM channels WHERE id = ?1 AND epoch = ?2 AND removed = 0")?
        .query_row([channel.as_str(), epoch.as_str()], |row| row.get(0))
        .optional()?
        .ok_or(StoreError::Removed)
}

fn event(row: &Row<'_>) -> StoreResult<Event> {
    let text = |index| row.get::<_, String>(index);
    let visibility = match row.get::<_, Option<String>>(5)? {
        Some(visibility) => serde_json::from_str(&visibility)?,
        None => Visibility::Public,
    };
    Ok(Event {
        seq: Seq(row.get(0)?),
        prev: Seq(row.get(1)?),
        id: EventId::new(text(2)?).map_err(unreadable)?,
        at: row.get(3)?,
        author: serde_json::from_str(&text(4)?)?,
        visibility,
        body: serde_json::from_str(&text(6)?)?,
        extra: Extra::new(),
    })
}
