//! Questions to the relay's HTTP API, whichever way they travel.

use http::{Method, StatusCode};
use pilothouse_shared::{ErrorCode, Refusal};
use reqwest::Url;
use serde_json::Value;

use super::backend::Fault;

/// One question to the API.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiCall {
    /// How.
    pub(crate) method: Method,
    /// Where: the path and its query, percent-encoded, beginning with `/api`.
    pub(crate) target: String,
    /// What is sent along.
    pub(crate) body: Option<Value>,
}

impl ApiCall {
    /// A question about what these path segments lead to, such as `["channels", "room"]`.
    pub(crate) fn get(segments: &[&str], query: &[(&str, String)]) -> Self {
        Self {
            method: Method::GET,
            target: target(segments, query),
            body: None,
        }
    }

    /// A change.
    pub(crate) fn post(segments: &[&str], body: Value) -> Self {
        Self {
            method: Method::POST,
            target: target(segments, &[]),
            body: Some(body),
        }
    }

    /// A replacement.
    pub(crate) fn put(segments: &[&str], body: Value) -> Self {
        Self {
            method: Method::PUT,
            ..Self::post(segments, body)
        }
    }
}

/// What the API answered: its JSON, null when there is none, or its refusal.
pub(crate) fn answered(status: StatusCode, body: &[u8]) -> Result<Value, Fault> {
    if status.is_success() && body.is_empty() {
        return Ok(Value::Null);
    }
    let unknown = |error| Fault::Unreachable(format!("its answer cannot be read: {error}"));
    let mut answer: Value = serde_json::from_slice(body).map_err(unknown)?;
    if status.is_success() {
        return Ok(answer);
    }
    let refusal = serde_json::from_value(answer["error"].take());
    let other = |_| Refusal::new(ErrorCode::Unknown, format!("it answered {status}"));
    Err(Fault::Refused(refusal.unwrap_or_else(other)))
}

/// Ids may have any printable character: they are encoded here, and nowhere else.
fn target(segments: &[&str], query: &[(&str, String)]) -> String {
    let Ok(mut url) = Url::parse("http://relay/api") else {
        unreachable!("a constant address is well-formed");
    };
    if let Ok(mut path) = url.path_segments_mut() {
        path.extend(segments);
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_values_are_encoded_where_they_must_be() {
        let call = ApiCall::get(
            &["channels", "room", "signals", "activity/a b"],
            &[("epoch", "x&y".to_owned())],
        );
        assert_eq!(
            call.target,
            "/api/channels/room/signals/activity%2Fa%20b?epoch=x%26y"
        );
    }
}
