//! Which rows of a long list are in view. Rows differ in height; a row that was never drawn counts
//! with an estimate until it is measured.

/// Height of a row nobody has measured, in CSS pixels.
const ESTIMATE: f64 = 38.0;

/// Pixels drawn above and below what is in view, so that scrolling meets no blank.
const OVERSCAN: f64 = 400.0;

/// The same at the end of the list, where most rows come and go.
const OVERSCAN_AT_END: f64 = 200.0;

/// Most heights that are known; those of the oldest rows go first.
const MAX_KNOWN: usize = 20_000;

/// Measured heights by row, in the order of the rows; at most 20,000.
#[derive(Debug, Default)]
pub struct Heights {
    known: Vec<(u64, f64)>,
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
    /// The heights of these rows, top to bottom, measured or estimated: both are in order, so that nothing
    /// is looked up.
    pub fn of(&self, rows: &[u64]) -> impl Iterator<Item = f64> {
        let mut known = self.known.as_slice();
        rows.iter().map(move |row| {
            while let [(other, height), rest @ ..] = known {
                if other > row {
                    break;
                }
                known = rest;
                if other == row {
                    return *height;
                }
            }
            ESTIMATE
        })
    }

    /// Notes a measured height; returns by how much it differs from what was assumed.
    pub fn measure(&mut self, row: u64, height: f64) -> f64 {
        match self.known.binary_search_by_key(&row, |(row, _)| *row) {
            Ok(index) => {
                let before = self.known.get_mut(index).map(|known| &mut known.1);
                height - before.map_or(ESTIMATE, |before| std::mem::replace(before, height))
            }
            Err(index) => {
                self.known.insert(index, (row, height));
                if self.known.len() > MAX_KNOWN {
                    self.known.drain(..MAX_KNOWN / 2);
                }
                height - ESTIMATE
            }
        }
    }

    /// Pixels these rows take.
    #[must_use]
    pub fn sum(&self, rows: &[u64]) -> f64 {
        self.of(rows).sum()
    }

    /// The part of `rows` to draw when the list is scrolled by `top` in a box of `height`; an
    /// infinite `top` is the end of the list.
    #[must_use]
    pub fn window(&self, rows: &[u64], top: f64, height: f64) -> Window {
        let overscan = match top.is_finite() {
            true => OVERSCAN,
            false => OVERSCAN_AT_END,
        };
        let top = top.min(self.sum(rows) - height).max(0.0);
        let mut window = Window::default();
        let mut edge = 0.0;
        for (index, tall) in self.of(rows).enumerate() {
            let (start, end) = (edge, edge + tall);
            if end < top - overscan {
                window.first = index + 1;
                window.end = index + 1;
                window.above = end;
            } else if start <= top + height + overscan {
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

    fn rows(n_rows: u64) -> Vec<u64> {
        (0..n_rows).collect()
    }

    #[test]
    fn a_short_list_is_drawn_whole() {
        let window = even(20.0).window(&rows(10), 0.0, 600.0);
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
        let window = even(20.0).window(&rows(1_000), 10_000.0, 600.0);
        assert!(window.first > 470 && window.end < 560, "{window:?}");
        assert_eq!(window.above, window.first as f64 * 20.0);
        assert_eq!(window.below, (1_000 - window.end) as f64 * 20.0);
    }

    #[test]
    fn the_end_of_a_list_needs_no_number() {
        let window = even(20.0).window(&rows(1_000), f64::INFINITY, 600.0);
        assert_eq!((window.end, window.below), (1_000, 0.0));
        assert!(window.first < 971, "{window:?}");
    }

    #[test]
    fn blank_space_and_drawn_rows_always_add_up_to_the_list() {
        let mut heights = even(20.0);
        heights.measure(500, 900.0);
        for top in [0.0, 3_333.0, 9_990.0, 50_000.0] {
            let window = heights.window(&rows(1_000), top, 300.0);
            let drawn = heights.sum(&rows(1_000)[window.first..window.end]);
            assert_eq!(window.above + drawn + window.below, 20_880.0, "at {top}");
        }
    }

    #[test]
    fn measuring_tells_how_far_the_estimate_was_off() {
        let mut heights = Heights::default();
        assert_eq!(heights.measure(7, ESTIMATE + 12.0), 12.0);
        assert_eq!(heights.measure(7, ESTIMATE + 12.0), 0.0);
    }

    #[test]
    fn heights_are_found_whatever_the_order_they_were_measured_in() {
        let mut heights = Heights::default();
        for row in [9, 2, 5] {
            heights.measure(row, row as f64);
        }
        let found: Vec<_> = heights.of(&[2, 3, 9, 10]).collect();
        assert_eq!(found, [2.0, ESTIMATE, 9.0, ESTIMATE]);
    }

    #[test]
    fn a_day_of_rows_holds_no_more_than_its_bound() {
        // Was once every height of every row that was ever drawn.
        let mut heights = Heights::default();
        for row in 0..3 * MAX_KNOWN as u64 {
            heights.measure(row, 20.0);
        }
        assert!(heights.known.len() <= MAX_KNOWN);
        let all = rows(3 * MAX_KNOWN as u64);
        assert_eq!(heights.sum(&all[all.len() - 100..]), 2_000.0);
    }
}
