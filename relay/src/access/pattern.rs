//! Patterns of ids: `ops`, `claude-*`, `*`.

use std::fmt;
use std::str::FromStr;

use pilothouse_shared::limits::MAX_ID_BYTES;
use pilothouse_shared::pattern;
pub use pilothouse_shared::pattern::SYSTEM_PREFIX;
use serde::{Deserialize, Serialize};

/// Ids that match: each `*` stands for any number of any characters, all else for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

/// A text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no pattern; write an id, or `*` for any part of one, such as `ops`, `claude-*` or `*`"
)]
pub struct PatternError(String);

impl Pattern {
    /// The pattern that matches everything.
    #[must_use]
    pub fn any() -> Self {
        Self("*".to_owned())
    }

    /// Whether it matches every id.
    #[must_use]
    pub fn is_any(&self) -> bool {
        pattern::is_any(&self.0)
    }

    /// The text it was made from.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an id fits.
    #[must_use]
    pub fn matches(&self, id: &str) -> bool {
        pattern::matches(&self.0, id)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let fits = (1..=MAX_ID_BYTES).contains(&text.len());
        let is_of_ids = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b',');
        match fits && is_of_ids {
            true => Ok(Self(text.to_owned())),
            false => Err(PatternError(text.chars().take(MAX_ID_BYTES).collect())),
        }
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_stands_for_any_part() {
        for (pattern, good, bad) in [
            ("ops", &["ops"][..], &["op", "opsx", "xops", ""][..]),
            (
                "claude-*",
                &["claude-", "claude-a-b"],
                &["claude", "xclaude-a"],
            ),
            ("*-ci", &["a-ci", "-ci", "a-ci-ci"], &["a-ci-", "ci"]),
            ("a*b*c", &["abc", "a-b-c", "abbcc"], &["ac", "acb", "abcd"]),
            ("*", &["", "anything"], &["pilothouse-system-audit"]),
            (
                "pilothouse*",
                &["pilothouse-web"],
                &["pilothouse-system-audit"],
            ),
        ] {
            let pattern: Pattern = pattern.parse().unwrap();
            for id in good {
                assert!(pattern.matches(id), "{pattern} {id}");
            }
            for id in bad {
                assert!(!pattern.matches(id), "{pattern} {id}");
            }
        }
    }

    #[test]
    fn what_no_id_can_be_is_no_pattern() {
        for bad in ["", "a b", "a,b", "ä", "a\n", &"x".repeat(129)] {
            assert!(bad.parse::<Pattern>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn it_matches_just_what_its_regular_expression_does(pattern in "[ab*]{1,8}", id in "[ab]{0,8}") {
            // The plain definition, by trying every split.
            fn plain(pattern: &str, id: &str) -> bool {
                match pattern.split_at_checked(1) {
                    None => id.is_empty(),
                    Some(("*", rest)) => (0..=id.len()).any(|at| plain(rest, &id[at..])),
                    Some((c, rest)) => id.strip_prefix(c).is_some_and(|id| plain(rest, id)),
                }
            }
            let matches = pattern.parse::<Pattern>().unwrap().matches(&id);
            prop_assert_eq!(matches, plain(&pattern, &id));
        }
    }
}
