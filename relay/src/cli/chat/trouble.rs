//! Why an endpoint does not answer, and whether to ask it again.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

/// The pause before the second try; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause, whoever asks for it: people wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Longest text of an endpoint that is repeated to people, in characters.
const MAX_CHARS: usize = 300;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// A sentence for people, without its full stop.
    pub(super) message: String,
    pub(super) retry: Retry,
}

/// Whether the same request may fare better later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// Only when somebody has changed something.
    Never,
    /// After a pause that grows.
    Soon,
    /// After a pause that the endpoint asked for.
    After(Duration),
}

impl Trouble {
    /// Worth another try.
    pub(super) fn passing(message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            message,
            retry: Retry::Soon,
        }
    }

    /// The same every time.
    pub(super) fn lasting(message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            message,
            retry: Retry::Never,
        }
    }

    /// A status that is no success. `after` is the header Retry-After in seconds, `body` what came with it.
    pub(super) fn status(status: StatusCode, after: Option<u64>, body: &str) -> Self {
        let said = said(body);
        let (message, is_passing) = match status.as_u16() {
            401 | 403 => (
                "the endpoint refuses the key; set PILOTHOUSE_API_KEY to one that it accepts",
                false,
            ),
            404 => (
                "the endpoint has no such model or address; check --base-url and --model",
                false,
            ),
            408 | 425 | 429 => ("the endpoint is busy", true),
            500.. => ("the endpoint has failed", true),
            _ => ("the endpoint refuses the request", false),
        };
        let message = match said.is_empty() {
            true => format!("{message} ({})", status.as_u16()),
            false => format!("{message} ({}: {said})", status.as_u16()),
        };
        let retry = match after {
            _ if !is_passing => Retry::Never,
            Some(seconds) => Retry::After(Duration::from_secs(seconds)),
            None => Retry::Soon,
        };
        Self { message, retry }
    }

    /// How long to wait before try number `n`, counted from 2; `None` when no try is left of `max`.
    pub(super) fn pause(&self, n: u32, max: u32) -> Option<Duration> {
        if n > max {
            return None;
        }
        let doubled = FIRST_PAUSE * 2_u32.saturating_pow(n.saturating_sub(2).min(16));
        match self.retry {
            Retry::Never => None,
            Retry::Soon => Some(doubled.min(LONGEST_PAUSE)),
            Retry::After(pause) => Some(pause.min(LONGEST_PAUSE)),
        }
    }
}

/// The words in `{"error":{"message"}}` and its relatives, or the text itself.
fn said(body: &str) -> String {
    let json: Option<Value> = serde_json::from_str(body).ok();
    let words = json.as_ref().and_then(error_text);
    let text = words.unwrap_or(if json.is_some() { "" } else { body });
    short(text)
}

/// What an error object says.
pub(super) fn error_text(json: &Value) -> Option<&str> {
    let error = json.get("error")?;
    error["message"].as_str().or(error.as_str())
}

/// The start of a text, on one line.
pub(super) fn short(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").chars().take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, after: Option<u64>, body: &str) -> Trouble {
        Trouble::status(StatusCode::from_u16(code).unwrap(), after, body)
    }

    #[test]
    fn a_refused_key_is_not_tried_again_and_names_the_variable() {
        let trouble = status(401, Some(1), r#"{"error":{"message":"bad key"}}"#);
        assert_eq!(trouble.retry, Retry::Never);
        assert!(trouble.message.contains("PILOTHOUSE_API_KEY"));
        assert!(
            trouble.message.ends_with("(401: bad key)"),
            "{}",
            trouble.message
        );
    }

    #[test]
    fn a_busy_endpoint_says_how_long_to_wait() {
        let after = |seconds| status(429, seconds, "").pause(2, 5);
        assert_eq!(after(Some(7)), Some(Duration::from_secs(7)));
        assert_eq!(after(Some(100_000)), Some(LONGEST_PAUSE));
        assert_eq!(after(None), Some(FIRST_PAUSE));
    }

    #[test]
    fn pauses_double_up_to_a_bound_and_tries_end() {
        let trouble = Trouble::passing("x");
        let pauses: Vec<_> = (2..=5)
            .map(|n| trouble.pause(n, 5).unwrap().as_millis())
            .collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000]);
        assert_eq!(trouble.pause(6, 5), None);
        assert_eq!(trouble.pause(u32::MAX, u32::MAX), Some(LONGEST_PAUSE));
        assert_eq!(Trouble::lasting("x").pause(2, 5), None);
    }

    #[test]
    fn what_an_endpoint_says_is_short_and_on_one_line() {
        let trouble = status(500, None, &"a\n".repeat(1000));
        assert!(trouble.message.len() < 400 && !trouble.message.contains('\n'));
        assert_eq!(
            status(400, None, "{}").message,
            "the endpoint refuses the request (400)"
        );
        let plain = status(400, None, r#"{"error":"no"}"#);
        assert_eq!(plain.message, "the endpoint refuses the request (400: no)");
    }
}
