//! A terminal that a channel streams: its rows, what of them changed, who may type.

pub mod keys;
pub mod palette;
pub mod sgr;
pub mod width;

use serde_json::Value;

/// Most columns, and most rows, that are drawn: as many as a run sends.
const MAX_SIDE: u64 = 500;

/// What a display shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Screen {
    /// Columns, at most 500.
    pub width: u32,
    /// Rows from top to bottom, with the sequences that set their colours; at most 500.
    pub rows: Vec<String>,
    /// Who takes what people type; nobody does when absent.
    pub input: Option<String>,
}

impl Screen {
    /// Takes a `display/…` value; the numbers of the rows that differ from those before, all of them after a
    /// change of size.
    pub fn take(&mut self, value: &Value) -> Vec<usize> {
        let side = |name: &str| value[name].as_u64().unwrap_or_default().min(MAX_SIDE);
        let (width, height) = (side("width") as u32, side("height") as usize);
        let is_resized = (width, height) != (self.width, self.rows.len());
        self.width = width;
        self.rows.resize(height, String::new());
        self.input = value["input"].as_str().map(str::to_owned);
        let mut dirty = Vec::new();
        for (n, row) in self.rows.iter_mut().enumerate() {
            let now = value["rows"][n.to_string()].as_str().unwrap_or_default();
            if row != now {
                now.clone_into(row);
                dirty.push(n);
            } else if is_resized {
                dirty.push(n);
            }
        }
        dirty
    }

    /// A row as text alone.
    #[must_use]
    pub fn plain(&self, row: usize) -> String {
        let row = self.rows.get(row).map_or("", String::as_str);
        let runs = sgr::runs(row, self.width);
        let text: String = runs.iter().map(|run| run.text.as_str()).collect();
        text.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_rows_that_differ_are_drawn_anew() {
        let mut screen = Screen::default();
        let first = json!({"width": 9, "height": 3, "rows": {"0": "a", "2": "c"}});
        assert_eq!(screen.take(&first), [0, 1, 2]);
        assert_eq!(screen.take(&first), [0; 0]);
        let second = json!({"width": 9, "height": 3, "rows": {"0": "a", "1": "b"}});
        assert_eq!(screen.take(&second), [1, 2]);
        let third = json!({"width": 8, "height": 3, "rows": {"0": "a", "1": "b"}});
        assert_eq!(screen.take(&third), [0, 1, 2]);
    }

    #[test]
    fn a_display_that_makes_no_sense_is_small() {
        let mut screen = Screen::default();
        let huge = json!({"width": 4_000_000_000_u64, "height": 1_000_000, "rows": 7});
        assert_eq!(screen.take(&huge).len(), 500);
        assert_eq!(screen.width, 500);
        assert_eq!(screen.take(&json!("bash")), [0; 0]);
        assert_eq!(screen, Screen::default());
    }

    #[test]
    fn a_row_as_text_has_no_sequences() {
        let mut screen = Screen::default();
        screen.take(
            &json!({"width": 9, "height": 1, "rows": {"0": "\u{1b}[31mred\u{1b}[m  \u{202e}x "}}),
        );
        assert_eq!(screen.plain(0), "red  x");
        assert_eq!(screen.plain(7), "");
    }
}
