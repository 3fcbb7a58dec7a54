//! The folder on disk: what lies in it, without what is to be left out.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use pilothouse_shared::ChannelId;

use super::Failure;
use super::known::{Listing, Stamp};

/// Folders that tools fill and nobody writes in.
const LEFT_OUT: [&str; 3] = [".git", "target", "node_modules"];

/// See the module.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    has_all: bool,
}

impl Folder {
    pub(super) fn open(path: &Path, has_all: bool) -> Result<Self, Failure> {
        let shown = path.display();
        let root = path
            .canonicalize()
            .map_err(|error| Failure::Usage(format!("cannot observe {shown}: {error}")))?;
        if !root.is_dir() {
            let message = format!("{shown} is not a folder; name the folder it is in");
            return Err(Failure::Usage(message));
        }
        Ok(Self { root, has_all })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Its name.
    pub(super) fn name(&self) -> String {
        let name = self.root.file_name().map(|name| name.to_string_lossy());
        let name = name.unwrap_or_default();
        let name: String = name.chars().filter(|c| !c.is_control()).take(30).collect();
        match name.is_empty() {
            true => "folder".to_owned(),
            false => name,
        }
    }

    /// The channel that is called like the folder.
    pub(super) fn channel(&self) -> Result<ChannelId, Failure> {
        let is_fit = |c: &char| c.is_ascii_alphanumeric() || "._-".contains(*c);
        let name: String = self.name().chars().filter(is_fit).collect();
        name.parse().map_err(|_| {
            let message = "the folder's name does not make a channel; name one with --channel";
            Failure::Usage(message.to_owned())
        })
    }

    /// Where a path from the root is on disk.
    pub(super) fn place(&self, path: &str) -> PathBuf {
        match path {
            "" => self.root.clone(),
            path => self.root.join(path),
        }
    }

    /// The path from the root of something on disk.
    pub(super) fn path(&self, place: &Path) -> Option<String> {
        let path = place.strip_prefix(&self.root).ok()?;
        let parts: Option<Vec<_>> = path.iter().map(|part| part.to_str()).collect();
        Some(parts?.join("/"))
    }

    /// What lies in a folder; `None` when it is gone. Links are files and not followed; what has no name
    /// in UTF-8 cannot be named in an event.
    pub(super) fn list(&self, path: &str) -> Option<Listing> {
        let place = self.place(path);
        if !place.symlink_metadata().is_ok_and(|found| found.is_dir()) {
            return None;
        }
        let mut walk = WalkBuilder::new(&place);
        walk.max_depth(Some(1)).hidden(false).require_git(false);
        walk.git_global(false).ignore(false);
        if self.has_all {
            walk.git_ignore(false).git_exclude(false).parents(false);
        }
        let has_all = self.has_all;
        walk.filter_entry(move |entry| {
            let name = entry.file_name().to_str();
            let is_left_out = name.is_some_and(|name| LEFT_OUT.contains(&name));
            has_all || entry.depth() == 0 || !is_left_out
        });
        let mut listing = Listing::default();
        for entry in walk.build().flatten().filter(|entry| entry.depth() == 1) {
            let (Some(name), Ok(found)) = (entry.file_name().to_str(), entry.metadata()) else {
                continue;
            };
            let name = name.to_owned();
            if found.is_dir() {
                listing.folders.insert(name);
            } else {
                let modified = found.modified().ok();
                let bytes = found.len();
                listing.files.insert(name, Stamp { modified, bytes });
            }
        }
        Some(listing)
    }
}
