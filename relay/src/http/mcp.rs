//! `/mcp`: the Model Context Protocol over streamable HTTP. rmcp speaks the protocol; this says who
//! calls, calls the API for the tools, and sees each result out of the house.

mod inside;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use futures_util::StreamExt;
use futures_util::stream::once;
use pilothouse_shared::limits::MAX_HTTP_BYTES;
use pilothouse_shared::{ChannelId, ErrorCode};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::access::{Caller, MEMBER, NAME};
use super::error::{HttpError, HttpResult};
use crate::Server;
use crate::adapters::mcp::{Parcel, Tools, Visitor};
use inside::Inside;

/// Where a caller acts unless a tool is told otherwise.
pub(super) const CHANNEL: HeaderName = HeaderName::from_static("pilothouse-channel");
/// Headers of the protocol that pages of allowed origins may send, and the one they may read.
pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
pub(super) const PROTOCOL: HeaderName = HeaderName::from_static("mcp-protocol-version");
pub(super) const METHOD: HeaderName = HeaderName::from_static("mcp-method");
pub(super) const TOOL: HeaderName = HeaderName::from_static("mcp-name");

/// The first revision without sessions.
const STATELESS: &str = "2026-07-28";

/// Most sessions of clients that speak an older revision; each costs a few KiB.
const MAX_SESSIONS: usize = 1024;

/// A session that says nothing for this long is over. Such clients are not told, and begin another.
const KEEP_SESSION: Duration = Duration::from_secs(2 * 60 * 60);

type Service = StreamableHttpService<Tools<Inside>, LocalSessionManager>;

#[derive(Clone)]
struct Mcp {
    service: Service,
    sessions: Arc<LocalSessionManager>,
    stopping: CancellationToken,
    /// Shutdown waits for the receipts.
    receipts: TaskTracker,
}

/// What answers at `/mcp`; `api` is what answers at `/api`.
pub(super) fn route(server: &Server, api: Router) -> MethodRouter<Server> {
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(KEEP_SESSION);
    let sessions = Arc::new(sessions);
    let tools = Tools::new(Inside::new(server.clone(), api));
    let new = move || Ok(tools.clone());
    let mcp = Mcp {
        service: Service::new(new, Arc::clone(&sessions), settings(server)),
        sessions,
        stopping: server.stopping.clone(),
        receipts: server.connections.clone(),
    };
    any(serve).with_state(mcp)
}

/// The door before this one decides who comes in: it knows which hosts and origins are the relay's own.
fn settings(server: &Server) -> StreamableHttpServerConfig {
    StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_cancellation_token(server.stopping.clone())
        .with_max_request_body_bytes(MAX_HTTP_BYTES)
}

async fn serve(
    State(mcp): State<Mcp>,
    Caller(caller, access): Caller,
    mut request: Request,
) -> Response {
    let parcel = Parcel::default();
    let headers = request.headers();
    if let Err(refused) = mcp.check_room(headers).await {
        return refused.into_response();
    }
    let channel = match channel(headers) {
        Ok(channel) => channel,
        Err(error) => return error.into_response(),
    };
    // Who has a token is who the token says.
    let is_known = access.pass().is_some();
    let says = |name: &HeaderName| is_known || headers.contains_key(name);
    let visitor = Visitor {
        member: says(&MEMBER).then(|| caller.member.clone()),
        name: says(&NAME).then(|| caller.name.clone()),
        kind: caller.kind,
        channel,
        session: text(headers, &SESSION),
        access,
        slip: parcel.slip(),
    };
    request.extensions_mut().insert(visitor);
    let response = mcp.service.handle(request).await;
    let (mut head, body) = response.into_parts();
    // Its end is told otherwise now.
    head.headers.remove(header::CONTENT_LENGTH);
    let end = once(mcp.see_out(parcel));
    let frames = Body::new(body).into_data_stream();
    let rest = end.filter_map(async |()| None);
    Response::from_parts(head, Body::from_stream(frames.chain(rest)))
}

impl Mcp {
    /// Comes after the last byte of a result. Dropped before that, when the connection broke, it returns
    /// the hints of the result.
    async fn see_out(self, parcel: Parcel) {
        // What was written is flushed before a body is polled again, and a broken socket found.
        tokio::task::yield_now().await;
        // A relay that stops ends its streams, whether or not the result was in them.
        if !self.stopping.is_cancelled() {
            self.receipts.spawn(parcel.written());
        }
    }

    async fn check_room(&self, headers: &HeaderMap) -> HttpResult<()> {
        let begins = !headers.contains_key(&SESSION)
            && text(headers, &PROTOCOL).is_none_or(|version| version.as_str() < STATELESS);
        if begins && self.sessions.sessions.read().await.len() >= MAX_SESSIONS {
            let message = "the relay holds as many MCP sessions as it may; end one, or speak the \
                           protocol's revision 2026-07-28, which needs none";
            return Err(HttpError::new(ErrorCode::RateLimited, message));
        }
        Ok(())
    }
}

fn channel(headers: &HeaderMap) -> HttpResult<Option<ChannelId>> {
    let channel = text(headers, &CHANNEL).map(ChannelId::new).transpose()?;
    Ok(channel)
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}
