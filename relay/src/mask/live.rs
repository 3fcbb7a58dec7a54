//! Live values. A text that comes in pieces may have a secret that no piece shows: each piece is looked at
//! together with the end of what is there, and a value that turns out to have a secret is set anew.

use pilothouse_shared::{Op, RowsPatch};
use serde_json::Value;

use super::{Masker, key, replace, shown};

/// Bytes before a piece that are looked at with it: the longest usual credential, and what stands before it.
const BEFORE: usize = 1024;

impl Masker {
    /// The op to do instead of this one, if it has a secret. For a piece of a text see [`Masker::piece`].
    pub(crate) fn op(&self, op: &Op) -> Option<Op> {
        if !self.is_on {
            return None;
        }
        match op {
            Op::Set(value) => {
                let mut value = value.clone();
                self.value(&mut value).then_some(Op::Set(value))
            }
            Op::Rows(patch) => self.rows(patch).map(Op::Rows),
            Op::Append(_) | Op::Clear(_) => None,
        }
    }

    /// The op to do instead of appending this piece to what is held, if the text would have a secret.
    pub(crate) fn piece(&self, piece: &str, held: Option<&Value>) -> Option<Op> {
        if !self.is_on {
            return None;
        }
        let held = held.and_then(Value::as_str).unwrap_or_default();
        let rest = after_mask(held, piece);
        let start = held.ceil_char_boundary(held.len().saturating_sub(BEFORE));
        let (before, end) = held.split_at(start);
        let changed = self.text(&format!("{end}{rest}"));
        match changed {
            None if rest.len() == piece.len() => None,
            None => Some(Op::Append(rest.to_owned())),
            Some(masked) => Some(match masked.strip_prefix(end) {
                Some(rest) => Op::Append(rest.to_owned()),
                None => Op::Set(format!("{before}{masked}").into()),
            }),
        }
    }

    /// Rows keep their width where the secret is longer than its mask.
    fn rows(&self, patch: &RowsPatch) -> Option<RowsPatch> {
        let mut is_changed = false;
        let rows = patch.rows.iter().map(|(row, text)| {
            let found = self.find(text);
            is_changed |= !found.is_empty();
            (row.clone(), replace(text, &found, as_wide))
        });
        let rows = rows.collect();
        is_changed.then(|| RowsPatch {
            rows,
            ..patch.clone()
        })
    }
}

fn as_wide(secret: &str, mut mask: String) -> String {
    let n_missing = secret.chars().count().saturating_sub(mask.chars().count());
    mask.extend(std::iter::repeat_n(' ', n_missing));
    mask
}

/// What of a piece is no more of what the mask before it stands for. A private key has many lines: the
/// word after one is taken for another of them.
fn after_mask<'a>(held: &str, piece: &'a str) -> &'a str {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let of_key = |c: char| is_word(c) || matches!(c, '\n' | '\r');
    let of_token = |c: char| is_word(c) || matches!(c, '_' | '-' | '.');
    if shown::last_kind(held.trim_end()) == Some(key::KIND) {
        return piece.trim_start_matches(of_key);
    }
    match shown::last_kind(held) {
        Some(_) => piece.trim_start_matches(of_token),
        None => piece,
    }
}
