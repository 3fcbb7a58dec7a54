//! A browser's way in: a link is exchanged once for a cookie, which scripts cannot read.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::{Extension, Json};
use pilothouse_shared::{ErrorCode, MemberKind, Millis, Refusal, Right};
use serde::{Deserialize, Serialize};

use super::access::Caller;
use super::access::credentials::{GUARDED, cookie_name, is_of_other_page};
use super::error::{HttpError, HttpResult};
use super::peer::Peer;
use crate::access::{Access, Grant, KeyringError};
use crate::{Server, clock};

/// Who the caller is, and what it may do.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Session {
    /// The member it speaks as.
    member: String,
    /// What people call it.
    name: String,
    /// `human` or `agent`.
    #[schema(value_type = String)]
    kind: MemberKind,
    /// Whether the relay is in open mode: everybody on its machine may do everything.
    open: bool,
    /// Rights that it has in some channel or other.
    #[schema(value_type = Vec<String>)]
    rights: Vec<Right>,
    /// Which rights where; `*` in a pattern stands for any part of an id. Empty in open mode.
    #[schema(value_type = Vec<Object>)]
    grants: Vec<Grant>,
    /// The id of its token, which is no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// When its access ends, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Millis>,
}

/// What a browser shows to be let in.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct Knock {
    /// The code of a link, which works once.
    code: Option<String>,
    /// A token that somebody has typed.
    token: Option<String>,
}

/// Says who the caller is, and what it may do.
#[utoipa::path(
    get,
    path = "/api/session",
    operation_id = "show_session",
    tag = "access",
    responses(
        (status = 200, description = "The caller.", body = Session),
        (status = 401, description = "The relay wants to know who calls."),
    )
)]
pub(super) async fn show(Caller(author, access): Caller) -> Json<Session> {
    Json(session(author, &access))
}

fn session(author: pilothouse_shared::Author, access: &Access) -> Session {
    let pass = access.pass();
    Session {
        member: author.member.to_string(),
        name: author.name,
        kind: author.kind,
        open: pass.is_none(),
        rights: access.rights(),
        grants: pass.map_or_else(Vec::new, |pass| pass.grants.clone()),
        token: pass.map(|pass| pass.token.clone()),
        expires_at: pass.map(|pass| pass.expires_at),
    }
}

/// Exchanges the code of a link, or a token, for a cookie. A code works once.
#[utoipa::path(
    post,
    path = "/api/session",
    operation_id = "begin_session",
    tag = "access",
    request_body(description = "`{\"code\"}` of a link, or `{\"token\"}`.", content = Object),
    responses(
        (status = 200, description = "The cookie is set; the caller from now on.", body = Session),
        (status = 400, description = "The body is not JSON, or not of this shape."),
        (status = 401, description = "The link was opened before, has expired, or is none; or the token is."),
        (status = 403, description = "Asked by a page of another origin."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 503, description = "The relay has no keys, or cannot read them now."),
    )
)]
pub(super) async fn begin(
    State(server): State<Server>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Result<Json<Knock>, JsonRejection>,
) -> HttpResult<Response> {
    // Whoever could make somebody's browser sign in as another would read what is typed there.
    if is_of_other_page(&headers) {
        let message = "only the relay's own page signs a browser in";
        return Err(HttpError::new(ErrorCode::Forbidden, message));
    }
    // What was sent may be a secret, and is not repeated.
    let Json(knock) = body.map_err(|rejection| {
        let code = HttpError::from(rejection).0.code;
        HttpError::new(code, "send the `code` of a link, or a `token`, as JSON")
    })?;
    let token = match knock {
        Knock {
            code: Some(code),
            token: None,
        } => exchange(&server, code).await?,
        Knock {
            code: None,
            token: Some(token),
        } => token,
        _ => {
            let message = "send the `code` of a link, or a `token`";
            return Err(HttpError::new(ErrorCode::Invalid, message));
        }
    };
    let now = clock::now();
    let access = server.access.admit(&token, now)?;
    let Some(pass) = access.pass() else {
        return Err(Refusal::new(ErrorCode::Invalid, "this relay lets everybody in").into());
    };
    let seconds = pass.expires_at.saturating_sub(now) / 1000;
    let cookie = cookie(&server, &token, seconds, peer.is_secure)?;
    let session = session(pass.author.clone(), &access);
    Ok((AppendHeaders([cookie]), Json(session)).into_response())
}

async fn exchange(server: &Server, code: String) -> HttpResult<String> {
    let keyring = std::sync::Arc::clone(server.access.keyring()?);
    let opened = tokio::task::spawn_blocking(move || keyring.exchange(&code)).await;
    let failed =
        |error: &dyn std::fmt::Display| HttpError::new(ErrorCode::Unavailable, error.to_string());
    let opened = opened.map_err(|error| failed(&error))?;
    let opened = opened.map_err(|error: KeyringError| failed(&error))?;
    let (token, _) = opened.ok_or_else(|| {
        let message = "this link was opened before, has expired, or is none of this relay's; ask for \
                       a new one";
        HttpError::new(ErrorCode::Unauthenticated, message)
    })?;
    Ok(token.reveal().to_owned())
}

/// Signs the browser out: its token is taken back, the cookie removed.
#[utoipa::path(
    delete,
    path = "/api/session",
    operation_id = "end_session",
    tag = "access",
    responses(
        (status = 204, description = "Signed out."),
        (status = 401, description = "Nobody was signed in."),
        (status = 503, description = "The relay has no keys, or cannot write them now."),
    )
)]
pub(super) async fn end(
    State(server): State<Server>,
    Caller(_, access): Caller,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> HttpResult<Response> {
    let is_of_browser = request.headers().contains_key(header::COOKIE);
    // A program's token is not its session's alone.
    if let Some(pass) = access.pass().filter(|_| is_of_browser) {
        super::tokens::take_back(&server, &pass.token).await?;
    }
    let cookie = cookie(&server, "", 0, peer.is_secure)?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([cookie])).into_response())
}

fn cookie(
    server: &Server,
    token: &str,
    seconds: u64,
    is_secure: bool,
) -> HttpResult<(HeaderName, HeaderValue)> {
    let name = cookie_name(server);
    let (guard, secure) = match is_secure {
        true => (GUARDED, "; Secure"),
        false => ("", ""),
    };
    let line = format!(
        "{guard}{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"
    );
    let broken = |_| HttpError::new(ErrorCode::Invalid, "the token cannot be a cookie");
    let mut value = HeaderValue::from_str(&line).map_err(broken)?;
    // Never printed.
    value.set_sensitive(true);
    Ok((header::SET_COOKIE, value))
}
