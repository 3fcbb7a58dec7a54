//! Times as people say them.

use pilothouse_shared::Millis;

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

/// How long ago: `now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`.
#[must_use]
pub fn ago(now: Millis, at: Millis) -> String {
    let age = now.saturating_sub(at);
    if age < 3 * SECOND {
        return "now".to_owned();
    }
    format!("{} ago", rough(age))
}

/// A span in its largest unit: `12 s`, `3 min`, `2 h`, `5 d`.
#[must_use]
pub fn rough(span: Millis) -> String {
    match span {
        0..MINUTE => format!("{} s", span / SECOND),
        MINUTE..HOUR => format!("{} min", span / MINUTE),
        HOUR..DAY => format!("{} h", span / HOUR),
        _ => format!("{} d", span / DAY),
    }
}

/// A running clock: `0:07`, `12:05`, `1:02:03`.
#[must_use]
pub fn clock(span: Millis) -> String {
    let (hours, minutes, seconds) = (span / HOUR, span / MINUTE % 60, span / SECOND % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// How long something took: `340 ms`, `1.2 s`, `2 min 5 s`.
#[must_use]
pub fn took(span: Millis) -> String {
    match span {
        0..SECOND => format!("{span} ms"),
        SECOND..MINUTE => format!("{}.{} s", span / SECOND, span % SECOND / 100),
        MINUTE..HOUR => format!("{} min {} s", span / MINUTE, span / SECOND % 60),
        _ => format!("{} h {} min", span / HOUR, span / MINUTE % 60),
    }
}

/// Whole seconds until `at`, counted up, so that a countdown ends with 1 and not with 0.
#[must_use]
pub fn seconds_until(now: Millis, at: Millis) -> u64 {
    at.saturating_sub(now).div_ceil(SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_said_in_its_largest_unit() {
        let said = |age| ago(10 * DAY, 10 * DAY - age);
        assert_eq!(said(0), "now");
        assert_eq!(said(12_999), "12 s ago");
        assert_eq!(said(MINUTE), "1 min ago");
        assert_eq!(said(2 * HOUR + 59 * MINUTE), "2 h ago");
        assert_eq!(said(5 * DAY), "5 d ago");
    }

    #[test]
    fn a_time_in_the_future_is_now() {
        assert_eq!(ago(5, 10), "now");
    }

    #[test]
    fn spans_read_as_a_clock_or_as_a_duration() {
        assert_eq!(clock(7_400), "0:07");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(took(340), "340 ms");
        assert_eq!(took(1_250), "1.2 s");
        assert_eq!(took(125_000), "2 min 5 s");
    }

    #[test]
    fn a_countdown_ends_with_one() {
        assert_eq!(seconds_until(1_000, 1_001), 1);
        assert_eq!(seconds_until(1_000, 3_000), 2);
        assert_eq!(seconds_until(1_000, 500), 0);
    }
}
