//! Tokens and links, for who looks after the relay.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use pilothouse_shared::{ErrorCode, MemberId, MemberKind, Millis};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::access::Caller;
use super::addresses::picture;
use super::error::{HttpError, HttpResult};
use crate::access::{Bearer, Grant, Keyring, KeyringError, Listed, Pattern, Role};
use crate::{Server, audit, clock};

/// How long what is made lasts unless told otherwise, in seconds: 7 days.
const USUAL: u64 = 7 * 24 * 60 * 60;

/// Longest that anything made here lasts, in seconds: a year.
const LONGEST: u64 = 365 * 24 * 60 * 60;

/// Every token.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TokenList {
    /// Oldest first.
    tokens: Vec<TokenItem>,
}

/// A token, without itself.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TokenItem {
    /// Its id, which is no secret.
    id: String,
    /// The member that it speaks as. This, the name and the kind are absent where another issuer made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    kind: Option<MemberKind>,
    /// What it allows.
    #[schema(value_type = Vec<Object>)]
    grants: Vec<Grant>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    made_by: Option<String>,
    /// When it ends, in milliseconds since the Unix epoch.
    expires_at: Millis,
    /// When it was taken back, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Millis>,
}

/// For whom a token or a link is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct NewBearer {
    /// What people call the holder.
    name: String,
    /// The member it speaks as; made from the name when absent.
    #[schema(value_type = Option<String>)]
    member: Option<MemberId>,
    /// `observer`, `steerer`, `approver`, `agent` or `admin`.
    #[schema(value_type = String)]
    role: Role,
    /// In which channels; all when absent.
    #[schema(value_type = Option<String>)]
    channels: Option<Pattern>,
    /// Seconds until it ends: a week when absent, at most a year.
    #[schema(maximum = 31_536_000)]
    expires_in: Option<u64>,
    /// Of a link: where the relay is reached, to have it drawn for a camera.
    address: Option<String>,
}

/// A new token: nowhere to be had again.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct NewToken {
    /// Its id, which is no secret.
    id: String,
    /// The token.
    token: String,
}

/// A new link.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct NewLink {
    /// What comes after the relay's address. It works once, and the part behind `#` never leaves a browser.
    #[schema(example = "/#join=…")]
    path: String,
    /// When the access that it gives ends, in milliseconds since the Unix epoch.
    expires_at: Millis,
    /// The link to the address that was named, as a QR code in SVG.
    #[serde(skip_serializing_if = "Option::is_none")]
    qr: Option<String>,
}

/// Lists the tokens that are valid, or were not long ago.
#[utoipa::path(
    get,
    path = "/api/tokens",
    operation_id = "list_tokens",
    tag = "access",
    responses(
        (status = 200, description = "The tokens.", body = TokenList),
        (status = 503, description = "The relay has no keys, or cannot read them now."),
    )
)]
pub(super) async fn list(
    State(server): State<Server>,
    Caller(_, access): Caller,
) -> HttpResult<Json<TokenList>> {
    access.check_admin()?;
    let listed = with_keys(&server, Keyring::list).await?;
    let tokens = listed.into_iter().map(item).collect();
    Ok(Json(TokenList { tokens }))
}

fn item(listed: Listed) -> TokenItem {
    let Listed {
        id,
        bearer,
        expires_at,
        revoked_at,
        ..
    } = listed;
    let (bearer, made_by) = match bearer {
        Some(bearer) => (
            Some((bearer.member, bearer.name, bearer.kind, bearer.grants)),
            Some(bearer.made_by),
        ),
        None => (None, None),
    };
    let (member, name, kind, grants) = match bearer {
        Some((member, name, kind, grants)) => {
            (Some(member.to_string()), Some(name), Some(kind), grants)
        }
        None => (None, None, None, Vec::new()),
    };
    TokenItem {
        id,
        member,
        name,
        kind,
        grants,
        made_by,
        expires_at,
        revoked_at,
    }
}

/// Makes a token, for a program.
#[utoipa::path(
    post,
    path = "/api/tokens",
    operation_id = "create_token",
    tag = "access",
    request_body = NewBearer,
    responses(
        (status = 201, description = "The token, once.", body = NewToken),
        (status = 400, description = "The body is not JSON, or not of this shape."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 503, description = "The relay has no keys, or cannot write them now."),
    )
)]
pub(super) async fn create(
    State(server): State<Server>,
    Caller(author, access): Caller,
    body: Result<Json<NewBearer>, JsonRejection>,
) -> HttpResult<(StatusCode, Json<NewToken>)> {
    access.check_admin()?;
    let (bearer, expires_at) = bearer(body?.0, &author.member)?;
    let made = with_keys(&server, move |keys| keys.token(&bearer, expires_at)).await?;
    let (id, token) = made;
    let token = token.reveal().to_owned();
    Ok((StatusCode::CREATED, Json(NewToken { id, token })))
}

/// Makes a link, for a person: who opens it first is let in.
#[utoipa::path(
    post,
    path = "/api/links",
    operation_id = "create_link",
    tag = "access",
    request_body = NewBearer,
    responses(
        (status = 201, description = "The link, once.", body = NewLink),
        (status = 400, description = "The body is not JSON, or not of this shape."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 503, description = "The relay has no keys, or cannot write them now."),
    )
)]
pub(super) async fn link(
    State(server): State<Server>,
    Caller(author, access): Caller,
    body: Result<Json<NewBearer>, JsonRejection>,
) -> HttpResult<(StatusCode, Json<NewLink>)> {
    access.check_admin()?;
    let Json(mut new) = body?;
    let address = new.address.take();
    let (bearer, expires_at) = bearer(new, &author.member)?;
    let about = json!({ "name": bearer.name, "grants": bearer.grants, "expires_at": expires_at });
    let code = with_keys(&server, move |keys| keys.link(bearer, expires_at)).await?;
    audit::tell(&server.hub, &author, "link_made", about).await;
    let path = format!("/#join={}", code.reveal());
    // Too long for a code is no reason to lose the link.
    let qr = address.and_then(|address| picture(&(address + &path)).ok());
    let link = NewLink {
        path,
        expires_at,
        qr,
    };
    Ok((StatusCode::CREATED, Json(link)))
}

/// Takes a token back, and ends at once what was opened with it.
#[utoipa::path(
    delete,
    path = "/api/tokens/{token}",
    operation_id = "revoke_token",
    tag = "access",
    params(("token" = String, Path, description = "The token's id.")),
    responses(
        (status = 204, description = "It opens nothing any more."),
        (status = 422, description = "That is no id of a token."),
        (status = 503, description = "The relay has no keys, or cannot write them now."),
    )
)]
pub(super) async fn revoke(
    State(server): State<Server>,
    Caller(author, access): Caller,
    token: Result<Path<String>, PathRejection>,
) -> HttpResult<StatusCode> {
    access.check_admin()?;
    let Path(token) = token?;
    // One that others have made is known by its id alone.
    if token.len() > 64
        || !token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(HttpError::new(
            ErrorCode::Invalid,
            "that is no id of a token",
        ));
    }
    if take_back(&server, &token).await? {
        let listed = with_keys(&server, Keyring::list).await?;
        let whose = listed.into_iter().find(|listed| listed.id == token);
        let name = whose.and_then(|listed| Some(listed.bearer?.name));
        let about = json!({ "token": token, "name": name });
        audit::tell(&server.hub, &author, "token_revoked_by", about).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a token back. Whether that is news.
pub(super) async fn take_back(server: &Server, token: &str) -> HttpResult<bool> {
    let (gate, token) = (Arc::clone(&server.access), token.to_owned());
    let revoked = tokio::task::spawn_blocking(move || gate.revoke(&token)).await;
    let stopped = |_| HttpError::new(ErrorCode::Unavailable, "the relay is stopping");
    Ok(revoked.map_err(stopped)??)
}

/// Does what reads or writes files, away from what must not wait. The trail hears of what was made.
async fn with_keys<T: Send + 'static>(
    server: &Server,
    work: impl FnOnce(&Keyring) -> Result<T, KeyringError> + Send + 'static,
) -> HttpResult<T> {
    let keyring = Arc::clone(server.access.keyring()?);
    let done = tokio::task::spawn_blocking(move || work(&keyring)).await;
    let stopped = |_| HttpError::new(ErrorCode::Unavailable, "the relay is stopping");
    let refused = |error: KeyringError| HttpError::new(ErrorCode::Invalid, error.to_string());
    done.map_err(stopped)?.map_err(refused)
}

fn bearer(new: NewBearer, by: &MemberId) -> HttpResult<(Bearer, Millis)> {
    let NewBearer {
        name,
        member,
        role,
        channels,
        expires_in,
        address: _,
    } = new;
    let kind = match role {
        Role::Agent => MemberKind::Agent,
        _ => MemberKind::Human,
    };
    let seconds = expires_in.unwrap_or(USUAL);
    if seconds == 0 || seconds > LONGEST {
        let message = format!("`expires_in` is between 1 and {LONGEST} seconds");
        return Err(HttpError::new(ErrorCode::Invalid, message));
    }
    let bearer = Bearer {
        member: match member {
            Some(member) => member,
            None => Bearer::member_for(&name),
        },
        name,
        kind,
        grants: vec![role.grant(channels.unwrap_or_else(Pattern::any))],
        speaks_for: Vec::new(),
        made_by: by.to_string(),
    };
    Ok((bearer, clock::now().saturating_add(seconds * 1000)))
}
