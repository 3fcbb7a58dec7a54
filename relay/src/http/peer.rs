//! Who is at the other end of a request, behind proxies too.

use std::net::IpAddr;

use axum::http::header::{FORWARDED, HOST, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

use crate::config::Config;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Proxies between a client and the relay that are looked through at most.
const MAX_PROXIES: usize = 16;

/// Who is at the other end. An extension of every request that came over a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Peer {
    /// The address the client has, as far as trusted proxies tell; IPv4 is never written as IPv6.
    pub(super) address: IpAddr,
    /// Whether the client's way to the relay, or to the proxy in front of it, is encrypted.
    pub(super) is_secure: bool,
}

impl Peer {
    /// Who sent a request with these headers over a connection from `socket`, which is encrypted if
    /// `is_tls`.
    ///
    /// What a proxy says is believed if it is trusted, and of a list of addresses only what trusted proxies
    /// have added: each adds where a request came from at the end. Who names the public URL's host came by
    /// that URL, unless a proxy says otherwise.
    pub(super) fn of(socket: IpAddr, is_tls: bool, headers: &HeaderMap, config: &Config) -> Self {
        let trusted = &config.trusted_proxy;
        let is_usually_secure = is_tls || is_by(config.public_url.as_deref(), headers);
        let socket = socket.to_canonical();
        if !is_trusted(socket, trusted) {
            return Self {
                address: socket,
                is_secure: is_usually_secure,
            };
        }
        // Most proxies write only one of the two and pass the other on as it came.
        let is_usual = headers.contains_key(FORWARDED_FOR) || headers.contains_key(FORWARDED_PROTO);
        let (addresses, scheme) = match is_usual {
            true => (
                backwards(headers, &FORWARDED_FOR).collect(),
                backwards(headers, &FORWARDED_PROTO).next(),
            ),
            false => (
                parameters(headers, "for").collect::<Vec<_>>(),
                parameters(headers, "proto").next(),
            ),
        };
        let mut address = socket;
        for text in addresses.into_iter().take(MAX_PROXIES) {
            // What hides who it was leaves the proxy that hides it.
            let Some(before) = ip(text) else { break };
            address = before;
            if !is_trusted(address, trusted) {
                break;
            }
        }
        Self {
            address,
            is_secure: scheme.map_or(is_usually_secure, |scheme| {
                scheme.eq_ignore_ascii_case("https")
            }),
        }
    }
}

/// Whether a request names this place, and it is encrypted there.
fn is_by(url: Option<&str>, headers: &HeaderMap) -> bool {
    let authority = url.and_then(|url| url.strip_prefix("https://"));
    let host = headers.get(HOST).map(HeaderValue::as_bytes);
    authority.is_some_and(|authority| {
        host.is_some_and(|host| host.eq_ignore_ascii_case(authority.as_bytes()))
    })
}

/// Whether what this address says of others is believed.
pub(super) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// The values of a list, the last one first, however many lines it has.
fn backwards<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    let lines = lines.into_iter().rev();
    // A line that is no text has nothing to say, and hides what is before it.
    let lines = lines.map(|line| line.to_str().unwrap_or_default());
    lines.flat_map(|line| line.rsplit(',')).map(str::trim)
}

/// A parameter of every element of `Forwarded` (RFC 7239, section 4), the last one first; empty where an
/// element does not have it.
fn parameters<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    backwards(headers, &FORWARDED).map(move |element| {
        let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.trim().trim_matches('"'))
    })
}

/// An address as proxies write it: with a port or without, IPv6 in brackets or without.
fn ip(text: &str) -> Option<IpAddr> {
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || {
        text.parse()
            .ok()
            .map(|address: std::net::SocketAddr| address.ip())
    };
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let found = bare().or_else(with_port).or_else(bracketed);
    found.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests;
