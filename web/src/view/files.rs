//! The files that were touched: which, how warm, in what order.

pub mod layout;
pub mod squarify;

use std::collections::BTreeMap;

use pilothouse_shared::{Access, FileEntry, Millis};

use super::order::sort;

/// Files that are remembered; the ones touched longest ago leave first.
const MAX_FILES: usize = 10_000;

/// So many leave at once, so that not each new file searches for the oldest.
const LEAVING: usize = 500;

/// Heat that looks half as warm as can be; one access has 1000.
const WARM: f64 = 600.0;

/// Below this share of what can be, warmth is not seen.
const COLD: f64 = 0.02;

/// How long the way from file to file is seen, in milliseconds, and how many files it passes at most.
pub const TRAIL_MS: Millis = 5_000;
const MAX_TRAIL: usize = 12;

/// Every file that was touched since somebody looks, by path, and those before that the snapshot holds.
#[derive(Debug, Default)]
pub struct Atlas {
    files: BTreeMap<String, FileEntry>,
    n_events: u64,
    seen_at: Millis,
}

/// What a look at the snapshot brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Nothing.
    None,
    /// Known files are warmer.
    Warmer,
    /// There are other files than before.
    Files,
}

impl Atlas {
    /// Takes what a snapshot says. `files` are in the order of their last access, as there; `cwd` is the
    /// folder that paths are shown from.
    pub fn take(&mut self, files: &[FileEntry], n_events: u64, cwd: Option<&str>) -> News {
        let mut news = News::None;
        // Another history, or an earlier moment of it.
        if n_events < self.n_events {
            *self = Self::default();
            news = News::Files;
        }
        self.n_events = n_events;
        let seen_at = self.seen_at;
        for file in files.iter().rev().take_while(|file| file.at >= seen_at) {
            self.seen_at = self.seen_at.max(file.at);
            let path = local(&file.path, cwd).to_owned();
            match self.files.insert(path, file.clone()) {
                None => news = News::Files,
                Some(before) if before != *file && news == News::None => news = News::Warmer,
                Some(_) => {}
            }
        }
        self.forget();
        news
    }

    fn forget(&mut self) {
        if self.files.len() <= MAX_FILES {
            return;
        }
        let mut times: Vec<_> = self.files.values().map(|file| file.at).collect();
        sort(&mut times, |a, b| a < b);
        let since = times[LEAVING.min(times.len() - 1)];
        self.files.retain(|_, file| file.at >= since);
    }

    /// Every file, by path.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, FileEntry> {
        &self.files
    }

    /// The files touched last whose path contains a text, newest first, and how many there are.
    #[must_use]
    pub fn found(&self, text: &str, limit: usize) -> (Vec<(&str, &FileEntry)>, usize) {
        let text = text.to_ascii_lowercase();
        let is_found = |path: &str| text.is_empty() || path.to_ascii_lowercase().contains(&text);
        let mut found: Vec<_> = self
            .files
            .iter()
            .map(|(path, file)| (path.as_str(), file))
            .collect();
        found.retain(|(path, _)| is_found(path));
        sort(&mut found, |a, b| a.1.at > b.1.at);
        let n_found = found.len();
        found.truncate(limit);
        (found, n_found)
    }

    /// The way from file to file in the last seconds, oldest first.
    #[must_use]
    pub fn trail(&self, now: Millis) -> Vec<(&str, &FileEntry)> {
        let is_recent = |(_, file): &(&String, &FileEntry)| now.saturating_sub(file.at) < TRAIL_MS;
        let mut trail: Vec<_> = self
            .files
            .iter()
            .filter(is_recent)
            .map(|(path, file)| (path.as_str(), file))
            .collect();
        sort(&mut trail, |a, b| a.1.at < b.1.at);
        trail.split_off(trail.len().saturating_sub(MAX_TRAIL))
    }

    /// When the next picture is due after one at `now`, in milliseconds; `None` while nothing moves. People who
    /// want things to hold still see warmth go in steps, and no way.
    #[must_use]
    pub fn next_picture(&self, now: Millis, is_calm: bool) -> Option<u32> {
        let moves = now.saturating_sub(self.seen_at) < TRAIL_MS;
        if moves && !is_calm {
            return Some(40);
        }
        let is_warm = self.files.values().any(|file| glow(file, now) > COLD);
        is_warm.then_some(if is_calm { 5_000 } else { 1_000 })
    }
}

/// How warm a file looks, from 0 to 1.
#[must_use]
pub fn glow(file: &FileEntry, now: Millis) -> f64 {
    let heat = file.heat_at(now) as f64;
    match heat / (heat + WARM) {
        glow if glow > COLD => glow,
        _ => 0.0,
    }
}

/// A path from the folder that an agent works in.
fn local<'a>(path: &'a str, cwd: Option<&str>) -> &'a str {
    let inside = cwd.and_then(|cwd| {
        path.strip_prefix(cwd.trim_end_matches('/'))?
            .strip_prefix('/')
    });
    inside.filter(|inside| !inside.is_empty()).unwrap_or(path)
}

/// For class names and the legend.
#[must_use]
pub fn name(access: Access) -> &'static str {
    match access {
        Access::Read => "read",
        Access::Write => "write",
        Access::Create => "create",
        Access::Delete => "delete",
        Access::Search => "search",
        Access::Analyze => "analyze",
    }
}

#[cfg(test)]
mod tests;
