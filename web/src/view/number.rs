//! Amounts as people read them.

/// A count with at most three digits and a letter: `940`, `1.2k`, `34k`, `2.5M`.
#[must_use]
pub fn compact(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..10_000 => format!("{}.{}k", count / 1_000, count % 1_000 / 100),
        10_000..1_000_000 => format!("{}k", count / 1_000),
        1_000_000..10_000_000 => format!("{}.{}M", count / 1_000_000, count % 1_000_000 / 100_000),
        _ => format!("{}M", count / 1_000_000),
    }
}

/// Dollars: `$0.0042`, `$0.42`, `$12.30`; `None` below a hundredth of a cent.
#[must_use]
pub fn dollars(amount: f64) -> Option<String> {
    match amount {
        cost if cost.is_nan() || cost < 0.0001 => None,
        cost if cost < 0.01 => Some(format!("$0.{:04}", (cost * 10_000.0).round() as u64)),
        cost => {
            let cents = (cost * 100.0).round() as u64;
            Some(format!("${}.{:02}", cents / 100, cents % 100))
        }
    }
}

/// A number as scripts and styles read it, without needless decimals: `0.75`, `12`.
#[must_use]
pub fn decimal(value: f64) -> String {
    // Scripts write them the same way, and Rust's own writers would be another 5 to 10 KB.
    #[cfg(target_arch = "wasm32")]
    return js_sys::Number::from(value)
        .to_string_with_radix(10)
        .map(String::from)
        .unwrap_or_default();
    #[cfg(not(target_arch = "wasm32"))]
    value.to_string()
}

/// `1 watcher`, `2 watchers`.
#[must_use]
pub fn counted(count: u64, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ if one.ends_with('s') => format!("{} {one}es", compact(count)),
        _ => format!("{} {one}s", compact(count)),
    }
}

/// A number without needless decimals, and its unit: `0.75`, `12 ms`.
#[must_use]
pub fn quantity(value: f64, unit: Option<&str>) -> String {
    // Sliders add up in floating point: 0.1 + 0.2 must not be shown with seventeen digits.
    let rounded = decimal((value * 1e6).round() / 1e6);
    match unit {
        Some(unit) => format!("{rounded} {unit}"),
        None => rounded,
    }
}

/// A share of 1 as whole percent, inside 0 and 100.
#[must_use]
pub fn percent(share: f64) -> u32 {
    let bounded = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    (bounded * 100.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_has_at_most_three_digits() {
        let said: Vec<_> = [940, 1_290, 34_999, 2_560_000, 77_000_000]
            .map(compact)
            .into();
        assert_eq!(said, ["940", "1.2k", "34k", "2.5M", "77M"]);
    }

    #[test]
    fn a_cost_of_nothing_is_not_shown() {
        assert_eq!(dollars(0.0), None);
        assert_eq!(dollars(f64::NAN), None);
        assert_eq!(dollars(0.0042).as_deref(), Some("$0.0042"));
        assert_eq!(dollars(12.3).as_deref(), Some("$12.30"));
    }

    #[test]
    fn a_cost_is_rounded_to_what_is_shown() {
        assert_eq!(dollars(0.00996).as_deref(), Some("$0.0100"));
        assert_eq!(dollars(0.999).as_deref(), Some("$1.00"));
        assert_eq!(dollars(1_234.056).as_deref(), Some("$1234.06"));
    }

    #[test]
    fn progress_outside_its_range_is_bounded() {
        assert_eq!(percent(-1.0), 0);
        assert_eq!(percent(1.5), 100);
        assert_eq!(percent(f64::NAN), 0);
        assert_eq!(percent(0.425), 43);
    }

    #[test]
    fn a_slider_value_has_no_floating_point_tail() {
        assert_eq!(quantity(0.1 + 0.2, None), "0.3");
        assert_eq!(quantity(12.0, Some("ms")), "12 ms");
    }

    #[test]
    fn a_decimal_has_no_needless_decimals() {
        let said = [0.0, -3.0, 0.05, 640.25, 1_000_000.0].map(decimal);
        assert_eq!(said, ["0", "-3", "0.05", "640.25", "1000000"]);
    }
}
