//! Sorting, with one copy of the code for whatever is sorted: the standard library's sorts bring several
//! kilobytes for each type, which is more than most of what sorts here.

/// Puts items in order; those of which neither `is_before` the other stay as they were.
pub fn sort<T>(items: &mut Vec<T>, is_before: impl Fn(&T, &T) -> bool) {
    let sorted = order(items.len(), &|a, b| is_before(&items[a], &items[b]));
    let mut taken: Vec<Option<T>> = std::mem::take(items).into_iter().map(Some).collect();
    items.extend(sorted.into_iter().filter_map(|index| taken[index].take()));
}

/// The indices below `n_items` in order, by merging ever longer runs.
fn order(n_items: usize, is_before: &dyn Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut sorted: Vec<usize> = (0..n_items).collect();
    let mut merged = sorted.clone();
    let mut run = 1;
    while run < n_items {
        for start in (0..n_items).step_by(2 * run) {
            let (mut left, mut right) = (start, (start + run).min(n_items));
            let (middle, end) = (right, (start + 2 * run).min(n_items));
            for place in &mut merged[start..end] {
                let takes_right =
                    left == middle || (right < end && is_before(sorted[right], sorted[left]));
                let from = if takes_right { &mut right } else { &mut left };
                *place = sorted[*from];
                *from += 1;
            }
        }
        std::mem::swap(&mut sorted, &mut merged);
        run *= 2;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::sort;

    proptest! {
        #[test]
        fn what_is_sorted_is_what_the_standard_library_makes_of_it(
            mut items in proptest::collection::vec((0_u8..9, any::<u8>()), 0..80),
        ) {
            let mut wanted = items.clone();
            wanted.sort_by_key(|item| item.0);
            sort(&mut items, |a, b| a.0 < b.0);
            prop_assert_eq!(items, wanted);
        }
    }
}
