//! The door: which hosts and origins a request may name.

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use pilothouse_shared::ErrorCode;

use super::error::{HttpError, HttpResult};
use super::peer::Peer;
use super::secure;
use crate::{Server, machine};

/// Lets in what names this relay and comes from no page of others. Such a page can make a browser speak to
/// an address of this machine or its network, by a form, a socket, or a name of its own that it resolves
/// there; all of them show in `Origin` or `Host`.
pub(super) async fn guard(State(server): State<Server>, request: Request, next: Next) -> Response {
    match check(&server, &request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check(server: &Server, request: &Request) -> HttpResult<()> {
    let forbidden = |message: &str| HttpError::new(ErrorCode::Forbidden, message);
    let (headers, uri) = (request.headers(), request.uri());
    // HTTP/2 has the host in the URI only.
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| uri.authority().map(Authority::as_str))
        .ok_or_else(|| forbidden("name the host you speak to in a Host header"))?;
    let rules = Rules {
        is_open: server.access.is_open(),
        public_url: server.config.public_url.as_deref(),
        names: machine::names(),
        allow_origin: &server.config.allow_origin,
    };
    let peer = request.extensions().get().copied();
    let peer: Peer = peer.ok_or_else(|| forbidden("nobody knows where this request is from"))?;
    rules.host(peer, host).map_err(forbidden)?;
    if secure::is_widget(uri.path()) {
        return Ok(());
    }
    match headers.get(header::ORIGIN) {
        Some(origin) => {
            let origin = origin.to_str().unwrap_or("null");
            rules.origin(peer, host, origin).map_err(forbidden)
        }
        None if is_of_another_page(request.method(), headers, uri) => {
            Err(forbidden("pages of other origins may not use the relay"))
        }
        None => Ok(()),
    }
}

/// What names the relay, and which pages may use it.
#[derive(Debug, Clone, Copy)]
struct Rules<'a> {
    /// Without keys the relay is for its own machine alone.
    is_open: bool,
    public_url: Option<&'a str>,
    /// What this machine is called in its network, lower case.
    names: &'a [String],
    allow_origin: &'a [String],
}

/// What is said to who is refused.
type Verdict = Result<(), &'static str>;

impl Rules<'_> {
    /// Whether a request from this peer may name this host.
    fn host(self, peer: Peer, authority: &str) -> Verdict {
        if self.is_open {
            // A proxy on this machine would open it to everybody.
            return match peer.address.is_loopback() && is_loopback(authority) {
                true => Ok(()),
                false => Err("this relay is for its own machine: use localhost or 127.0.0.1"),
            };
        }
        let Some(host) = host(authority) else {
            return Err("the Host header names no host");
        };
        // A page cannot be of an address that its site does not have.
        let is_address = host.parse::<std::net::IpAddr>().is_ok();
        let is_name = host == "localhost" || self.names.contains(&host);
        let is_public = || {
            let public = self.public_url.and_then(|url| url.split_once("://"));
            public.and_then(|(_, authority)| self::host(authority)) == Some(host.clone())
        };
        match is_address || is_name || is_public() {
            true => Ok(()),
            false => Err(
                "this relay does not go by that name: use its address, or start it with --public-url",
            ),
        }
    }

    /// Whether a page of this origin may use the relay, which it named by this host.
    fn origin(self, peer: Peer, host: &str, origin: &str) -> Verdict {
        let own = if peer.is_secure {
            "https://"
        } else {
            "http://"
        };
        let is_own = origin.strip_prefix(own) == Some(host) || Some(origin) == self.public_url;
        match is_own || self.allow_origin.iter().any(|allowed| allowed == origin) {
            true => Ok(()),
            false => {
                Err("pages of this origin may not use the relay; allow it with --allow-origin")
            }
        }
    }
}

/// Whether a page of another site makes its browser ask, such as for a picture or by a form. Browsers send
/// no `Origin` with the former, and the answer stays hidden from the page; but who asks for hints has them.
/// A page of the relay may be linked to.
fn is_of_another_page(method: &Method, headers: &HeaderMap, uri: &Uri) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let does_something = !method.is_safe() || uri.path().starts_with("/api/");
    matches!(site, Some(b"cross-site" | b"same-site")) && does_something
}

/// The host of an authority, whatever the port: lower case, IPv6 without brackets.
fn host(authority: &str) -> Option<String> {
    let authority: Authority = authority.parse().ok()?;
    // Nobody's browser sends who it is there.
    let has_user = authority.as_str().contains('@');
    let host = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    (!has_user && !host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// Whether the authority names this machine.
fn is_loopback(authority: &str) -> bool {
    host(authority).is_some_and(|host| {
        let address = host.parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests;
