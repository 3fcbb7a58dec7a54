//! Secrets in what is published are masked before anything is stored or told: `[masked: GitHub token]`
//! stands where one was. Pure: the same text always becomes the same, and masking twice is masking once.
//!
//! What is recognised is in `mask/rules.rs` (credentials that are known by their look), `mask/key.rs`
//! (private keys) and `mask/assigned.rs` (`password=…`). One look for a few dozen short words comes first:
//! only a text that has one is looked at by the rules that could match.

mod assigned;
mod body;
mod key;
mod likeness;
mod live;
mod rules;
mod shown;

use std::ops::Range;

use regex::Regex;

use crate::config::{MaskRules, Switch};

pub(crate) use likeness::is_like;

/// How every mask begins; the kind of secret and `]` follow.
pub(crate) const OPEN: &str = "[masked: ";

/// The kind of what a pattern of the operator found.
const CONFIGURED: &str = "configured pattern";

/// Longest kind of secret, in bytes.
const MAX_KIND_BYTES: usize = 32;

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Masker {
    is_on: bool,
    also: Vec<Regex>,
    except: Vec<Regex>,
}

/// Where a secret is, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    at: Range<usize>,
    kind: &'static str,
}

impl Default for Masker {
    fn default() -> Self {
        Self::new(true, Vec::new(), Vec::new())
    }
}

impl Masker {
    /// As the relay is told.
    pub(crate) fn of(rules: &MaskRules) -> Self {
        let regexes = |patterns: &[crate::config::MaskPattern]| {
            patterns.iter().map(|pattern| pattern.regex()).collect()
        };
        let is_on = rules.switch == Switch::On;
        Self::new(is_on, regexes(&rules.patterns), regexes(&rules.exceptions))
    }

    /// With the operator's own patterns; what matches one of `except` stays as it is. Of a pattern with
    /// groups the first group is the secret.
    pub(crate) fn new(is_on: bool, also: Vec<Regex>, except: Vec<Regex>) -> Self {
        Self {
            is_on,
            also,
            except,
        }
    }

    /// The text with its secrets masked; `None` when it has none.
    pub(crate) fn text(&self, text: &str) -> Option<String> {
        let found = self.find(text);
        (!found.is_empty()).then(|| replace(text, &found, |_, mask| mask))
    }

    /// The secrets of a text in their order, apart from each other.
    fn find(&self, text: &str) -> Vec<Found> {
        if !self.is_on {
            return Vec::new();
        }
        let mut found = rules::find(text);
        for pattern in &self.also {
            found.extend(configured(pattern, text));
        }
        if found.is_empty() {
            return found;
        }
        if !self.except.is_empty() {
            found.retain(|one| !self.is_excepted(&text[one.at.clone()]));
        }
        let masks = shown::masks(text);
        found.retain(|one| !shown::touches(&masks, &one.at));
        joined(found)
    }

    fn is_excepted(&self, secret: &str) -> bool {
        self.except.iter().any(|pattern| pattern.is_match(secret))
    }
}

/// What a pattern of the operator finds; nothing where it matches nothing.
fn configured(pattern: &Regex, text: &str) -> Vec<Found> {
    let found = |at: Range<usize>| Found {
        at,
        kind: CONFIGURED,
    };
    let all: Vec<_> = match pattern.captures_len() {
        1 => pattern.find_iter(text).map(|hit| hit.range()).collect(),
        _ => pattern
            .captures_iter(text)
            .filter_map(|hit| hit.get(1).or_else(|| hit.get(0)))
            .map(|hit| hit.range())
            .collect(),
    };
    all.into_iter()
        .filter(|at| !at.is_empty())
        .map(found)
        .collect()
}

/// In their order; those that overlap or touch become one, of the kind of the first.
fn joined(mut found: Vec<Found>) -> Vec<Found> {
    // Stable: of two that begin together the rule that comes first names the kind.
    found.sort_by_key(|one| one.at.start);
    let mut joined: Vec<Found> = Vec::with_capacity(found.len());
    for one in found {
        match joined.last_mut() {
            Some(last) if one.at.start <= last.at.end => {
                last.at.end = last.at.end.max(one.at.end);
            }
            _ => joined.push(one),
        }
    }
    joined
}

/// Puts a mask in the place of each secret; `fit` may change a mask, given the secret.
fn replace(text: &str, found: &[Found], fit: impl Fn(&str, String) -> String) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut end = 0;
    for one in found {
        masked.push_str(&text[end..one.at.start]);
        masked.push_str(&fit(&text[one.at.clone()], format!("{OPEN}{}]", one.kind)));
        end = one.at.end;
    }
    masked.push_str(&text[end..]);
    masked
}

#[cfg(test)]
mod tests;
