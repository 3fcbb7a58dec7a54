//! Whether the relay lives, whether it can serve, and what it counted.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use pilothouse_shared::ErrorCode;
use serde_json::{Value, json};

use super::access::Caller;
use super::error::{HttpError, HttpResult};
use crate::Server;

/// The process answers.
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "health",
    tag = "relay",
    responses(
        (status = 200, description = "Alive.", body = Object),
    )
)]
pub(super) async fn alive() -> Json<Value> {
    Json(json!({ "status": "alive", "version": env!("CARGO_PKG_VERSION") }))
}

/// The store can be written and the relay is not about to stop.
#[utoipa::path(
    get,
    path = "/ready",
    operation_id = "ready",
    tag = "relay",
    responses(
        (status = 200, description = "It can serve.", body = Object),
        (status = 503, description = "It cannot serve now."),
    )
)]
pub(super) async fn ready(State(server): State<Server>) -> HttpResult<Json<Value>> {
    if server.stopping.is_cancelled() {
        return Err(HttpError::new(
            ErrorCode::Unavailable,
            "the relay is stopping",
        ));
    }
    server.hub.ready().await?;
    Ok(Json(json!({ "status": "ready" })))
}

/// What the relay counted, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "relay",
    responses(
        (
            status = 200,
            description = "OpenMetrics text.",
            body = String,
            content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"
        ),
        (status = 503, description = "The counters cannot be written."),
    )
)]
pub(super) async fn metrics(
    Caller(_, access): Caller,
    State(server): State<Server>,
) -> HttpResult<impl IntoResponse> {
    // They tell how many there are of what a caller may not see.
    access.check_admin()?;
    let failed = |_| HttpError::new(ErrorCode::Unavailable, "the counters cannot be written");
    let text = server.metrics.text().map_err(failed)?;
    Ok((
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        text,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Durability};

    async fn server() -> Server {
        let config = Config {
            durability: Durability::Memory,
            ..Config::default()
        };
        Server::new(config).await.unwrap()
    }

    async fn code(server: &Server) -> Option<ErrorCode> {
        let ready = ready(State(server.clone())).await;
        ready.err().map(|error| error.0.code)
    }

    #[tokio::test]
    async fn a_relay_is_ready_until_it_stops() {
        let server = server().await;
        assert_eq!(code(&server).await, None);
        server.shutdown();
        assert_eq!(code(&server).await, Some(ErrorCode::Unavailable));
    }

    #[tokio::test]
    async fn a_relay_whose_store_is_closed_is_not_ready() {
        let server = server().await;
        server.hub.close().await;
        assert_eq!(code(&server).await, Some(ErrorCode::Unavailable));
    }
}
