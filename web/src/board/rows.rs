//! The rows of the open channel's feed.

use super::Board;
use crate::api;
use crate::view::feed::Feed;
use crate::view::turn::{Line, Look, lines};

/// Events in one older page.
const PAGE: usize = 200;

/// Whether there is more history above the first row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Older {
    /// Nobody asked yet.
    Unknown,
    /// On its way.
    Loading,
    /// There is more than is loaded at once.
    Full,
    /// There is none.
    None,
    /// It could not be loaded.
    Failed(String),
}

impl Board {
    /// The lines of the feed.
    pub(crate) fn lines(self, look: &Look) -> Vec<Line> {
        self.feed_rows(|feed| lines(feed.rows(), look))
    }

    /// Reads the feed.
    pub(crate) fn feed_rows<T>(self, read: impl FnOnce(&Feed) -> T) -> T {
        self.track(|versions| versions.feed);
        self.feed_rows_untracked(read)
    }

    /// Reads the feed outside the graph.
    pub(crate) fn feed_rows_untracked<T>(self, read: impl FnOnce(&Feed) -> T) -> T {
        match self.opened() {
            Some(opened) => read(&opened.feed.borrow()),
            None => read(&Feed::default()),
        }
    }

    /// Whether there may be more above the first row, read outside the graph.
    pub(crate) fn older_untracked(self) -> Older {
        self.opened().map_or(Older::None, |opened| opened.older())
    }

    /// Whether there may be more above the first row.
    pub(crate) fn older(self) -> Older {
        self.track(|versions| versions.feed);
        self.older_untracked()
    }

    /// Puts the page before the first row in front of it; false when there was none to be had.
    pub(crate) async fn load_older(self) -> bool {
        let Some(opened) = self.opened() else {
            return false;
        };
        let Some(first) = opened.begin_older() else {
            return false;
        };
        let changed = || opened.versions.feed.update(|version| *version += 1);
        changed();
        let who = self.identity();
        let has_grown =
            opened.end_older(first, api::before(&who, &opened.channel, first, PAGE).await);
        changed();
        has_grown
    }
}
