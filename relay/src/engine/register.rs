//! The register of tokens and links: which there are, which were taken back. The relay and the command line
//! both write it, each in a process of its own.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pilothouse_shared::Millis;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::embedded::BUSY;
use super::{StoreError, StoreResult};

/// Most tokens that are kept. Those that ended leave after [`KEEP_ENDED`].
const MAX_TOKENS: u64 = 10_000;

/// Most links that nobody has opened yet.
const MAX_LINKS: u64 = 1_000;

/// How long what is over is still listed, in milliseconds: 30 days.
const KEEP_ENDED: Millis = 30 * 24 * 60 * 60 * 1000;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS tokens (
        id         TEXT PRIMARY KEY,
        details    TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        revoked_at INTEGER,
        -- how much of its life is in the audit trail: 0 nothing, 1 that it was made, 2 that it was revoked
        told       INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS links (
        -- the digest of the code: who reads this file opens nothing
        code       TEXT PRIMARY KEY,
        details    TEXT NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// See the module. What a token is, is in `details`, which is not looked at here.
#[derive(Debug)]
pub(crate) struct Register(Mutex<Connection>);

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) details: String,
    pub(crate) expires_at: Millis,
    pub(crate) revoked_at: Option<Millis>,
    pub(crate) told: u8,
}

impl Register {
    /// Opens the file, making it when there is none.
    pub(crate) fn open(path: &Path) -> StoreResult<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes when anybody has written: another process, or this one.
    pub(crate) fn version(&self) -> StoreResult<(i64, u64)> {
        let connection = self.connection();
        let of_others = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        Ok((of_others, connection.total_changes()))
    }

    /// Adds a token.
    pub(crate) fn add(
        &self,
        id: &str,
        details: &str,
        expires_at: Millis,
        now: Millis,
    ) -> StoreResult<()> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        let ended = now.saturating_sub(KEEP_ENDED);
        transaction.execute("DELETE FROM tokens WHERE expires_at < ?1", params![ended])?;
        let n: u64 = transaction.query_row("SELECT count(*) FROM tokens", [], |row| row.get(0))?;
        if n >= MAX_TOKENS {
            let message = format!("there are {MAX_TOKENS} tokens already; let some expire");
            return Err(StoreError::failed(message));
        }
        transaction.execute(
            "INSERT INTO tokens (id, details, expires_at) VALUES (?1, ?2, ?3)",
            params![id, details, expires_at],
        )?;
        Ok(transaction.commit()?)
    }

    /// Takes a token back; also one that others have made. Whether that is news.
    pub(crate) fn revoke(&self, id: &str, expires_at: Millis, now: Millis) -> StoreResult<bool> {
        let changed = self.connection().execute(
            "INSERT INTO tokens (id, details, expires_at, revoked_at) VALUES (?1, '', ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET revoked_at = ?3 WHERE revoked_at IS NULL",
            params![id, expires_at, now],
        )?;
        Ok(changed > 0)
    }

    /// All of them, in the order of their ids, which is that of their making.
    pub(crate) fn all(&self) -> StoreResult<Vec<Kept>> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT id, details, expires_at, revoked_at, told FROM tokens ORDER BY id",
        )?;
        let kept = statement.query_map([], kept)?;
        Ok(kept.collect::<Result<_, _>>()?)
    }

    /// Writes down how much the audit trail knows of a token.
    pub(crate) fn told(&self, id: &str, told: u8) -> StoreResult<()> {
        let sql = "UPDATE tokens SET told = ?2 WHERE id = ?1";
        self.connection().execute(sql, params![id, told])?;
        Ok(())
    }

    /// Adds a link that one may open once.
    pub(crate) fn add_link(
        &self,
        code: &str,
        details: &str,
        expires_at: Millis,
        now: Millis,
    ) -> StoreResult<()> {
        let connection = self.connection();
        connection.execute("DELETE FROM links WHERE expires_at <= ?1", params![now])?;
        let n: u64 = connection.query_row("SELECT count(*) FROM links", [], |row| row.get(0))?;
        if n >= MAX_LINKS {
            let message = format!("there are {MAX_LINKS} unopened links already; let some expire");
            return Err(StoreError::failed(message));
        }
        connection.execute(
            "INSERT INTO links (code, details, expires_at) VALUES (?1, ?2, ?3)",
            params![code, details, expires_at],
        )?;
        Ok(())
    }

    /// What a link is for; it is gone with that.
    pub(crate) fn open_link(&self, code: &str, now: Millis) -> StoreResult<Option<String>> {
        let sql = "DELETE FROM links WHERE code = ?1 AND expires_at > ?2 RETURNING details";
        let connection = self.connection();
        let opened = connection.query_row(sql, params![code, now], |row| row.get(0));
        Ok(opened.optional()?)
    }
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        id: row.get(0)?,
        details: row.get(1)?,
        expires_at: row.get(2)?,
        revoked_at: row.get(3)?,
        told: row.get(4)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register() -> (tempfile::TempDir, Register) {
        let folder = tempfile::tempdir().unwrap();
        let register = Register::open(&folder.path().join("r")).unwrap();
        (folder, register)
    }

    #[test]
    fn a_link_opens_once_and_in_time() {
        let (_folder, register) = register();
        register.add_link("a", "for ada", 100, 0).unwrap();
        register.add_link("b", "for bob", 100, 0).unwrap();
        assert_eq!(
            register.open_link("a", 99).unwrap().as_deref(),
            Some("for ada")
        );
        assert_eq!(register.open_link("a", 99).unwrap(), None);
        assert_eq!(register.open_link("b", 100).unwrap(), None);
        assert_eq!(register.open_link("c", 1).unwrap(), None);
    }

    #[test]
    fn what_was_revoked_stays_so_and_is_seen_by_others() {
        let (folder, register) = register();
        let other = Register::open(&folder.path().join("r")).unwrap();
        let before = other.version().unwrap();
        register.add("t", "{}", 100, 0).unwrap();
        assert!(register.revoke("t", 0, 5).unwrap());
        assert!(!register.revoke("t", 0, 6).unwrap());
        assert_ne!(other.version().unwrap(), before);
        let all = other.all().unwrap();
        assert_eq!((all[0].revoked_at, all[0].expires_at), (Some(5), 100));
    }

    #[test]
    fn what_ended_long_ago_leaves() {
        let (_folder, register) = register();
        register.add("old", "{}", 100, 0).unwrap();
        register
            .add("new", "{}", KEEP_ENDED * 2, KEEP_ENDED + 101)
            .unwrap();
        let ids: Vec<_> = register
            .all()
            .unwrap()
            .into_iter()
            .map(|kept| kept.id)
            .collect();
        assert_eq!(ids, ["new"]);
    }
}
