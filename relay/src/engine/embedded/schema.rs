//! The database file: how it is opened, and its migrations.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::{StoreError, StoreResult};
use crate::config::Durability;

/// Each migration brings the file from the version of its index to the next. Never edit one that was
/// released; add another.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE channels (
        number  INTEGER PRIMARY KEY,
        id      TEXT NOT NULL UNIQUE,
        epoch   TEXT NOT NULL,
        head    INTEGER NOT NULL DEFAULT 0,
        -- the seq before the oldest event held
        base    INTEGER NOT NULL DEFAULT 0,
        -- a removed channel keeps its row so that a late publisher is told, not obeyed
        removed INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE events (
        channel    INTEGER NOT NULL,
        seq        INTEGER NOT NULL,
        prev       INTEGER NOT NULL,
        id         TEXT NOT NULL,
        at         INTEGER NOT NULL,
        author     TEXT NOT NULL,
        visibility TEXT,
        body       TEXT NOT NULL,
        PRIMARY KEY (channel, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX events_by_id ON events (channel, id);
    CREATE TABLE snapshots (
        channel INTEGER PRIMARY KEY,
        seq     INTEGER NOT NULL,
        state   TEXT NOT NULL
    ) STRICT;
"];

/// How long a statement waits for another process that has the file locked, such as a backup.
const BUSY: Duration = Duration::from_secs(5);

/// Opens the writer's connection and brings the file to this version.
pub(super) fn open(path: Option<&Path>, durability: Durability) -> StoreResult<Connection> {
    let mut connection = match path {
        Some(path) => Connection::open(path)?,
        None => Connection::open_in_memory()?,
    };
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
        Durability::Memory => "OFF",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    migrate(&mut connection)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> StoreResult<()> {
    let version: usize = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Some(due) = MIGRATIONS.get(version..) else {
        let message = format!(
            "the database has version {version}, this relay knows up to {}; use a newer relay",
            MIGRATIONS.len()
        );
        return Err(StoreError::Failed(message));
    };
    let transaction = connection.transaction()?;
    for migration in due {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    transaction.commit()?;
    Ok(())
}
