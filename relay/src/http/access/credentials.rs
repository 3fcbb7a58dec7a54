//! What a request shows to be let in: a bearer token, or the cookie of a browser that opened a link.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use pilothouse_shared::ErrorCode;
use tokio::time::timeout;

use crate::access::Access;
use crate::http::error::{HttpError, HttpResult};
use crate::{Server, clock};

/// How long a request may go on whose caller has lost its access.
const FINISH_WITHIN: Duration = Duration::from_millis(250);

/// What a caller may do; none of a stranger, at a relay that has keys. Credentials that prove nothing are
/// refused, whatever is asked for.
pub(in crate::http) fn of(server: &Server, request: &Request) -> HttpResult<Option<Access>> {
    if server.access.is_open() {
        return Ok(Some(Access::open()));
    }
    let headers = request.headers();
    if let Some(token) = bearer(headers)? {
        return Ok(Some(server.access.admit(token, clock::now())?));
    }
    let Some(token) = cookie(headers, &cookie_name(server)) else {
        return Ok(None);
    };
    // A cookie comes along whoever made the browser ask.
    if changes_something(request) && !is_of_own_page(headers) {
        let message = "a browser's request that changes something comes from the relay's own page; \
                       programs send a token as `Authorization: Bearer …`";
        return Err(HttpError::new(ErrorCode::Forbidden, message));
    }
    // One that has ended is as none: the page opens, and says so.
    Ok(server.access.admit(token, clock::now()).ok())
}

/// Who takes hints has them, by whichever method.
fn changes_something(request: &Request) -> bool {
    !request.method().is_safe() || request.uri().path().ends_with("/hints")
}

/// Whether a browser says that a page of another origin asks. Programs say nothing.
pub(in crate::http) fn is_of_other_page(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    site.is_some_and(|site| site != b"same-origin")
}

/// The door has seen to it that an origin that is named is one that may be.
fn is_of_own_page(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    match site {
        Some(site) => site == b"same-origin",
        None => headers.contains_key(header::ORIGIN),
    }
}

fn bearer(headers: &HeaderMap) -> HttpResult<Option<&str>> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim())
    });
    let message = "write the token as `Authorization: Bearer …`";
    token
        .map(Some)
        .ok_or_else(|| HttpError::new(ErrorCode::Unauthenticated, message))
}

/// The name of the cookie. Browsers share cookies among the ports of a host; two relays of one host have
/// different keys.
pub(in crate::http) fn cookie_name(server: &Server) -> String {
    let id = server.access.keyring().map_or("", |keyring| keyring.id());
    format!("pilothouse_{id}")
}

/// A cookie's value, by its name with or without the prefix that browsers guard.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(key, _)| key.strip_prefix(GUARDED).unwrap_or(key) == name)
        .map(|(_, value)| value)
}

/// Begins names that a browser takes only from the host itself, over TLS, for all of it (RFC 6265bis,
/// section 4.1.3.2).
pub(in crate::http) const GUARDED: &str = "__Host-";

/// The answer, as long as the caller may have it: what waits ends with the caller's access, and what streams.
pub(super) async fn while_valid(
    access: Access,
    answer: impl Future<Output = Response>,
) -> Response {
    if access.pass().is_none() {
        return answer.await;
    }
    let mut answer = std::pin::pin!(answer);
    let response = tokio::select! {
        response = &mut answer => response,
        // What is under way is finished, such as the signing out that ended it.
        reason = access.clone().over() => match timeout(FINISH_WITHIN, answer).await {
            Ok(response) => response,
            Err(_) => return HttpError::new(ErrorCode::Unauthenticated, reason).into_response(),
        },
    };
    if !is_stream(&response) {
        return response;
    }
    let (head, body) = response.into_parts();
    let over = Box::pin(access.over());
    Response::from_parts(
        head,
        Body::from_stream(body.into_data_stream().take_until(over)),
    )
}

fn is_stream(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}
