//! Percentiles and medians.

/// Times in nanoseconds, kept one by one.
#[derive(Debug, Default)]
pub(crate) struct Times {
    ns: Vec<u64>,
}

impl Times {
    pub(crate) fn add(&mut self, ns: u64) {
        self.ns.push(ns);
    }

    /// The smallest time that at least `share` (0 to 1) of all are not above, in milliseconds; 0
    /// when there is none. Sorts.
    pub(crate) fn percentile_ms(&mut self, share: f64) -> f64 {
        self.ns.sort_unstable();
        let Some(last) = self.ns.len().checked_sub(1) else {
            return 0.0;
        };
        let rank = (share * self.ns.len() as f64).ceil() as usize;
        self.ns[rank.saturating_sub(1).min(last)] as f64 / 1e6
    }
}

/// The middle of `values`, or the mean of the two in the middle; 0 when there are none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len(), sorted.len() % 2) {
        (0, _) => 0.0,
        (_, 1) => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// `amount` for each unit of `of`; 0 when there is none, as in a run too short for the clock.
pub(crate) fn ratio(amount: f64, of: f64) -> f64 {
    if of == 0.0 { 0.0 } else { amount / of }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use super::{Times, median, ratio};

    fn times(ms: impl IntoIterator<Item = u64>) -> Times {
        Times {
            ns: ms.into_iter().map(|ms| ms * 1_000_000).collect(),
        }
    }

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let mut hundred = times(1..=100);
        assert_eq!(hundred.percentile_ms(0.5), 50.0);
        assert_eq!(hundred.percentile_ms(0.99), 99.0);
        assert_eq!(hundred.percentile_ms(0.999), 100.0);
        assert_eq!(times([7]).percentile_ms(0.5), 7.0);
        assert_eq!(times([]).percentile_ms(0.5), 0.0);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn nothing_is_shared_among_none() {
        assert_eq!(ratio(8.0, 4.0), 2.0);
        assert_eq!(ratio(8.0, 0.0), 0.0);
    }

    proptest! {
        #[test]
        fn percentiles_grow_with_the_share(ns in proptest::collection::vec(any::<u32>(), 1..200)) {
            let mut times = Times { ns: ns.into_iter().map(u64::from).collect() };
            let (p50, p99) = (times.percentile_ms(0.5), times.percentile_ms(0.99));
            prop_assert!(p50 <= p99 && p99 <= times.percentile_ms(1.0));
        }
    }
}
