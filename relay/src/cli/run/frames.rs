//! What of a screen is sent, and when: pure, given the time.

use std::str::FromStr;
use std::time::Duration;

use pilothouse_shared::limits::MAX_SIGNAL_BYTES;
use pilothouse_shared::{Extra, MemberId, Op, RowsPatch, Sorted};
use serde_json::Value;
use tokio::time::Instant;

/// Between two frames at least: at most 60 a second.
const FRAME: Duration = Duration::from_nanos(16_666_667);

/// Most columns, and most rows: what a person can read, and far below what a signal can hold.
const MAX_SIDE: u16 = 500;

/// Bytes that all rows of a display may have together; the rest of a signal is for what surrounds them.
const MAX_ROWS_BYTES: usize = MAX_SIGNAL_BYTES - 32 * 1024;

/// The size of a terminal, at least one column and one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(super) width: u16,
    pub(super) height: u16,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            width: 80,
            height: 24,
        }
    }
}

impl Size {
    /// The nearest size there may be.
    pub(super) fn new(width: u64, height: u64) -> Self {
        let side = |cells: u64| u16::try_from(cells).unwrap_or(u16::MAX).clamp(1, MAX_SIDE);
        Self {
            width: side(width),
            height: side(height),
        }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides = text.split_once(['x', 'X']);
        let sides = sides.and_then(|(width, height)| {
            Some((width.parse::<u64>().ok()?, height.parse::<u64>().ok()?))
        });
        let is_fit = |side: u64| (1..=u64::from(MAX_SIDE)).contains(&side);
        match sides {
            Some((width, height)) if is_fit(width) && is_fit(height) => {
                Ok(Self::new(width, height))
            }
            _ => Err(format!(
                "write columns and rows as 100x30, each from 1 to {MAX_SIDE}"
            )),
        }
    }
}

/// What a screen shows: one text for each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) size: Size,
    pub(super) rows: Vec<String>,
}

/// The frames of one display.
#[derive(Debug, Default)]
pub(super) struct Frames {
    sent: Option<Grid>,
    /// Who takes what people type, if anybody does.
    input: Option<MemberId>,
}

impl Frames {
    /// Those of a display that people may type into; `taker` hears it.
    pub(super) fn with_input(taker: Option<MemberId>) -> Self {
        Self {
            sent: None,
            input: taker,
        }
    }

    /// The change from the frame before to this one; `None` when nothing differs.
    pub(super) fn next(&mut self, mut grid: Grid) -> Option<Op> {
        let budget = MAX_ROWS_BYTES / grid.rows.len().max(1);
        for row in &mut grid.rows {
            cut(row, budget);
        }
        let before = self.sent.as_ref().filter(|before| before.size == grid.size);
        let rows: Sorted<_, _> = grid
            .rows
            .iter()
            .enumerate()
            .filter(|(n, row)| match before {
                Some(before) => before.rows.get(*n) != Some(*row),
                // What a smaller screen kept of a larger one is told anew, too.
                None => self.sent.is_some() || !row.is_empty(),
            })
            .map(|(n, row)| (n.to_string(), row.clone()))
            .collect();
        if before.is_some() && rows.is_empty() {
            return None;
        }
        let patch = RowsPatch {
            width: grid.size.width.into(),
            height: grid.size.height.into(),
            rows,
            extra: self.said_of_input(),
        };
        self.sent = Some(grid);
        Some(Op::Rows(patch))
    }

    fn said_of_input(&self) -> Extra {
        let input = self.input.iter();
        input
            .map(|taker| ("input".to_owned(), Value::from(taker.as_str())))
            .collect()
    }
}

/// Cuts a row to so many bytes of JSON: combining characters can make a row as long as they like.
fn cut(row: &mut String, budget: usize) {
    let mut bytes = 0;
    let end = row.char_indices().find_map(|(at, c)| {
        bytes += match c {
            '"' | '\\' => 2,
            c if c.is_control() => 6,
            c => c.len_utf8(),
        };
        (bytes > budget).then_some(at)
    });
    if let Some(end) = end {
        row.truncate(end);
    }
}

/// When the next frame may be sent.
#[derive(Debug, Default)]
pub(super) struct Pace {
    last: Option<Instant>,
}

impl Pace {
    /// When a screen that changed now is to be shown.
    pub(super) fn due(&self, now: Instant) -> Instant {
        self.last.map_or(now, |last| now.max(last + FRAME))
    }

    /// A frame was sent.
    pub(super) fn sent(&mut self, now: Instant) {
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests;
