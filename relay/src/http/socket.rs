//! The WebSocket handshake. axum answers the request; the raw stream then belongs to the connection.

mod raw;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use pilothouse_shared::{ChannelId, Encoding, ErrorCode};
use sha1::{Digest, Sha1};
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;

use super::access::{Guest, names_kind};
use super::connection::Connection;
use super::error::{HttpError, HttpResult};
use super::listener::Held;
use crate::Server;

/// Appended to the client's key before hashing (RFC 6455, section 1.3).
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Opens a WebSocket.
#[utoipa::path(
    get,
    path = "/ws",
    operation_id = "open_socket",
    tag = "socket",
    params(("Sec-WebSocket-Protocol" = Option<String>, Header, description = "`pilothouse.v1.json` (the default) or `pilothouse.v1.msgpack`.")),
    responses(
        (status = 101, description = "WebSocket from here on; its frames are in shared/PROTOCOL.md."),
        (status = 400, description = "No WebSocket handshake, or no subprotocol that the relay knows."),
    )
)]
pub(super) async fn any(
    State(server): State<Server>,
    guest: Guest,
    request: Request,
) -> HttpResult<Response> {
    upgrade(server, guest, None, request)
}

/// Opens a WebSocket that is subscribed to one channel from the start.
#[utoipa::path(
    get,
    path = "/ws/{channel}",
    operation_id = "open_channel_socket",
    tag = "socket",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        ("Sec-WebSocket-Protocol" = Option<String>, Header, description = "`pilothouse.v1.json` (the default) or `pilothouse.v1.msgpack`."),
    ),
    responses(
        (status = 101, description = "WebSocket from here on; its frames are in shared/PROTOCOL.md."),
        (status = 400, description = "No WebSocket handshake, or no subprotocol that the relay knows."),
    )
)]
pub(super) async fn one(
    State(server): State<Server>,
    guest: Guest,
    channel: Result<Path<ChannelId>, PathRejection>,
    request: Request,
) -> HttpResult<Response> {
    let Path(channel) = channel?;
    upgrade(server, guest, Some(channel), request)
}

fn upgrade(
    server: Server,
    guest: Guest,
    channel: Option<ChannelId>,
    request: Request,
) -> HttpResult<Response> {
    let headers = request.headers();
    let encoding = encoding(headers)?;
    let offered = headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    let is_named = names_kind(headers);
    let tracker = server.connections.clone();
    let mut response = switch(&tracker, request, move |socket, read| async move {
        let connection = Connection::new(server, guest, is_named, encoding, socket, &read);
        // The handshake's buffer: 16 KiB that an idle connection would hold.
        drop(read);
        connection.run(channel).await;
    })?;
    if offered {
        let chosen = HeaderValue::from_static(encoding.subprotocol());
        let headers = response.headers_mut();
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, chosen);
    }
    Ok(response)
}

/// Agrees to speak WebSocket. `serve` gets the raw stream and what was read of it before.
pub(super) fn switch<F: Future<Output = ()> + Send + 'static>(
    tracker: &TaskTracker,
    mut request: Request,
    serve: impl FnOnce(TcpStream, Bytes) -> F + Send + 'static,
) -> HttpResult<Response> {
    let accept = accept(request.headers())?;
    let held = request.extensions().get::<Held>().cloned();
    let upgraded = hyper::upgrade::on(&mut request);
    tracker.spawn(async move {
        let _held = held;
        match upgraded.await {
            Ok(upgraded) => raw::give(upgraded, serve).await,
            Err(error) => tracing::debug!(%error, "socket not upgraded"),
        }
    });
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

/// The answer to the client's key, if this is a handshake at all.
fn accept(headers: &HeaderMap) -> HttpResult<HeaderValue> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let has = |name, word: &str| {
        text(name)
            .split(',')
            .any(|w| w.trim().eq_ignore_ascii_case(word))
    };
    let is_handshake = has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket")
        && text(header::SEC_WEBSOCKET_VERSION) == "13"
        && !text(header::SEC_WEBSOCKET_KEY).is_empty();
    let invalid = || {
        HttpError::new(
            ErrorCode::BadFrame,
            "this address speaks WebSocket (RFC 6455)",
        )
    };
    if !is_handshake {
        return Err(invalid());
    }
    let key = text(header::SEC_WEBSOCKET_KEY);
    let hash = Sha1::new()
        .chain_update(key)
        .chain_update(KEY_SUFFIX)
        .finalize();
    HeaderValue::from_str(&STANDARD.encode(hash)).map_err(|_| invalid())
}

fn encoding(headers: &HeaderMap) -> HttpResult<Encoding> {
    let values = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let offered = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    Encoding::negotiate(offered.map(str::trim)).ok_or_else(|| {
        let message = "offer the subprotocol pilothouse.v1.json or pilothouse.v1.msgpack";
        HttpError::new(ErrorCode::BadFrame, message)
    })
}
