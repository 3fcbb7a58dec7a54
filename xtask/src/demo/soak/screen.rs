//! What the load test draws: rows of text with colours, the same for the same moment.

/// Columns.
pub(super) const WIDTH: usize = 80;
/// Rows.
pub(super) const HEIGHT: usize = 24;

/// Rows above the lanes, and below them the sum and the course of the rate.
const FIRST_LANE: usize = 4;
/// Cells of a lane's bar.
const BAR: u64 = 24;
/// Ticks a lane takes to fill, about.
const LAP: u64 = 90;

const PATHS: [&str; 7] = [
    "GET  /cart",
    "POST /cart/items",
    "GET  /checkout",
    "POST /checkout/pay",
    "GET  /orders/latest",
    "POST /login",
    "GET  /search?q=teal",
];

/// The screen at a tick of 200 ms with so many lanes; `has_chaos` makes lanes fail.
pub(super) fn rows(tick: u64, lanes: u64, has_chaos: bool) -> Vec<String> {
    let mut rows = vec![String::new(); HEIGHT];
    let elapsed = tick / 5;
    let title = format!(
        "  soak  checkout-service   {:02}:{:02}:{:02}   {:>5} requests/s",
        elapsed / 3600,
        elapsed / 60 % 60,
        elapsed % 60,
        rate(tick, lanes, has_chaos),
    );
    rows[0] = format!("\u{1b}[7m{title:<WIDTH$}\u{1b}[0m");
    rows[2] = format!(
        "\u{1b}[2m  lane  {:<20} {:<24}  {:>6} {:>6} {:>6}\u{1b}[0m",
        "request", "progress", "p50", "p99", "errors"
    );
    for number in 0..lanes {
        let at = FIRST_LANE - 1 + usize::try_from(number).unwrap_or_default();
        if let Some(row) = rows.get_mut(at) {
            *row = lane(tick, number, has_chaos);
        }
    }
    rows[HEIGHT - 4] = "\u{1b}[1m  requests per second, last minute\u{1b}[0m".to_owned();
    rows[HEIGHT - 3] = format!("  \u{1b}[36m{}\u{1b}[0m", course(tick, lanes, has_chaos));
    rows[HEIGHT - 1] = match has_chaos {
        true => "\u{1b}[33m  the payment provider answers slowly on purpose\u{1b}[0m".to_owned(),
        false => "\u{1b}[2m  all gates open\u{1b}[0m".to_owned(),
    };
    rows
}

fn lane(tick: u64, number: u64, has_chaos: bool) -> String {
    let lap = LAP + noise(number, 1) % 40;
    let at = (tick + noise(number, 2)) % lap;
    let full = at * BAR / lap;
    let is_slow = has_chaos && noise(number, tick / 40).is_multiple_of(3);
    let colour = if is_slow { 31 } else { 32 };
    let path = PATHS[(noise(number, (tick + noise(number, 2)) / lap) % 7) as usize];
    let p50 = 8 + noise(number, tick / 5) % 9;
    let p99 = p50 * 4 + noise(number, tick / 5 + 7) % 30 + if is_slow { 900 } else { 0 };
    let errors = if is_slow { at / 6 } else { 0 };
    let bar: String = (0..BAR)
        .map(|cell| if cell < full { '█' } else { '░' })
        .collect();
    let warn = if is_slow { "\u{1b}[31m" } else { "" };
    format!(
        "  {:>4}  {path:<20} \u{1b}[{colour}m{bar}\u{1b}[0m  {p50:>4}ms {warn}{p99:>4}ms {errors:>6}\u{1b}[0m",
        number + 1
    )
}

fn rate(tick: u64, lanes: u64, has_chaos: bool) -> u64 {
    let slow = if has_chaos { 2 } else { 1 };
    lanes * (240 + noise(3, tick / 5) % 70) / slow
}

/// A minute in one line of eighths.
fn course(tick: u64, lanes: u64, has_chaos: bool) -> String {
    const EIGHTHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = 14 * 310;
    let height = |back: u64| {
        let rate = rate(tick.saturating_sub(back * 5), lanes, has_chaos);
        EIGHTHS[usize::try_from(rate * 8 / most).unwrap_or_default().min(7)]
    };
    (0..60).rev().map(height).collect()
}

/// A number that looks like chance and is the same every time (SplitMix64's mixing).
fn noise(a: u64, b: u64) -> u64 {
    let mut mixed = a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) >> 16
}

#[cfg(test)]
mod tests {
    use super::{HEIGHT, WIDTH, rows};

    /// Columns without colours.
    fn width(row: &str) -> usize {
        let mut coloured = row.split('\u{1b}');
        let first = coloured.next().unwrap_or_default().chars().count();
        let rest = coloured.map(|part| {
            part.split_once('m')
                .map_or(0, |(_, text)| text.chars().count())
        });
        first + rest.sum::<usize>()
    }

    #[test]
    fn every_row_fits_the_screen_at_any_time() {
        for (tick, lanes, has_chaos) in [(0, 2, false), (77, 8, true), (90_000, 14, true)] {
            let rows = rows(tick, lanes, has_chaos);
            assert_eq!(rows.len(), HEIGHT);
            for row in rows {
                assert!(width(&row) <= WIDTH, "{row:?}");
            }
        }
    }
}
