//! The dashboard, embedded in the binary with its compressed forms.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pilothouse_shared::ErrorCode;
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

use super::error::HttpError;

const INDEX: &str = "index.html";

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

/// A file of the dashboard.
pub(super) async fn file(uri: Uri, headers: HeaderMap) -> Response {
    let not_found = || HttpError::new(ErrorCode::NotFound, "there is no such page");
    serve(uri.path().trim_start_matches('/'), &headers)
        .unwrap_or_else(|| not_found().into_response())
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
    let is_hash = |part: &str| part.len() >= 16 && part.bytes().all(|b| b.is_ascii_hexdigit());
    match path.split(['-', '_', '.']).any(is_hash) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    }
}

/// The content security policy: own files only, and the inline scripts of the start page by hash.
pub(super) fn policy() -> HeaderValue {
    static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
        let index = Dashboard::get(INDEX)
            .map(|file| file.data)
            .unwrap_or_default();
        let hashes: String = inline_scripts(&String::from_utf8_lossy(&index))
            .iter()
            .map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script))))
            .collect();
        let policy = format!(
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{hashes}; connect-src 'self'; \
             img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             object-src 'none'"
        );
        HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
    });
    POLICY.clone()
}

/// The content of every script element without a source.
fn inline_scripts(page: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("<script") {
        let Some((attributes, body)) = after.split_once('>') else {
            break;
        };
        let Some((script, after)) = body.split_once("</script>") else {
            break;
        };
        if !attributes.contains("src=") {
            scripts.push(script);
        }
        rest = after;
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::{caching, inline_scripts};

    #[test]
    fn only_inline_scripts_are_hashed() {
        let page = "<script src=\"a.js\"></script><script type=\"module\">\nx\n</script><p>";
        assert_eq!(inline_scripts(page), ["\nx\n"]);
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        assert!(caching("pilothouse-web-0123456789abcdef_bg.wasm").contains("immutable"));
        assert_eq!(caching("index.html"), "no-cache");
    }
}
