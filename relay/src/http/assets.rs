//! The dashboard and the widget, embedded in the binary with their compressed forms.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pilothouse_shared::ErrorCode;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::error::HttpError;

/// The dashboard's page.
pub(super) const INDEX: &str = "index.html";

/// The widget's page for frames.
pub(super) const EMBED: &str = "embed.html";

/// The widget's loader.
const LOADER: &str = "embed.js";

/// What a browser is shown when this binary was built without the dashboard.
const NO_DASHBOARD: &str = "<!doctype html><title>Pilothouse</title><p>This relay works, but was \
    built without the dashboard. <code>cargo xtask run</code> builds and starts both.";

/// What `trunk build` made, and a `.br` and a `.gz` beside each file. Absent in a plain `cargo build`.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Dashboard;

/// The dashboard's page, the same at every address of its own.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "show_dashboard",
    tag = "dashboard",
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
    )
)]
pub(super) async fn page(headers: HeaderMap) -> Response {
    serve(INDEX, &headers).unwrap_or_else(|| Html(NO_DASHBOARD).into_response())
}

/// The widget's loader, for pages of any origin: shared/PROTOCOL.md says what else they need.
#[utoipa::path(
    get,
    path = "/embed.js",
    operation_id = "show_widget_loader",
    tag = "widget",
    responses(
        (status = 200, description = "The script.", body = String, content_type = "text/javascript"),
        (status = 404, description = "This relay was built without the widget."),
    )
)]
pub(super) async fn loader(headers: HeaderMap) -> Response {
    serve(LOADER, &headers).unwrap_or_else(|| no_widget().into_response())
}

/// The widget as a page of its own, to be put into a frame by pages of any origin; or one of the widget's
/// files, which come before channels of the same name.
#[utoipa::path(
    get,
    path = "/embed/{channel}",
    operation_id = "show_widget",
    tag = "widget",
    params(("channel" = String, Path, description = "The channel's id.")),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 404, description = "This relay was built without the widget."),
    )
)]
pub(super) async fn widget(uri: Uri, headers: HeaderMap) -> Response {
    let file = serve(uri.path().trim_start_matches('/'), &headers);
    file.or_else(|| serve(EMBED, &headers))
        .unwrap_or_else(|| no_widget().into_response())
}

fn no_widget() -> HttpError {
    let message = "this relay was built without the widget; `cargo xtask run` builds it too";
    HttpError::new(ErrorCode::NotFound, message)
}

/// A file of the dashboard or of the widget.
pub(super) async fn file(uri: Uri, headers: HeaderMap) -> Response {
    let not_found = || HttpError::new(ErrorCode::NotFound, "there is no such page");
    serve(uri.path().trim_start_matches('/'), &headers)
        .unwrap_or_else(|| not_found().into_response())
}

/// The content of a file; empty when it is not there.
pub(super) fn content(path: &str) -> Cow<'static, [u8]> {
    Dashboard::get(path)
        .map(|file| file.data)
        .unwrap_or_default()
}

fn serve(path: &str, headers: &HeaderMap) -> Option<Response> {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    let accepts = |coding: &str| {
        let mut offers = accepted.unwrap_or_default().split(',').map(str::trim);
        offers.any(|offer| offer == coding || offer.starts_with(&format!("{coding};")))
    };
    let forms = [("br", ".br"), ("gzip", ".gz")];
    let compressed = forms.into_iter().filter(|(coding, _)| accepts(coding));
    let mut found = compressed
        .filter_map(|(coding, end)| Some((Some(coding), Dashboard::get(&format!("{path}{end}"))?)));
    let (coding, file) = found
        .next()
        .or_else(|| Some((None, Dashboard::get(path)?)))?;
    Some(respond(path, coding, file, headers))
}

fn respond(path: &str, coding: Option<&str>, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", STANDARD.encode(file.metadata.sha256_hash()));
    let fresh = asked
        .get(header::IF_NONE_MATCH)
        .is_some_and(|held| held.as_bytes() == tag.as_bytes());
    let body = if fresh {
        Body::empty()
    } else {
        Body::from(file.data)
    };
    let status = if fresh {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(path)),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(caching(path)),
    );
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if let Some(coding) = coding.and_then(|coding| HeaderValue::from_str(coding).ok()) {
        headers.insert(header::CONTENT_ENCODING, coding);
    }
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

/// Names with a hash of their content never change; the rest is asked for anew.
fn caching(path: &str) -> &'static str {
    let is_hash = |part: &str| part.len() >= 12 && part.bytes().all(|b| b.is_ascii_hexdigit());
    match path.split(['-', '_', '.']).any(is_hash) {
        true => "public, max-age=31536000, immutable",
        // It stands in pages that are loaded far more often than the relay is upgraded.
        false if path == LOADER => "public, max-age=300",
        false => "no-cache",
    }
}

#[cfg(test)]
mod tests {
    use super::caching;

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        assert!(caching("pilothouse-web-0123456789abcdef_bg.wasm").contains("immutable"));
        // Hashes are numbers, which may begin with a zero that is not written.
        assert!(caching("channel-905c7dd7449898c.css").contains("immutable"));
        for asked_anew in [
            "index.html",
            "embed.html",
            "sw.js",
            "register-sw.js",
            "icons/512.png",
        ] {
            assert_eq!(caching(asked_anew), "no-cache");
        }
        assert_eq!(caching("embed.js"), "public, max-age=300");
    }
}
