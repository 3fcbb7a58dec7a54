//! Which rows of a long list are in view. Rows differ in height; a row that was never drawn counts
//! with an estimate until it is measured.

use std::collections::HashMap;

/// Height of a row nobody has measured, in CSS pixels.
const ESTIMATE: f64 = 38.0;

/// Pixels drawn above and below what is in view, so that scrolling meets no blank.
const OVERSCAN: f64 = 400.0;

/// Measured heights by row; holds at most the rows of the feed, see [`Heights::retain`].
#[derive(Debug, Default)]
pub struct Heights {
    known: HashMap<u64, f64>,
}

/// The part of a list that is drawn, and the blank space in place of the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Window {
    /// First drawn row.
    pub first: usize,
    /// One past the last drawn row.
    pub end: usize,
    /// Pixels of the rows before.
    pub above: f64,
    /// Pixels of the rows after.
    pub below: f64,
}

impl Heights {
    /// A row's height, measured or estimated.
    #[must_use]
    pub fn of(&self, row: u64) -> f64 {
        self.known.get(&row).copied().unwrap_or(ESTIMATE)
    }

    /// Notes a measured height; returns by how much it differs from what was assumed.
    pub fn measure(&mut self, row: u64, height: f64) -> f64 {
        let before = self.of(row);
        self.known.insert(row, height);
        height - before
    }

    /// Forgets every row for which `keep` is false.
    pub fn retain(&mut self, keep: impl Fn(u64) -> bool) {
        self.known.retain(|row, _| keep(*row));
    }

    /// Pixels these rows take.
    #[must_use]
    pub fn sum(&self, rows: impl Iterator<Item = u64>) -> f64 {
        rows.map(|row| self.of(row)).sum()
    }

    /// The part of `rows` to draw when the list is scrolled by `top` in a box of `height`; an
    /// infinite `top` is the end of the list.
    #[must_use]
    pub fn window(&self, rows: impl Iterator<Item = u64> + Clone, top: f64, height: f64) -> Window {
        let top = top.min(self.sum(rows.clone()) - height).max(0.0);
        let mut window = Window::default();
        let mut edge = 0.0;
        for (index, row) in rows.enumerate() {
            let (start, end) = (edge, edge + self.of(row));
            if end < top - OVERSCAN {
                window.first = index + 1;
                window.end = index + 1;
                window.above = end;
            } else if start <= top + height + OVERSCAN {
                window.end = index + 1;
            } else {
                window.below += end - start;
            }
            edge = end;
        }
        window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(height: f64) -> Heights {
        let mut heights = Heights::default();
        for row in 0..1_000 {
            heights.measure(row, height);
        }
        heights
    }

    #[test]
    fn a_short_list_is_drawn_whole() {
        let window = even(20.0).window(0..10, 0.0, 600.0);
        assert_eq!(
            window,
            Window {
                first: 0,
                end: 10,
                above: 0.0,
                below: 0.0
            }
        );
    }

    #[test]
    fn only_rows_near_the_view_are_drawn() {
        let window = even(20.0).window(0..1_000, 10_000.0, 600.0);
        assert!(window.first > 470 && window.end < 560, "{window:?}");
        assert_eq!(window.above, window.first as f64 * 20.0);
        assert_eq!(window.below, (1_000 - window.end) as f64 * 20.0);
    }

    #[test]
    fn the_end_of_a_list_needs_no_number() {
        let window = even(20.0).window(0..1_000, f64::INFINITY, 600.0);
        assert_eq!((window.end, window.below), (1_000, 0.0));
        assert!(window.first < 971, "{window:?}");
    }

    #[test]
    fn blank_space_and_drawn_rows_always_add_up_to_the_list() {
        let mut heights = even(20.0);
        heights.measure(500, 900.0);
        for top in [0.0, 3_333.0, 9_990.0, 50_000.0] {
            let window = heights.window(0..1_000, top, 300.0);
            let drawn: f64 = (window.first..window.end)
                .map(|row| heights.of(row as u64))
                .sum();
            assert_eq!(window.above + drawn + window.below, 20_880.0, "at {top}");
        }
    }

    #[test]
    fn measuring_tells_how_far_the_estimate_was_off() {
        let mut heights = Heights::default();
        assert_eq!(heights.measure(7, ESTIMATE + 12.0), 12.0);
        assert_eq!(heights.measure(7, ESTIMATE + 12.0), 0.0);
        heights.retain(|_| false);
        assert_eq!(heights.of(7), ESTIMATE);
    }
}
