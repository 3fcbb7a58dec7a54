//! The system's word that something stirred, and looking there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use super::Failure;
use super::folder::Folder;
use super::known::{Change, Known, join};
use crate::cli::say;
use pilothouse_shared::Access;

/// Most places that wait to be looked at; with more, everything is.
const MAX_STIRRED: usize = 10_000;

/// See the module. Each folder has a watch of its own, so that what is left out costs none.
pub(super) struct Watcher {
    folder: Folder,
    system: RecommendedWatcher,
    stirred: Arc<Stirred>,
    has_said_cut: bool,
}

/// Where something stirred.
#[derive(Debug, Default)]
struct Stirred {
    /// At most [`MAX_STIRRED`]; `None` for everywhere.
    places: Mutex<Option<BTreeSet<PathBuf>>>,
    news: Notify,
}

impl Stirred {
    fn hear(&self, event: &Event) {
        let is_look = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
            // To look is to access.
            EventKind::Access(_) => true,
            _ => false,
        };
        if is_look && !event.need_rescan() {
            return;
        }
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if event.need_rescan() {
            *places = None;
        }
        if let Some(waiting) = &mut *places {
            let above = event.paths.iter().filter_map(|path| path.parent());
            waiting.extend(above.map(Path::to_owned));
            waiting.extend(event.paths.iter().cloned());
            if waiting.len() > MAX_STIRRED {
                *places = None;
            }
        }
        drop(places);
        self.news.notify_one();
    }

    fn take(&self) -> Option<BTreeSet<PathBuf>> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.replace(BTreeSet::new())
    }
}

impl Watcher {
    pub(super) fn start(folder: Folder) -> Result<Self, Failure> {
        let stirred = Arc::new(Stirred::default());
        stirred.take();
        let heard = Arc::clone(&stirred);
        let system = notify::recommended_watcher(move |event: notify::Result<Event>| match event {
            Ok(event) => heard.hear(&event),
            // Something was lost: look everywhere.
            Err(_) => heard.hear(&Event::default().set_flag(notify::event::Flag::Rescan)),
        });
        let refused = |error: notify::Error| Failure::Failed(error.to_string());
        Ok(Self {
            folder,
            system: system.map_err(refused)?,
            stirred,
            has_said_cut: false,
        })
    }

    pub(super) fn root(&self) -> &Path {
        self.folder.root()
    }

    /// Waits until something stirred. Cancel-safe.
    pub(super) async fn stirred(&self) {
        self.stirred.news.notified().await;
    }

    /// Everything there is.
    pub(super) fn scan(&mut self) -> Result<Known, Failure> {
        let mut known = Known::default();
        self.look_at("", &mut known)?;
        self.tell_cut(&known);
        Ok(known)
    }

    /// Looks where something stirred.
    pub(super) fn look(&mut self, known: &mut Known) -> Result<Vec<Change>, Failure> {
        let paths = match self.stirred.take() {
            None => known.paths(),
            Some(places) => {
                let paths = places.iter().filter_map(|place| self.folder.path(place));
                paths.filter(|path| known.folder(path).is_some()).collect()
            }
        };
        let mut changes = Vec::new();
        for path in paths {
            // One above may have said that it is gone.
            if known.folder(&path).is_some() {
                changes.extend(self.look_at(&path, known)?);
            }
        }
        // What is left out from now on is not gone.
        let exists = |path: &str| self.folder.place(path).symlink_metadata().is_ok();
        changes.retain(|change| change.access != Access::Delete || !exists(&change.path));
        self.tell_cut(known);
        Ok(changes)
    }

    /// Looks at a folder, and into those in it that are new.
    fn look_at(&mut self, path: &str, known: &mut Known) -> Result<Vec<Change>, Failure> {
        let (mut changes, mut next) = (Vec::new(), vec![path.to_owned()]);
        while let Some(path) = next.pop() {
            let is_new = known.folder(&path).is_none();
            if is_new && !known.has_room() {
                known.is_cut = true;
                continue;
            }
            if is_new {
                // Before the listing: what comes after it stirs.
                self.watch(&path)?;
            }
            let listing = self.folder.list(&path);
            let inside = listing.iter().flat_map(|listing| &listing.folders);
            let inside: Vec<_> = inside.map(|name| join(&path, name)).collect();
            changes.extend(known.update(&path, listing));
            next.extend(
                inside
                    .into_iter()
                    .filter(|path| known.folder(path).is_none()),
            );
        }
        Ok(changes)
    }

    fn watch(&mut self, path: &str) -> Result<(), Failure> {
        let place = self.folder.place(path);
        let watched = self.system.watch(&place, RecursiveMode::NonRecursive);
        let Err(error) = watched else { return Ok(()) };
        match error.kind {
            notify::ErrorKind::MaxFilesWatch => Err(Failure::Failed(
                "the system watches no more folders for you; observe a smaller one, or raise \
                 fs.inotify.max_user_watches"
                    .to_owned(),
            )),
            // It is gone again, or not ours to look into.
            _ => Ok(()),
        }
    }

    fn tell_cut(&mut self, known: &Known) {
        if known.is_cut && !self.has_said_cut {
            self.has_said_cut = true;
            say("there are more files or folders than can be observed; some are left out");
        }
    }
}
