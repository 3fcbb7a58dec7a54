//! What an exporter sends: JSON, plain or packed.

use std::io::Read;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use pilothouse_shared::ErrorCode;
use pilothouse_shared::limits::MAX_HTTP_BYTES;
use serde_json::Value;

use crate::http::error::{HttpError, HttpResult, unsupported};

/// Why an export is not read.
#[derive(Debug)]
pub(in crate::http) enum Unread {
    /// It has a form that is not read; the sentence says which is.
    Form(&'static str),
    /// It was refused.
    Refused(HttpError),
}

impl IntoResponse for Unread {
    fn into_response(self) -> Response {
        match self {
            Self::Form(message) => unsupported(message),
            Self::Refused(error) => error.into_response(),
        }
    }
}

impl<E: Into<HttpError>> From<E> for Unread {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// The JSON of a request.
pub(super) fn read(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Value, Unread> {
    let kind = word(headers, &header::CONTENT_TYPE);
    if !kind.is_empty() && !kind.starts_with("application/json") {
        return Err(Unread::Form(
            "this relay reads OTLP as JSON only: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json",
        ));
    }
    let body = body?;
    let unpacked = match word(headers, &header::CONTENT_ENCODING).as_str() {
        "" | "identity" => None,
        "gzip" => Some(unpack(&body)?),
        _ => {
            return Err(Unread::Form(
                "this relay reads plain or gzip bodies: set OTEL_EXPORTER_OTLP_COMPRESSION=none",
            ));
        }
    };
    let bytes = unpacked.as_deref().unwrap_or(&body);
    Ok(serde_json::from_slice(bytes).map_err(|error| bad(format!("not JSON: {error}")))?)
}

/// Never more than a plain body may have.
fn unpack(body: &[u8]) -> HttpResult<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_HTTP_BYTES).unwrap_or(u64::MAX);
    let mut unpacking = GzDecoder::new(body).take(limit + 1);
    unpacking
        .read_to_end(&mut bytes)
        .map_err(|error| bad(format!("not gzip: {error}")))?;
    if bytes.len() > MAX_HTTP_BYTES {
        let message = format!("an export has at most {MAX_HTTP_BYTES} bytes; send smaller batches");
        return Err(HttpError::new(ErrorCode::TooLarge, message));
    }
    Ok(bytes)
}

fn bad(message: String) -> HttpError {
    HttpError::new(ErrorCode::BadFrame, message)
}

fn word(headers: &HeaderMap, name: &HeaderName) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().trim().to_ascii_lowercase()
}
