//! Giving space back to the system: pages that hold nothing any more, and a log that has grown.
//!
//! The database shrinks bit by bit (`auto_vacuum=INCREMENTAL`), never while anybody publishes.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::StoreResult;

/// The write-ahead log may stay this large, in bytes. It is written again from its beginning, which is
/// cheaper than a file that grows; an ordinary one stays at 4 MiB.
pub(super) const MAX_LOG: u64 = 8 * 1024 * 1024;

/// Free pages that are worth nothing: 1 MiB.
const FEW_PAGES: u64 = 256;

/// One page of so many may be free: history that comes takes the place of history that went.
const FREE_SHARE: u64 = 8;

/// Pages given back in one step: a moment's work.
const STEP_PAGES: u32 = 64;

/// Does one step; says whether more should follow.
pub(super) fn give_back(connection: &Connection) -> StoreResult<bool> {
    if free_pages(connection)? > too_many(connection)? {
        connection.execute_batch(&format!("PRAGMA incremental_vacuum({STEP_PAGES})"))?;
        if free_pages(connection)? > too_many(connection)? {
            return Ok(true);
        }
        // The file itself gets shorter when the log is copied into it.
        checkpoint(connection, "PASSIVE")?;
    }
    if log_size(connection) > MAX_LOG {
        checkpoint(connection, "TRUNCATE")?;
    }
    Ok(false)
}

/// Makes a file that cannot shrink into one that can, by writing it anew: once, for one that was made by
/// an older version. Needs as much space again for a moment; without it the file stays as it is.
pub(super) fn make_shrinkable(connection: &Connection) -> StoreResult<()> {
    let mode: u8 = connection.pragma_query_value(None, "auto_vacuum", |row| row.get(0))?;
    if mode != 0 {
        return Ok(());
    }
    tracing::info!("the database is written anew, so that it can shrink later");
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    if let Err(error) = connection.execute_batch("VACUUM") {
        tracing::warn!(%error, "not done: the database keeps its size; tried again at the next start");
    }
    Ok(())
}

fn free_pages(connection: &Connection) -> StoreResult<u64> {
    Ok(connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?)
}

fn too_many(connection: &Connection) -> StoreResult<u64> {
    let n_pages: u64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    Ok(FEW_PAGES.max(n_pages / FREE_SHARE))
}

/// Copies the log into the database: what is left is one file.
pub(super) fn settle(connection: &Connection) -> StoreResult<()> {
    checkpoint(connection, "TRUNCATE")
}

/// Copies the log into the database, unless a reader still needs it as it is: nobody waits for that.
fn checkpoint(connection: &Connection, mode: &str) -> StoreResult<()> {
    connection.busy_timeout(Duration::ZERO)?;
    let done = connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()));
    connection.busy_timeout(super::schema::BUSY)?;
    Ok(done?)
}

fn log_size(connection: &Connection) -> u64 {
    let path = connection.path().filter(|path| !path.is_empty());
    let log = path.and_then(|path| fs::metadata(Path::new(&format!("{path}-wal"))).ok());
    log.map_or(0, |log| log.len())
}

#[cfg(test)]
mod tests;
