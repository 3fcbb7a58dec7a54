//! The one place where refusals become responses, and the one where they are logged.

use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pilothouse_shared::{ErrorCode, IdError, Refusal};
use serde::Serialize;

/// When to try again what was too much, in seconds, where nobody knows better.
const COME_BACK_AFTER: u64 = 10;

/// A refusal on its way to an HTTP client.
#[derive(Debug)]
pub(crate) struct HttpError(pub(crate) Refusal);

/// What handlers answer.
pub(crate) type HttpResult<T> = Result<T, HttpError>;

/// The body of every error: `{"error":{"code","message"}}`.
#[derive(Debug, Serialize)]
struct Body {
    error: Refusal,
}

impl HttpError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Refusal::new(code, message))
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let Self(error) = self;
        tracing::debug!(code = ?error.code, message = %error.message, "refused");
        let is_too_much = error.code == ErrorCode::RateLimited;
        let mut response = (status(error.code), Json(Body { error })).into_response();
        if is_too_much {
            let after = HeaderValue::from(COME_BACK_AFTER);
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
        response
    }
}

fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadFrame | ErrorCode::UnknownType | ErrorCode::Unknown => {
            StatusCode::BAD_REQUEST
        }
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::AlreadyExists | ErrorCode::AlreadyResolved => StatusCode::CONFLICT,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl From<Refusal> for HttpError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<IdError> for HttpError {
    fn from(error: IdError) -> Self {
        Self::new(ErrorCode::Invalid, error.to_string())
    }
}

impl From<JsonRejection> for HttpError {
    fn from(rejection: JsonRejection) -> Self {
        let code = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::TooLarge,
            StatusCode::UNPROCESSABLE_ENTITY => ErrorCode::Invalid,
            _ => ErrorCode::BadFrame,
        };
        Self::new(code, rejection.body_text())
    }
}

impl From<BytesRejection> for HttpError {
    fn from(rejection: BytesRejection) -> Self {
        let code = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::TooLarge,
            _ => ErrorCode::BadFrame,
        };
        Self::new(code, rejection.body_text())
    }
}

impl From<PathRejection> for HttpError {
    fn from(rejection: PathRejection) -> Self {
        Self::new(ErrorCode::Invalid, rejection.body_text())
    }
}

impl From<QueryRejection> for HttpError {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(ErrorCode::Invalid, rejection.body_text())
    }
}

pub(super) async fn no_such_call() -> HttpError {
    HttpError::new(
        ErrorCode::NotFound,
        "there is no such call; /openapi.json lists them all",
    )
}

/// A body in a form that is not read; the sentence says which is.
pub(super) fn unsupported(message: &str) -> Response {
    let error = Refusal::new(ErrorCode::Invalid, message);
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, Json(Body { error })).into_response()
}

pub(super) async fn method_not_allowed() -> Response {
    let message = "this call has another method; /openapi.json lists them all";
    let error = Refusal::new(ErrorCode::Invalid, message);
    (StatusCode::METHOD_NOT_ALLOWED, Json(Body { error })).into_response()
}
