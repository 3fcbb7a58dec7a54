//! What is known of a folder, and what differs when one looks again. Pure: it is given listings.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use pilothouse_shared::Access;
use tokio::time::Instant;

/// Silence after which one looks: the steps of a save are closer together.
const QUIET: Duration = Duration::from_millis(200);

/// The longest one waits for silence.
const LOOK_WITHIN: Duration = Duration::from_secs(1);

/// Most files that are known; those beyond are not reported.
pub(super) const MAX_FILES: usize = 100_000;

/// Most folders that are known; those beyond are not looked into. Each costs the system a watch.
pub(super) const MAX_FOLDERS: usize = 10_000;

/// What tells a changed file from an unchanged one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) modified: Option<SystemTime>,
    pub(super) bytes: u64,
}

/// What lies in one folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) files: BTreeMap<String, Stamp>,
    pub(super) folders: BTreeSet<String>,
}

/// Every folder by its path from the root, which is the empty text; parts are joined by `/`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// At most [`MAX_FOLDERS`].
    folders: BTreeMap<String, Listing>,
    /// At most [`MAX_FILES`].
    n_files: usize,
    /// Whether something was left out for want of room.
    pub(super) is_cut: bool,
}

/// What happened to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// From the root.
    pub(super) path: String,
    pub(super) access: Access,
}

impl Known {
    /// What lies in a folder, if it is known.
    pub(super) fn folder(&self, path: &str) -> Option<&Listing> {
        self.folders.get(path)
    }

    /// Every folder.
    pub(super) fn paths(&self) -> Vec<String> {
        self.folders.keys().cloned().collect()
    }

    /// Whether there is room for one more folder.
    pub(super) fn has_room(&self) -> bool {
        self.folders.len() < MAX_FOLDERS
    }

    /// Takes in what lies in a folder now; `None` when it is gone. Its new subfolders are to be looked at
    /// next.
    pub(super) fn update(&mut self, path: &str, now: Option<Listing>) -> Vec<Change> {
        let Some(mut now) = now else {
            return self.forget(path);
        };
        let before = self.folders.remove(path).unwrap_or_default();
        self.n_files -= before.files.len();
        let room = MAX_FILES - self.n_files;
        if now.files.len() > room {
            self.is_cut = true;
            let kept = now.files.into_iter().take(room);
            now.files = kept.collect();
        }
        self.n_files += now.files.len();
        let mut changes = compare(path, &before.files, &now.files);
        for gone in before.folders.difference(&now.folders) {
            changes.extend(self.forget(&join(path, gone)));
        }
        self.folders.insert(path.to_owned(), now);
        changes
    }

    /// A folder is gone, with all below it.
    fn forget(&mut self, path: &str) -> Vec<Change> {
        let below = format!("{path}/");
        let is_below = |known: &str| known == path || known.starts_with(&below) || path.is_empty();
        let gone: Vec<_> = self
            .folders
            .range(path.to_owned()..)
            .map(|(known, _)| known.clone())
            .take_while(|known| known.starts_with(path))
            .filter(|known| is_below(known))
            .collect();
        let mut changes = Vec::new();
        for folder in gone {
            let listing = self.folders.remove(&folder).unwrap_or_default();
            self.n_files -= listing.files.len();
            changes.extend(compare(&folder, &listing.files, &BTreeMap::new()));
        }
        changes
    }
}

fn compare(
    folder: &str,
    before: &BTreeMap<String, Stamp>,
    now: &BTreeMap<String, Stamp>,
) -> Vec<Change> {
    let change = |name: &String, access| Change {
        path: join(folder, name),
        access,
    };
    let changed = now
        .iter()
        .filter_map(|(name, stamp)| match before.get(name) {
            None => Some(change(name, Access::Create)),
            Some(known) if known != stamp => Some(change(name, Access::Write)),
            Some(_) => None,
        });
    let gone = before.keys().filter(|name| !now.contains_key(*name));
    let gone = gone.map(|name| change(name, Access::Delete));
    changed.chain(gone).collect()
}

/// The path of something in a folder.
pub(super) fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

/// When to look: once it is quiet, and not too late.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Quiet {
    /// Something stirred.
    pub(super) fn stirred(&mut self, now: Instant) {
        self.first.get_or_insert(now);
        self.last = Some(now);
    }

    /// When to look, if anything stirred.
    pub(super) fn due(&self) -> Option<Instant> {
        let (first, last) = self.first.zip(self.last)?;
        Some((last + QUIET).min(first + LOOK_WITHIN))
    }
}

#[cfg(test)]
mod tests;
