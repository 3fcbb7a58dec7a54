//! Questions to the relay's HTTP API, whichever way they travel.

use http::{Method, StatusCode};
use pilothouse_shared::{ErrorCode, Refusal};
use reqwest::Url;
use serde_json::Value;

use super::backend::{Fault, unreadable};

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
    let mut answer: Value = serde_json::from_slice(body).map_err(unreadable)?;
    if status.is_success() {
        return Ok(answer);
    }
    let refusal = answer.get_mut("error").map(Value::take);
    let refusal = serde_json::from_value(refusal.unwrap_or_default());
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

    /// What is no object ended the process: something else than a relay may answer there.
    #[test]
    fn a_refusal_of_any_shape_is_a_refusal() {
        for body in [r#"["no"]"#, r#""no""#, "{}", "null", r#"{"error": 1}"#] {
            let answer = answered(StatusCode::BAD_GATEWAY, body.as_bytes());
            let Err(Fault::Refused(refusal)) = answer else {
                panic!("{body}: {answer:?}")
            };
            assert_eq!(refusal.code, ErrorCode::Unknown, "{body}");
        }
        let body = br#"{"error": {"code": "not_found", "message": "no"}}"#;
        let expected = Refusal::new(ErrorCode::NotFound, "no");
        let answer = answered(StatusCode::NOT_FOUND, body);
        assert_eq!(answer, Err(Fault::Refused(expected)));
    }

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
