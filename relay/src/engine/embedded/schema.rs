//! The database file: how it is opened, and its migrations.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::{StoreError, StoreResult, run, space};
use crate::config::Durability;

/// Each migration brings the file from the version of its index to the next. Never edit one that was
/// released; add another.
pub(super) const MIGRATIONS: [&str; 2] = [
    "
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
",
    "
    -- the run of the relay that used the file last
    CREATE TABLE run (
        one   INTEGER PRIMARY KEY CHECK (one = 1),
        boot  TEXT,
        lossy INTEGER NOT NULL,
        clean INTEGER NOT NULL
    ) STRICT;
",
];

/// How long a statement waits for another process that has the file locked, such as a backup.
pub(in crate::engine) const BUSY: Duration = Duration::from_secs(5);

/// Opens the writer's connection, brings the file to this version, and begins a run.
pub(super) fn open(
    path: Option<&Path>,
    durability: Durability,
    boot: Option<&str>,
) -> StoreResult<Connection> {
    let mut connection = match path {
        Some(path) => Connection::open(path)?,
        None => Connection::open_in_memory()?,
    };
    connection.busy_timeout(BUSY)?;
    // Before anything is changed.
    let version = version(&connection)?;
    // Only a file without tables takes this, and only before its first page is written.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "journal_size_limit", space::MAX_LOG)?;
    // Only Apple's systems need it to have things on disk, and only they heed it.
    let is_full = durability == Durability::Full;
    connection.pragma_update(None, "fullfsync", is_full)?;
    connection.pragma_update(None, "checkpoint_fullfsync", is_full)?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
        Durability::Memory => "OFF",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    migrate(&mut connection, version)?;
    space::make_shrinkable(&connection)?;
    run::begin(&mut connection, durability, boot)?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    Ok(connection)
}

/// The version of the file; 0 when it is new.
pub(super) fn version(connection: &Connection) -> StoreResult<usize> {
    let version: usize = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > MIGRATIONS.len() {
        return Err(StoreError::failed(format!(
            "the database has version {version}, this relay knows up to {}; use a newer relay, or \
             another folder with --data-dir. Nothing in it was changed",
            MIGRATIONS.len()
        )));
    }
    Ok(version)
}

fn migrate(connection: &mut Connection, version: usize) -> StoreResult<()> {
    if version == MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for migration in MIGRATIONS.iter().skip(version) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    transaction.commit()?;
    Ok(())
}
