//! Where this relay is reached, for the phone of somebody who has it on a screen.

mod reach;

use std::net::IpAddr;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use pilothouse_shared::ErrorCode;
use qrcode::render::svg;
use qrcode::types::QrError;
use qrcode::{EcLevel, QrCode};
use serde::Deserialize;

use self::reach::Reach;
use super::access::Caller;
use super::error::{HttpError, HttpResult};
use crate::Server;

/// Side of the picture at least, in CSS pixels. It can be drawn at any size.
const SIDE: u32 = 240;

/// Where this relay is reached.
#[utoipa::path(
    get,
    path = "/api/addresses",
    operation_id = "list_addresses",
    tag = "relay",
    responses(
        (status = 200, description = "The addresses.", body = Reach),
        (status = 503, description = "It does not listen yet: try again."),
    )
)]
pub(super) async fn list(
    State(server): State<Server>,
    Caller(_, access): Caller,
) -> HttpResult<Json<Reach>> {
    access.check_admin()?;
    reach(&server).map(Json)
}

/// Starts of URLs of a relay that listens, the likeliest for another machine first.
pub(crate) fn addresses(server: &Server) -> Vec<String> {
    reach(server).map_or_else(|_| Vec::new(), |reach| reach.addresses)
}

fn reach(server: &Server) -> HttpResult<Reach> {
    let early = || HttpError::new(ErrorCode::Unavailable, "the relay does not listen yet");
    let listen = *server.address.get().ok_or_else(early)?;
    let public = server.config.public_url.as_deref();
    Ok(Reach::of(listen, server.scheme(), public, &interfaces()))
}

/// The addresses of this machine; none where the system does not tell.
fn interfaces() -> Vec<IpAddr> {
    let found = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the addresses of this machine are not known");
        Vec::new()
    });
    found.iter().map(if_addrs::Interface::ip).collect()
}

/// Which address.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct QrQuery {
    /// One of `/api/addresses`.
    address: String,
}

/// An address of this relay as a QR code, black on white.
#[utoipa::path(
    get,
    path = "/api/addresses/qr.svg",
    operation_id = "show_address",
    tag = "relay",
    params(QrQuery),
    responses(
        (status = 200, description = "The code.", body = String, content_type = "image/svg+xml"),
        (status = 422, description = "The address is none of this relay."),
        (status = 503, description = "It does not listen yet: try again."),
    )
)]
pub(super) async fn qr(
    State(server): State<Server>,
    Caller(_, access): Caller,
    query: Result<Query<QrQuery>, QueryRejection>,
) -> HttpResult<Response> {
    access.check_admin()?;
    let Query(QrQuery { address }) = query?;
    if !reach(&server)?.addresses.contains(&address) {
        let message = "the address is none of this relay: /api/addresses lists them";
        return Err(HttpError::new(ErrorCode::Invalid, message));
    }
    let impossible = |error: QrError| HttpError::new(ErrorCode::Invalid, error.to_string());
    let svg = picture(&address).map_err(impossible)?;
    let content_type = HeaderValue::from_static("image/svg+xml");
    Ok(([(header::CONTENT_TYPE, content_type)], svg).into_response())
}

/// A text as a QR code in SVG.
pub(super) fn picture(text: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let mut drawing = code.render::<svg::Color<'_>>();
    // The margin belongs to the code: readers look for it.
    Ok(drawing.quiet_zone(true).min_dimensions(SIDE, SIDE).build())
}
