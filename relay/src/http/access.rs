//! Who may come in, who they are, and what every answer carries.

use std::time::Duration;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use pilothouse_shared::limits::MAX_NAME_BYTES;
use pilothouse_shared::{Author, ErrorCode, MemberId, MemberKind};
use tower_http::cors::CorsLayer;

use super::error::{HttpError, HttpResult};
use super::{mcp, secure};
use crate::{Server, clock};

pub(super) const MEMBER: HeaderName = HeaderName::from_static("pilothouse-member");
pub(super) const NAME: HeaderName = HeaderName::from_static("pilothouse-name");
const KIND: HeaderName = HeaderName::from_static("pilothouse-kind");
/// Names a publish, so that it can be repeated safely.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Where a stream of Server-Sent Events resumes.
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Begins a name in percent-encoded UTF-8: RFC 8187, section 3.2, without a language.
const ESCAPED: &str = "UTF-8''";

/// How long a browser need not ask again what an allowed page may send.
const PREFLIGHT: Duration = Duration::from_secs(600);

/// Open mode's door. A page of another site can make a browser speak to a loopback address, by a
/// form, a socket, or a name that it resolves to 127.0.0.1; all of them show in `Origin` or `Host`.
pub(super) async fn guard(State(server): State<Server>, request: Request, next: Next) -> Response {
    match check(&server, request.headers(), request.uri()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check(server: &Server, headers: &HeaderMap, uri: &Uri) -> HttpResult<()> {
    let forbidden = |message: &str| Err(HttpError::new(ErrorCode::Forbidden, message));
    // HTTP/2 has the host in the URI only.
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let Some(host) = host.or_else(|| uri.authority().map(|authority| authority.as_str())) else {
        return forbidden("name the host you speak to in a Host header");
    };
    if !is_loopback(host) {
        return forbidden("this relay is for its own machine: use localhost or 127.0.0.1");
    }
    if secure::is_widget(uri.path()) {
        return Ok(());
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return match is_of_another_page(headers, uri) {
            true => forbidden("pages of other origins may not use the relay"),
            false => Ok(()),
        };
    };
    let origin = origin.to_str().unwrap_or("null");
    let is_own = origin
        .strip_prefix("http://")
        .is_some_and(|authority| authority == host);
    if is_own
        || server
            .config
            .allow_origin
            .iter()
            .any(|allowed| allowed == origin)
    {
        return Ok(());
    }
    forbidden("pages of this origin may not use the relay; allow it with --allow-origin")
}

/// Whether a page of another site makes its browser ask, such as for a picture. Browsers send no `Origin`
/// then, and the answer stays hidden from the page; but who asks for hints has them. Everything else that
/// does something is no GET.
fn is_of_another_page(headers: &HeaderMap, uri: &Uri) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    matches!(site, Some(b"cross-site" | b"same-site")) && uri.path().starts_with("/api/")
}

/// Whether the authority names this machine, whatever the port.
fn is_loopback(authority: &str) -> bool {
    let Ok(uri) = authority.parse::<axum::http::uri::Authority>() else {
        return false;
    };
    let host = uri.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Whether the caller said what kind it is.
pub(super) fn names_kind(headers: &HeaderMap) -> bool {
    headers.contains_key(KIND)
}

/// Whether the caller said which member it is.
pub(super) fn names_member(headers: &HeaderMap) -> bool {
    headers.contains_key(MEMBER)
}

/// Who calls, by the headers `Pilothouse-Member`, `-Name` and `-Kind`.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub(super) Author);

/// Finds out who calls, and tells the caller which member it is taken for.
pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let author = match author(request.headers()) {
        Ok(author) => author,
        Err(error) => return error.into_response(),
    };
    let member = HeaderValue::from_str(author.member.as_str());
    request.extensions_mut().insert(Caller(author));
    let mut response = next.run(request).await;
    if let Ok(member) = member {
        response.headers_mut().insert(MEMBER, member);
    }
    response
}

fn author(headers: &HeaderMap) -> HttpResult<Author> {
    let member = match text(headers, &MEMBER)? {
        Some(member) => MemberId::new(member)?,
        None => clock::fresh(MemberId::new),
    };
    let name = name(headers)?.unwrap_or_else(|| short_name(&member));
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        let message = format!("Pilothouse-Name has between 1 and {MAX_NAME_BYTES} bytes");
        return Err(HttpError::new(ErrorCode::Invalid, message));
    }
    let kind = match text(headers, &KIND)? {
        None | Some("agent") => MemberKind::Agent,
        Some("human") => MemberKind::Human,
        Some(_) => {
            let message = "Pilothouse-Kind is `agent` or `human`";
            return Err(HttpError::new(ErrorCode::Invalid, message));
        }
    };
    Ok(Author { member, name, kind })
}

/// What a member without a name is called: the start of its id.
pub(super) fn short_name(member: &MemberId) -> String {
    member.as_str().chars().take(8).collect()
}

/// The caller's name: UTF-8, or in ASCII behind [`ESCAPED`].
fn name(headers: &HeaderMap) -> HttpResult<Option<String>> {
    let Some(name) = text(headers, &NAME)? else {
        return Ok(None);
    };
    let Some(escaped) = name.strip_prefix(ESCAPED) else {
        return Ok(Some(name.to_owned()));
    };
    let name = percent_decode_str(escaped).decode_utf8();
    Ok(Some(name.map_err(|_| not_text(&NAME))?.into_owned()))
}

/// A header's text. UTF-8, because people's names are.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> HttpResult<Option<&'a str>> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    std::str::from_utf8(value.as_bytes())
        .map(Some)
        .map_err(|_| not_text(name))
}

fn not_text(name: &HeaderName) -> HttpError {
    let message = format!("the header {name} is not UTF-8");
    HttpError::new(ErrorCode::Invalid, message)
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> HttpResult<Self> {
        let missing = || HttpError::new(ErrorCode::Unavailable, "nobody was identified");
        parts.extensions.get().cloned().ok_or_else(missing)
    }
}

/// Lets pages of the allowed origins call, and read what they are answered.
pub(super) fn cross_origin(server: &Server) -> CorsLayer {
    let allowed = server
        .config
        .allow_origin
        .iter()
        .filter_map(|origin| origin.parse().ok());
    CorsLayer::new()
        .allow_origin(allowed.collect::<Vec<HeaderValue>>())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            header::CONTENT_TYPE,
            IDEMPOTENCY_KEY,
            LAST_EVENT_ID,
            MEMBER,
            NAME,
            KIND,
            mcp::CHANNEL,
            mcp::METHOD,
            mcp::PROTOCOL,
            mcp::SESSION,
            mcp::TOOL,
        ])
        .expose_headers([MEMBER, mcp::SESSION])
        .max_age(PREFLIGHT)
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for good in [
            "localhost",
            "LocalHost:8420",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:8420",
        ] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil:1",
            "10.0.0.1",
            "",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
