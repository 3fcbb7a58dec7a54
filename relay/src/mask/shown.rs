//! Masks that a text has already: they are never looked into, so that masking twice is masking once.

use std::ops::Range;

use super::{CONFIGURED, MAX_KIND_BYTES, OPEN, rules};

/// Where the masks of a text are. What only looks like a mask is none: a secret does not hide in one.
pub(super) fn masks(text: &str) -> Vec<Range<usize>> {
    let mask = |(start, _): (usize, &str)| {
        let rest = &text[start + OPEN.len()..];
        let most = rest.floor_char_boundary(MAX_KIND_BYTES + 1);
        let (kind, _) = rest[..most].split_once(']')?;
        let is_known = kind == CONFIGURED || rules::kinds().any(|known| known == kind);
        is_known.then(|| start..start + OPEN.len() + kind.len() + 1)
    };
    text.match_indices(OPEN).filter_map(mask).collect()
}

/// Whether a range has bytes of one of these, which are in their order.
pub(super) fn touches(masks: &[Range<usize>], at: &Range<usize>) -> bool {
    let next = masks.partition_point(|mask| mask.end <= at.start);
    masks.get(next).is_some_and(|mask| mask.start < at.end)
}

/// The kind of the mask that a text ends with.
pub(super) fn last_kind(text: &str) -> Option<&str> {
    let start = text.ends_with(']').then(|| text.rfind(OPEN)).flatten()?;
    let kind = &text[start + OPEN.len()..text.len() - 1];
    let is_known = kind == CONFIGURED || rules::kinds().any(|known| known == kind);
    is_known.then_some(kind)
}
