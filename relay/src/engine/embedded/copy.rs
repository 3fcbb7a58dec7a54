//! Whole copies of the history, made while a relay uses it, and put back.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::{FILE, StoreError, StoreResult, failure, lock, schema};

/// The files of a database, by what stands behind its name: another database must not find those beside it.
const FILES: [&str; 3] = ["", "-wal", "-shm"];

/// What a copy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Channels, removed ones left out.
    pub n_channels: u64,
    /// Events of all of them.
    pub n_events: u64,
    /// Size of the copy.
    pub n_bytes: u64,
}

/// Writes a copy of the history in `folder` to `to`: one file, as it was at one moment, on disk when this
/// returns. A relay may use the history meanwhile.
pub(crate) fn backup(folder: &Path, to: &Path) -> StoreResult<Copied> {
    absent(to)?;
    let from = folder.join(FILE);
    if !from.exists() {
        let folder = folder.display();
        return Err(StoreError::failed(format!(
            "there is no history in {folder}; name the relay's folder with --data-dir"
        )));
    }
    let part = beside(to, ".part");
    // Of an attempt that ended in the middle.
    remove(&part)?;
    private(&part)?;
    let source = open(&from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    source.busy_timeout(schema::BUSY)?;
    source.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
    let (n_channels, n_events) = seal(&part)?;
    let n_bytes = on_disk(&part)?;
    rename(&part, to)?;
    Ok(Copied {
        n_channels,
        n_events,
        n_bytes,
    })
}

/// Puts a copy into `folder`, in place of the history there, which is kept under the name that is returned.
/// No relay may use the folder.
pub(crate) fn restore(from: &Path, folder: &Path) -> StoreResult<Option<PathBuf>> {
    check(&open(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?)?;
    fs::create_dir_all(folder).map_err(|error| failed("make", folder, &error))?;
    let _lock = lock::take(folder)?;
    let place = folder.join(FILE);
    let part = beside(&place, ".part");
    fs::copy(from, &part).map_err(|error| failed("copy", from, &error))?;
    seal(&part)?;
    on_disk(&part)?;
    let kept = match place.exists() {
        true => Some(set_aside(&place)?),
        false => None,
    };
    rename(&part, &place)?;
    Ok(kept)
}

/// Makes a copy one that a relay does not take for the history it comes from: without a run, every channel
/// gets a new epoch, and nobody's position is taken for proof. How many channels and events it has.
fn seal(path: &Path) -> StoreResult<(u64, u64)> {
    let copy = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let version = check(&copy)?;
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    // The first version had no runs.
    if version > 1 {
        copy.execute("DELETE FROM run", [])?;
    }
    let count = |sql| copy.query_row(sql, [], |row| row.get(0));
    let n_channels = count("SELECT count(*) FROM channels WHERE NOT removed")?;
    Ok((n_channels, count("SELECT count(*) FROM events")?))
}

/// Never makes a file.
fn open(path: &Path, flags: OpenFlags) -> StoreResult<Connection> {
    Ok(Connection::open_with_flags(path, flags)?)
}

/// The version of a whole history that is not of a later relay.
fn check(copy: &Connection) -> StoreResult<usize> {
    let said: String = copy.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if said != "ok" {
        return Err(StoreError::failed(format!("the copy is damaged: {said}")));
    }
    match schema::version(copy)? {
        0 => Err(StoreError::failed("that file is no history of Pilothouse")),
        version => Ok(version),
    }
}

/// Moves the history out of the way without opening it: it may be damaged.
fn set_aside(place: &Path) -> StoreResult<PathBuf> {
    let name = |n: u32| beside(place, &format!(".before-{n}"));
    let kept = (1..).map(name).find(|path| !path.exists());
    let kept = kept.unwrap_or_else(|| name(0));
    for end in FILES {
        let (from, to) = (beside(place, end), beside(&kept, end));
        if from.exists() {
            rename(&from, &to)?;
        }
    }
    Ok(kept)
}

/// An empty file that only its owner may read: histories hold what is private.
fn private(path: &Path) -> StoreResult<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.open(path);
    made.map(drop)
        .map_err(|error| failed("write", path, &error))
}

fn absent(path: &Path) -> StoreResult<()> {
    match path.exists() {
        true => Err(StoreError::failed(format!(
            "{} exists; name another file, or remove it first",
            path.display()
        ))),
        false => Ok(()),
    }
}

/// The size of a file whose content is on disk now.
fn on_disk(path: &Path) -> StoreResult<u64> {
    let size = || {
        let file = File::open(path)?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    };
    size().map_err(|error| failed("write", path, &error))
}

/// Renames, and has the new name on disk.
fn rename(from: &Path, to: &Path) -> StoreResult<()> {
    let done = || {
        fs::rename(from, to)?;
        match to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            #[cfg(unix)]
            Some(parent) => File::open(parent)?.sync_all(),
            _ => Ok(()),
        }
    };
    done().map_err(|error| failed("write", to, &error))
}

fn remove(path: &Path) -> StoreResult<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("remove", path, &error))
        }
        _ => Ok(()),
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> StoreError {
    failure::of_file(&format!("cannot {what} {}", path.display()), error)
}
