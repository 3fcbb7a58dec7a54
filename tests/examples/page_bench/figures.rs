//! Numbers, and the tables they go into.

use serde_json::{Value, json};

/// A table: a title, and rows of named figures.
pub(crate) struct Table {
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<(&'static str, Vec<(&'static str, f64)>)>,
}

/// All tables, as `cargo xtask bench page` reads them.
pub(crate) fn json(tables: &[Table]) -> Value {
    let rows = |table: &Table| -> Vec<Value> {
        let row =
            |(name, figures): &(&str, Vec<(&str, f64)>)| json!({"name": name, "figures": figures});
        table.rows.iter().map(row).collect()
    };
    let table = |table: &Table| json!({"title": table.title, "rows": rows(table)});
    json!(tables.iter().map(table).collect::<Vec<_>>())
}

/// Times in milliseconds.
pub(crate) struct Times(Vec<f64>);

impl Times {
    /// Those of an array.
    pub(crate) fn of(array: &Value) -> Self {
        let mut times: Vec<f64> = array
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_f64)
            .collect();
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// The smallest that at least `share` (0 to 1) of all are not above; 0 without any.
    pub(crate) fn at(&self, share: f64) -> f64 {
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
    }

    /// The longest; 0 without any.
    pub(crate) fn longest(&self) -> f64 {
        self.0.last().copied().unwrap_or(0.0)
    }

    /// How many are above `ms`.
    pub(crate) fn above(&self, ms: f64) -> f64 {
        self.0.iter().filter(|time| **time > ms).count() as f64
    }

    /// How many there are.
    pub(crate) fn count(&self) -> f64 {
        self.0.len() as f64
    }
}

/// By how much `y` grows with each unit of `x`, as the straight line through all points says; 0 when there are
/// too few.
pub(crate) fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| {
        (x + point.0 / n, y + point.1 / n)
    });
    let (up, wide) = points.iter().fold((0.0, 0.0), |(up, wide), point| {
        (
            up + (point.0 - x) * (point.1 - y),
            wide + (point.0 - x).powi(2),
        )
    });
    if wide == 0.0 { 0.0 } else { up / wide }
}
