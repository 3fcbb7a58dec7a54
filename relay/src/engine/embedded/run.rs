//! The run of the relay that uses the file, so that the next one can tell whether anything that was
//! acknowledged may be missing.
//!
//! At durability `normal` commits wait in the system's memory. They outlive the process but not the
//! machine, and a history that has lost its end would give the same seqs to other events. So a run that
//! follows on a machine that stopped gives every channel a new epoch: nobody's position is then taken
//! for proof.

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreResult;
use crate::config::Durability;

/// Where Linux says which start of the machine this is.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// A run as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    /// The start of the machine; unknown on some.
    boot: Option<String>,
    /// Whether a stop of the machine may take what was acknowledged.
    is_lossy: bool,
    /// Whether it ended in order, with everything on disk.
    is_clean: bool,
}

impl Run {
    /// Whether everything it acknowledged is there for a run of this start of the machine.
    fn is_continued_by(&self, boot: Option<&str>) -> bool {
        let is_same_boot = boot.is_some() && self.boot.as_deref() == boot;
        !self.is_lossy || self.is_clean || is_same_boot
    }
}

/// This start of the machine; unknown where the system does not say.
pub(super) fn boot() -> Option<String> {
    let id = std::fs::read_to_string(BOOT_ID).ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

/// Writes down that a run begins, after looking at what the last one left. A file without any run may
/// have lost something too.
pub(super) fn begin(
    connection: &mut Connection,
    durability: Durability,
    boot: Option<&str>,
) -> StoreResult<()> {
    // On disk before anything it speaks of, and with it all that was written before.
    if durability != Durability::Memory {
        connection.pragma_update(None, "synchronous", "FULL")?;
    }
    let transaction = connection.transaction()?;
    let is_continued = last(&transaction)?.is_some_and(|run| run.is_continued_by(boot));
    if !is_continued {
        let n_channels =
            transaction.execute("UPDATE channels SET epoch = lower(hex(randomblob(16)))", [])?;
        if n_channels > 0 {
            tracing::warn!(
                n_channels,
                "the machine stopped before everything was on disk: every channel has a new epoch"
            );
        }
    }
    let is_lossy = durability != Durability::Full;
    transaction.execute(
        "REPLACE INTO run VALUES (1, ?1, ?2, FALSE)",
        params![boot, is_lossy],
    )?;
    transaction.commit()?;
    Ok(())
}

/// Writes down that the run ends with everything on disk.
pub(super) fn end(connection: &Connection) -> StoreResult<()> {
    let synchronous: u8 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if synchronous > 0 {
        connection.pragma_update(None, "synchronous", "FULL")?;
    }
    connection.execute("UPDATE run SET clean = TRUE", [])?;
    Ok(())
}

fn last(connection: &Connection) -> StoreResult<Option<Run>> {
    let run = connection.query_row("SELECT boot, lossy, clean FROM run", [], |row| {
        Ok(Run {
            boot: row.get(0)?,
            is_lossy: row.get(1)?,
            is_clean: row.get(2)?,
        })
    });
    Ok(run.optional()?)
}

#[cfg(test)]
mod tests;
