//! The rows of the open channel's feed.

use std::sync::Arc;

use super::Board;
use crate::api;
use crate::view::feed::Feed;
use crate::view::heights::{Heights, Window};
use crate::view::row::Row;

/// Events in one older page.
const PAGE: usize = 200;

/// Whether there is more history above the first row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Older {
    /// Nobody asked yet.
    Unknown,
    /// On its way.
    Loading,
    /// There is none.
    None,
    /// It could not be loaded.
    Failed(String),
}

/// A window of the feed.
#[derive(Clone, Default)]
pub(crate) struct Slice {
    pub(crate) window: Window,
    pub(crate) rows: Vec<Arc<Row>>,
}

impl PartialEq for Slice {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&Arc<Row>, &Arc<Row>)| Arc::ptr_eq(a, b);
        self.window == other.window
            && self.rows.len() == other.rows.len()
            && self.rows.iter().zip(&other.rows).all(same)
    }
}

impl Board {
    /// The rows in view, up to `until`, of a box of `height` scrolled by `top`.
    pub(crate) fn slice(
        self,
        heights: &Heights,
        until: Option<u64>,
        top: f64,
        height: f64,
    ) -> Slice {
        self.feed_rows(|feed| {
            let n_rows = match until {
                Some(until) => feed.rows().partition_point(|row| row.seq <= until),
                None => feed.rows().len(),
            };
            let seqs = feed.rows().iter().take(n_rows).map(|row| row.seq);
            let window = heights.window(seqs, top, height);
            let rows = feed
                .rows()
                .range(window.first..window.end)
                .map(Arc::clone)
                .collect();
            Slice { window, rows }
        })
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
