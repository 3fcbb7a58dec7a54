//! The lines of the feed, and those of them that are in view.

use std::sync::Arc;

use crate::view::heights::{Heights, Window};
use crate::view::turn::Line;

/// All lines; another value each time they are put together.
#[derive(Clone)]
pub(super) struct Lines(Arc<Vec<Line>>);

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
        Self(Arc::new(lines))
    }

    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Those in view of a box of `height` that is scrolled by `top`.
    pub(super) fn slice(&self, heights: &Heights, top: f64, height: f64) -> Slice {
        let window = heights.window(self.0.iter().map(|line| line.id), top, height);
        let drawn = self.0.get(window.first..window.end).unwrap_or_default();
        let lines = drawn
            .iter()
            .map(|line| (line.key(), line.clone()))
            .collect();
        Slice { window, lines }
    }

    /// Pixels above a line, or above where it would be.
    pub(super) fn above(&self, heights: &Heights, line: u64) -> f64 {
        let before = self.0.iter().map(|line| line.id);
        heights.sum(before.take_while(|before| *before < line))
    }

    /// The line that is `top` pixels down, and how much of it is above.
    pub(super) fn at(&self, heights: &Heights, top: f64) -> Option<(u64, f64)> {
        let mut edge = 0.0;
        for line in self.0.iter() {
            let end = edge + heights.of(line.id);
            if end > top {
                return Some((line.id, top - edge));
            }
            edge = end;
        }
        None
    }
}
