//! Agents' hooks. What they say and are answered is in [`crate::adapters::hooks`].

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use pilothouse_shared::ErrorCode;
use serde::Deserialize;
use serde_json::Value;

use super::access::Caller;
use super::error::{HttpError, HttpResult};
use super::handover;
use super::steer::HintList;
use crate::Server;
use crate::access::Access;
use crate::adapters::hooks::{Answer, Call, Terms, Vendor, take_generic};

/// How long a hook of Claude Code or Codex may take unless it is told otherwise.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Longest a hook may wait.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// What the way back takes at most, of the time that a hook has.
const MARGIN: Duration = Duration::from_secs(5);

/// How long a question is held back from the terminal while somebody watches.
const HOLD: Duration = Duration::from_secs(60);

/// How long a hook may wait for people.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HookQuery {
    /// Seconds that the agent gives this hook, 600 when absent: a permission is asked for that long, less a
    /// margin for the way back.
    timeout: Option<u64>,
    /// Seconds to hold a question back from the terminal while somebody watches the channel, 60 when
    /// absent; 0 asks both at once.
    hold: Option<u64>,
}

/// Takes a call of a hook of Claude Code, and answers what it is to read, allow or deny. Whatever fails is no
/// decision: the agent goes on.
#[utoipa::path(
    post,
    path = "/hooks/claude-code",
    operation_id = "claude_code_hook",
    tag = "hooks",
    params(HookQuery),
    request_body(description = "What Claude Code gives its hooks.", content = Object),
    responses(
        (status = 200, description = "The hook's output; `{}` when there is nothing to say.", body = Object),
        (status = 400, description = "The body is not JSON, or not that of a hook."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 429, description = "The relay holds as many channels as it may."),
        (status = 503, description = "The store cannot do it now, or the relay is stopping."),
    )
)]
pub(super) async fn claude_code(
    State(server): State<Server>,
    Caller(_, access): Caller,
    query: Result<Query<HookQuery>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> HttpResult<Response> {
    let Query(query) = query?;
    let call = Call::read(Vendor::ClaudeCode, json(&body?)?)?;
    answer(&server, &access, &call, &query).await
}

/// The same for Codex: only what Codex takes is answered.
#[utoipa::path(
    post,
    path = "/hooks/codex",
    operation_id = "codex_hook",
    tag = "hooks",
    params(HookQuery),
    request_body(description = "What Codex gives its hooks.", content = Object),
    responses(
        (status = 200, description = "The hook's output; `{}` when there is nothing to say.", body = Object),
        (status = 400, description = "The body is not JSON, or not that of a hook."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 429, description = "The relay holds as many channels as it may."),
        (status = 503, description = "The store cannot do it now, or the relay is stopping."),
    )
)]
pub(super) async fn codex(
    State(server): State<Server>,
    Caller(_, access): Caller,
    query: Result<Query<HookQuery>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> HttpResult<Response> {
    let Query(query) = query?;
    let call = Call::read(Vendor::Codex, json(&body?)?)?;
    answer(&server, &access, &call, &query).await
}

/// Publishes bodies of anything that can post JSON: `{"channel", "author"?: {"member", "name"}, …body}`, or an
/// array of such for one channel. Answers the hints that wait for the author.
#[utoipa::path(
    post,
    path = "/hooks/json",
    operation_id = "json_hook",
    tag = "hooks",
    request_body(description = "A body and its `channel`, or an array of them.", content = Object),
    responses(
        (status = 200, description = "`{\"hints\":[…]}`: the author's from now on.", body = HintList),
        (status = 400, description = "The body is not JSON."),
        (status = 404, description = "The channel was removed: create it again."),
        (status = 409, description = "A request of this id exists, or somebody else was first."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 429, description = "The relay holds as many channels as it may."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn any(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    body: Result<Bytes, BytesRejection>,
) -> HttpResult<Response> {
    let answer = take_generic(&server.hub.entrance(&access), &caller, json(&body?)?).await?;
    written(&server, answer)
}

async fn answer(
    server: &Server,
    access: &Access,
    call: &Call,
    query: &HookQuery,
) -> HttpResult<Response> {
    let seconds = |given: Option<u64>, default| given.map_or(default, Duration::from_secs);
    let timeout = seconds(query.timeout, TIMEOUT).min(MAX_TIMEOUT);
    let terms = Terms {
        timeout: timeout - MARGIN.min(timeout / 4),
        hold: seconds(query.hold, HOLD).min(timeout),
        stopping: server.stopping.clone(),
    };
    let entrance = server.hub.entrance(access);
    let answer = server.hooks.answer(&entrance, call, &terms).await?;
    written(server, answer)
}

fn written(server: &Server, answer: Answer) -> HttpResult<Response> {
    let Answer { json, hints } = answer;
    match hints {
        Some((lease, via)) => handover::answer(server, &json, lease, via),
        None => Ok(Json(json).into_response()),
    }
}

fn json(body: &[u8]) -> HttpResult<Value> {
    let bad = |error: serde_json::Error| HttpError::new(ErrorCode::BadFrame, error.to_string());
    serde_json::from_slice(body).map_err(bad)
}
