//! The relay's surface: the whole URL map, and how it is served.

mod access;
mod addresses;
mod asking;
mod assets;
mod channels;
mod connected;
mod connection;
mod door;
#[cfg(feature = "echo")]
mod echo;
mod error;
mod events;
mod export;
mod frames;
mod handover;
mod health;
mod hooks;
mod leases;
mod lines;
mod listener;
mod mcp;
mod metered;
mod openapi;
mod otlp;
mod past;
mod peer;
mod secure;
mod session;
mod socket;
mod steer;
mod stream;
mod tokens;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};
use pilothouse_shared::limits::{MAX_HOOK_BYTES, MAX_HTTP_BYTES};
use tokio::net::TcpListener;
use tower_http::trace::{DefaultOnFailure, TraceLayer};
use tracing::Level;

use crate::Server;
pub(crate) use addresses::addresses;
pub(crate) use connected::Connected;
pub(crate) use leases::Leases;
pub(crate) use past::Folds;

/// Serves until the relay stops, and then for as long as requests are under way, at most the grace
/// period.
pub(crate) async fn serve(server: &Server, listener: TcpListener) {
    let serving = listener::serve(server, listener, router(server.clone()));
    let overdue = async {
        server.stopping.cancelled().await;
        tokio::time::sleep(server.config.grace).await;
    };
    tokio::select! {
        () = serving => {}
        () = overdue => {}
    }
}

fn router(server: Server) -> Router {
    let router = Router::new();
    let inner = Router::new()
        .nest("/api", api())
        .layer(DefaultBodyLimit::max(MAX_HTTP_BYTES))
        .with_state(server.clone());
    #[cfg(feature = "echo")]
    let router = router.merge(echo::routes());
    router
        .merge(pages())
        .nest("/api", api())
        .route("/mcp", mcp::route(&server, inner))
        .route("/ws", get(socket::any))
        .route("/ws/{channel}", get(socket::one))
        .route("/health", get(health::alive))
        .route("/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(openapi::document))
        .merge(hook_routes())
        .route("/v1/logs", post(otlp::logs))
        .route("/v1/metrics", post(otlp::metrics))
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_HTTP_BYTES))
        .layer(access::cross_origin(&server))
        .layer(from_fn_with_state(server.clone(), metered::meter))
        .layer(from_fn_with_state(server.clone(), access::identify))
        .layer(from_fn_with_state(server.clone(), door::guard))
        .layer(from_fn_with_state(server.clone(), secure::secure))
        // Who fails says so once; every request that fails for it would drown that.
        .layer(TraceLayer::new_for_http().on_failure(DefaultOnFailure::new().level(Level::DEBUG)))
        .with_state(server)
}

fn pages() -> Router<Server> {
    Router::new()
        .route("/", get(assets::page))
        .route("/inbox", get(assets::page))
        .route("/admin", get(assets::page))
        .route("/c/{channel}", get(assets::page))
        .route("/c/{channel}/{view}", get(assets::page))
        .route("/embed.js", get(assets::loader))
        .route("/embed/{channel}", get(assets::widget))
        .fallback(assets::file)
}

fn hook_routes() -> Router<Server> {
    Router::new()
        .route("/hooks/claude-code", post(hooks::claude_code))
        .route("/hooks/codex", post(hooks::codex))
        .route("/hooks/json", post(hooks::any))
        // A tool's output may be an image.
        .layer(DefaultBodyLimit::max(MAX_HOOK_BYTES))
}

fn api() -> Router<Server> {
    Router::new()
        .route("/addresses", get(addresses::list))
        .route("/addresses/qr.svg", get(addresses::qr))
        .route(
            "/session",
            get(session::show).post(session::begin).delete(session::end),
        )
        .route("/tokens", get(tokens::list).post(tokens::create))
        .route("/tokens/{token}", delete(tokens::revoke))
        .route("/links", post(tokens::link))
        .route("/connections", get(connected::list))
        .route("/channels", get(channels::list).post(channels::create))
        .route(
            "/channels/{channel}",
            get(channels::show).delete(channels::remove),
        )
        .route("/channels/{channel}/join", post(channels::join))
        .route("/channels/{channel}/leave", post(channels::leave))
        .route(
            "/channels/{channel}/events",
            get(events::page).post(events::publish),
        )
        .route("/channels/{channel}/snapshot", get(past::snapshot))
        .route("/channels/{channel}/export", get(export::export))
        .route("/channels/{channel}/stream", get(stream::stream))
        .route("/channels/{channel}/signals/{*key}", put(events::signal))
        .route("/channels/{channel}/hints", get(steer::hints))
        .route("/channels/{channel}/leases", post(leases::take))
        .route(
            "/channels/{channel}/leases/{lease}",
            delete(leases::give_back),
        )
        .route(
            "/channels/{channel}/leases/{lease}/deliver",
            post(leases::deliver),
        )
        .route(
            "/channels/{channel}/hints/{hint}/acknowledge",
            post(steer::acknowledge),
        )
        .route("/channels/{channel}/requests", post(asking::ask))
        .route(
            "/channels/{channel}/requests/{request}",
            get(asking::request),
        )
        .route(
            "/channels/{channel}/requests/{request}/resolve",
            post(asking::resolve),
        )
        .fallback(error::no_such_call)
        .method_not_allowed_fallback(error::method_not_allowed)
}
