//! Who calls, and which pages of others may.

pub(super) mod credentials;

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use pilothouse_shared::{Author, ErrorCode, MemberId, MemberKind};
use tower_http::cors::CorsLayer;

use super::error::{HttpError, HttpResult};
use super::mcp;
use super::peer::Peer;
use crate::access::Access;
use crate::{Server, clock, name};

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

/// Whether the caller said what kind it is.
pub(super) fn names_kind(headers: &HeaderMap) -> bool {
    headers.contains_key(KIND)
}

/// Whether the caller said which member it is.
pub(super) fn names_member(headers: &HeaderMap) -> bool {
    headers.contains_key(MEMBER)
}

/// Who calls, and what it may do. Who that is says its token; in open mode the headers
/// `Pilothouse-Member`, `-Name` and `-Kind` do.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub(super) Author, pub(super) Access);

/// Finds out who calls, and tells the caller which member it is taken for. What only somebody known may ask
/// for takes a [`Caller`], and is refused to others.
pub(super) async fn identify(
    State(server): State<Server>,
    mut request: Request,
    next: Next,
) -> Response {
    let author = match author(request.headers()) {
        Ok(author) => author,
        Err(error) => return error.into_response(),
    };
    let access = match credentials::of(&server, &request) {
        Ok(access) => access,
        Err(error) => return error.into_response(),
    };
    let Some(access) = access else {
        request.extensions_mut().insert(Stranger(author));
        return next.run(request).await;
    };
    let author = access.speaker(author);
    let member = HeaderValue::from_str(author.member.as_str());
    request
        .extensions_mut()
        .insert(Caller(author, access.clone()));
    let mut response = credentials::while_valid(access, next.run(request)).await;
    if let Ok(member) = member {
        response.headers_mut().insert(MEMBER, member);
    }
    response
}

/// Somebody without credentials, at a relay that wants some.
#[derive(Debug, Clone)]
struct Stranger(Author);

/// Who opens a socket: who calls, or somebody who has yet to show credentials there.
#[derive(Debug)]
pub(super) struct Guest {
    pub(super) author: Author,
    /// None of somebody who has shown nothing.
    pub(super) access: Option<Access>,
    /// From where.
    pub(super) address: Option<IpAddr>,
}

impl<S: Sync> FromRequestParts<S> for Guest {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> HttpResult<Self> {
        let address = parts.extensions.get().map(|peer: &Peer| peer.address);
        if let Some(Caller(author, access)) = parts.extensions.get().cloned() {
            let access = Some(access);
            return Ok(Self {
                author,
                access,
                address,
            });
        }
        let unknown = || HttpError::new(ErrorCode::Unavailable, "nobody was identified");
        let Stranger(author) = parts.extensions.get().cloned().ok_or_else(unknown)?;
        Ok(Self {
            author,
            access: None,
            address,
        })
    }
}

fn author(headers: &HeaderMap) -> HttpResult<Author> {
    let member = match text(headers, &MEMBER)? {
        Some(member) => MemberId::new(member)?,
        None => clock::fresh(MemberId::new),
    };
    let name = said_name(headers)?.unwrap_or_else(|| short_name(&member));
    let kind = match text(headers, &KIND)? {
        None | Some("agent") => MemberKind::Agent,
        Some("human") => MemberKind::Human,
        Some(_) => {
            let message = "Pilothouse-Kind is `agent` or `human`";
            return Err(HttpError::new(ErrorCode::Invalid, message));
        }
    };
    let author = Author { member, name, kind };
    name::check(&author.name)?;
    name::check_author(&author)?;
    Ok(author)
}

/// What a member without a name is called: the start of its id.
pub(super) fn short_name(member: &MemberId) -> String {
    member.as_str().chars().take(8).collect()
}

/// The caller's name: UTF-8, or in ASCII behind [`ESCAPED`].
fn said_name(headers: &HeaderMap) -> HttpResult<Option<String>> {
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
        parts.extensions.get().cloned().ok_or_else(|| {
            let message = "this relay wants to know who you are: open a link to it in a browser, or \
                           send a token as `Authorization: Bearer …`";
            HttpError::new(ErrorCode::Unauthenticated, message)
        })
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
            header::AUTHORIZATION,
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
