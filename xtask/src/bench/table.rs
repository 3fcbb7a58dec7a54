//! A table for the terminal.

/// Lays out `rows` under `columns`, the first column to the left, all others to the right.
pub(crate) fn lay_out(title: &str, columns: &[String], rows: &[(String, Vec<String>)]) -> String {
    let first = rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let first = first.max(width(title));
    let width_of = |at: usize| {
        let cells = rows.iter().filter_map(|(_, cells)| cells.get(at));
        let cells = cells.chain(columns.get(at)).map(|cell| width(cell));
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width_of).collect();
    let line = |name: &str, cells: &[String]| {
        let mut line = format!("{name}{}", " ".repeat(first - width(name)));
        for (cell, wide) in cells.iter().zip(&widths) {
            line += &format!("  {}{cell}", " ".repeat(wide - width(cell)));
        }
        line + "\n"
    };
    let body = rows.iter().map(|(name, cells)| line(name, cells));
    line(title, columns) + &body.collect::<String>()
}

/// A number with as many digits as it deserves.
pub(crate) fn number(value: f64) -> String {
    let n_decimals = match value.abs() {
        _ if value.fract() == 0.0 => 0,
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.n_decimals$}")
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::{lay_out, number};

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            ("relay".to_owned(), vec!["9.10".to_owned(), "4".to_owned()]),
            (
                "floor, all".to_owned(),
                vec!["5.30".to_owned(), "–".to_owned()],
            ),
        ];
        let columns = ["CPU µs".to_owned(), "p50".to_owned()];
        let expected =
            "fan-out     CPU µs  p50\nrelay         9.10    4\nfloor, all    5.30    –\n";
        assert_eq!(lay_out("fan-out", &columns, &rows), expected);
    }

    #[test]
    fn small_numbers_get_more_decimals_than_large_ones() {
        let shown = [0.0, 2.345, 42.42, 1234.5].map(number);
        assert_eq!(shown, ["0", "2.35", "42.4", "1234"]);
    }
}
