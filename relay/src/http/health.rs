//! Whether the relay lives, whether it can serve, and what it counted.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use pilothouse_shared::ErrorCode;
use serde_json::{Value, json};

use super::error::{HttpError, HttpResult};
use crate::Server;

/// The process answers.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({ "status": "alive", "version": env!("CARGO_PKG_VERSION") }))
}

/// The store can be written and the relay is not about to stop.
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

/// Prometheus text.
pub(super) async fn metrics(State(server): State<Server>) -> HttpResult<impl IntoResponse> {
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
