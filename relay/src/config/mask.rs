//! What is masked, as typed.

use std::str::FromStr;

use clap::ValueEnum;
use regex::Regex;
use serde::Deserialize;
use thiserror::Error;

/// Whether something is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// It is
    #[default]
    On,
    /// It is not
    Off,
}

/// A pattern of secrets: a regular expression, with the syntax of the `regex` crate.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct MaskPattern(Regex);

/// Why a pattern is refused.
#[derive(Debug, Clone, Error)]
#[error("`{pattern}` is no pattern of secrets: {why}")]
pub struct MaskPatternError {
    pattern: String,
    why: String,
}

impl MaskPattern {
    /// The pattern, ready to use.
    pub(crate) fn regex(&self) -> Regex {
        self.0.clone()
    }
}

impl PartialEq for MaskPattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for MaskPattern {}

impl FromStr for MaskPattern {
    type Err = MaskPatternError;

    fn from_str(text: &str) -> Result<Self, MaskPatternError> {
        let refused = |why: String| MaskPatternError {
            pattern: text.to_owned(),
            why,
        };
        let regex = Regex::new(text).map_err(|error| refused(reason(&error)))?;
        match regex.is_match("") {
            true => Err(refused(
                "it matches a text without anything in it; say what is always there".to_owned(),
            )),
            false => Ok(Self(regex)),
        }
    }
}

impl TryFrom<String> for MaskPattern {
    type Error = MaskPatternError;

    fn try_from(text: String) -> Result<Self, MaskPatternError> {
        text.parse()
    }
}

/// The last line of what the library says; those before draw the place.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

/// What of what agents publish is masked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaskRules {
    /// Whether anything is.
    pub switch: Switch,
    /// Besides what the relay knows by itself. Of a pattern with groups the first is the secret.
    pub patterns: Vec<MaskPattern>,
    /// A secret that one of these matches is none.
    pub exceptions: Vec<MaskPattern>,
}
