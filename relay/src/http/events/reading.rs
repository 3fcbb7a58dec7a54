//! What a publish carries: bodies in one of their forms, and how they are to be stored.

use axum::http::{HeaderMap, header};
use pilothouse_shared::limits::MAX_BATCH;
use pilothouse_shared::{Body, ErrorCode, Visibility};

use crate::http::access::IDEMPOTENCY_KEY;
use crate::http::error::{HttpError, HttpResult};

/// Whether the body is text, a message a line.
pub(super) fn is_plain(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/plain"))
}

/// One body, an array of bodies, or a body a line.
pub(super) fn bodies(bytes: &[u8]) -> HttpResult<Vec<Body>> {
    let bad = |message: String| HttpError::new(ErrorCode::BadFrame, message);
    let is_array = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let bodies = if is_array {
        serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?
    } else {
        let stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Body>();
        let limited = stream.take(MAX_BATCH + 1).enumerate();
        let read = limited
            .map(|(index, body)| body.map_err(|error| bad(format!("body {}: {error}", index + 1))));
        read.collect::<HttpResult<Vec<_>>>()?
    };
    match bodies.len() {
        0 => Err(bad(
            "send a body, an array of bodies, or a body a line".to_owned()
        )),
        1..=MAX_BATCH => Ok(bodies),
        _ => {
            let message = format!("a request has at most {MAX_BATCH} bodies; send several");
            Err(HttpError::new(ErrorCode::TooLarge, message))
        }
    }
}

pub(super) fn visibility(text: Option<&str>) -> HttpResult<Visibility> {
    match text {
        None | Some("public") => Ok(Visibility::Public),
        Some("agents") => Ok(Visibility::Agents),
        Some(members) => {
            let members = members
                .split(',')
                .map(str::parse)
                .collect::<Result<_, _>>()?;
            Ok(Visibility::Only(members))
        }
    }
}

pub(super) fn idempotency_key(headers: &HeaderMap) -> HttpResult<Option<String>> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let invalid = |_| HttpError::new(ErrorCode::Invalid, "the Idempotency-Key is not text");
    key.to_str()
        .map(|key| Some(key.to_owned()))
        .map_err(invalid)
}
