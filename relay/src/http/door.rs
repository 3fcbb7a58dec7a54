//! The door: which hosts and origins a request may name.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use pilothouse_shared::ErrorCode;

use super::error::{HttpError, HttpResult};
use super::secure;
use crate::Server;

/// Open mode's door. A page of another site can make a browser speak to a loopback address, by a
/// form, a socket, or a name that it resolves to 127.0.0.1; all of them show in `Origin` or `Host`.
pub(super) async fn guard(State(server): State<Server>, request: Request, next: Next) -> Response {
    match check(&server, request.headers(), request.uri()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check(server: &Server, headers: &HeaderMap, uri: &Uri) -> HttpResult<()> {
    let forbidden = |message: &str| Err(HttpError::new(ErrorCode::Forbidden, message));
    // HTTP/2 has the host in the URI only.
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let Some(host) = host.or_else(|| uri.authority().map(|authority| authority.as_str())) else {
        return forbidden("name the host you speak to in a Host header");
    };
    if server.access.is_open() && !is_loopback(host) {
        return forbidden("this relay is for its own machine: use localhost or 127.0.0.1");
    }
    if secure::is_widget(uri.path()) {
        return Ok(());
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return match is_of_another_page(headers, uri) {
            true => forbidden("pages of other origins may not use the relay"),
            false => Ok(()),
        };
    };
    let origin = origin.to_str().unwrap_or("null");
    let is_own = origin
        .strip_prefix("http://")
        .is_some_and(|authority| authority == host);
    if is_own
        || server
            .config
            .allow_origin
            .iter()
            .any(|allowed| allowed == origin)
    {
        return Ok(());
    }
    forbidden("pages of this origin may not use the relay; allow it with --allow-origin")
}

/// Whether a page of another site makes its browser ask, such as for a picture. Browsers send no `Origin`
/// then, and the answer stays hidden from the page; but who asks for hints has them. Everything else that
/// does something is no GET.
fn is_of_another_page(headers: &HeaderMap, uri: &Uri) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    matches!(site, Some(b"cross-site" | b"same-site")) && uri.path().starts_with("/api/")
}

/// Whether the authority names this machine, whatever the port.
fn is_loopback(authority: &str) -> bool {
    let Ok(uri) = authority.parse::<axum::http::uri::Authority>() else {
        return false;
    };
    let host = uri.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for good in [
            "localhost",
            "LocalHost:8420",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:8420",
        ] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil:1",
            "10.0.0.1",
            "",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
