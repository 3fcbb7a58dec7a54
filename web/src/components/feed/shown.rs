//! The lines of the feed, and those of them that are in view.

use std::sync::Arc;

use crate::view::heights::{Heights, Window};
use crate::view::turn::Line;

/// All lines; another value each time they are put together.
#[derive(Clone)]
pub(super) struct Lines(Arc<All>);

struct All {
    lines: Vec<Line>,
    ids: Vec<u64>,
}

impl PartialEq for Lines {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The lines in view, each with its key.
#[derive(Clone)]
pub(super) struct Slice {
    pub(super) window: Window,
    pub(super) lines: Vec<(String, Line)>,
}

impl PartialEq for Slice {
    fn eq(&self, other: &Self) -> bool {
        let keys = |slice: &Self| slice.lines.len();
        let is_same = |(a, b): (&(String, Line), &(String, Line))| a.0 == b.0;
        self.window == other.window
            && keys(self) == keys(other)
            && self.lines.iter().zip(&other.lines).all(is_same)
    }
}

impl Lines {
    pub(super) fn new(lines: Vec<Line>) -> Self {
        let ids = lines.iter().map(|line| line.id).collect();
        Self(Arc::new(All { lines, ids }))
    }

    pub(super) fn len(&self) -> u64 {
        self.0.ids.len() as u64
    }

    /// Those in view of a box of `height` that is scrolled by `top`.
    pub(super) fn slice(&self, heights: &Heights, top: f64, height: f64) -> Slice {
        let window = heights.window(&self.0.ids, top, height);
        let drawn = self.0.lines.get(window.first..window.end);
        let lines = drawn
            .unwrap_or_default()
            .iter()
            .map(|line| (line.key(), line.clone()))
            .collect();
        Slice { window, lines }
    }

    /// Pixels above a line, or above where it would be.
    pub(super) fn above(&self, heights: &Heights, line: u64) -> f64 {
        let n_before = self.0.ids.partition_point(|before| *before < line);
        heights.sum(self.0.ids.get(..n_before).unwrap_or_default())
    }

    /// The line that is `top` pixels down, and how much of it is above.
    pub(super) fn at(&self, heights: &Heights, top: f64) -> Option<(u64, f64)> {
        let mut edge = 0.0;
        for (line, height) in self.0.ids.iter().zip(heights.of(&self.0.ids)) {
            if edge + height > top {
                return Some((*line, top - edge));
            }
            edge += height;
        }
        None
    }
}
