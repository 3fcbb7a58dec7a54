//! Addresses of a relay.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use thiserror::Error;

/// The address of a relay: `http://HOST:PORT`, or `ws://HOST:PORT/ws`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayUrl(Url);

/// A text is not the address of a relay.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlError {
    /// It is not a URL, or one of something else.
    #[error("`{0}` is not the address of a relay; write it as http://HOST:PORT")]
    Malformed(String),
    /// It needs TLS.
    #[error(
        "`{0}` needs TLS, which this client does not speak; reach the relay through \
         `ssh -L 8420:127.0.0.1:8420 HOST` and use http://127.0.0.1:8420"
    )]
    Tls(String),
}

impl RelayUrl {
    /// Where the socket is opened.
    #[must_use]
    pub fn socket(&self) -> String {
        format!("ws://{}/ws", self.authority())
    }

    /// The address of a page of the HTTP API, such as `/api/channels`.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        format!("http://{}{path}", self.authority())
    }

    fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

impl FromStr for RelayUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let malformed = || UrlError::Malformed(text.to_owned());
        let url = Url::parse(text).map_err(|_| malformed())?;
        let has_page = match url.scheme() {
            "https" | "wss" => return Err(UrlError::Tls(text.to_owned())),
            "http" => url.path() == "/",
            "ws" => matches!(url.path(), "/" | "/ws"),
            _ => return Err(malformed()),
        };
        let is_bare = url.query().is_none() && url.fragment().is_none() && url.username() == "";
        match has_page && is_bare && url.has_host() {
            true => Ok(Self(url)),
            false => Err(malformed()),
        }
    }
}

/// As a person would type it.
impl fmt::Display for RelayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket(text: &str) -> Result<String, UrlError> {
        text.parse::<RelayUrl>().map(|url| url.socket())
    }

    #[test]
    fn both_forms_of_an_address_lead_to_the_same_socket() {
        for text in [
            "http://127.0.0.1:9",
            "http://127.0.0.1:9/",
            "ws://127.0.0.1:9/ws",
        ] {
            assert_eq!(socket(text), Ok("ws://127.0.0.1:9/ws".to_owned()));
        }
        assert_eq!(socket("http://[::1]:9"), Ok("ws://[::1]:9/ws".to_owned()));
    }

    #[test]
    fn an_address_shows_as_a_person_would_type_it() {
        let url: RelayUrl = "ws://localhost:8420/ws".parse().unwrap();
        assert_eq!(url.to_string(), "http://localhost:8420");
        assert_eq!(
            url.page("/api/channels"),
            "http://localhost:8420/api/channels"
        );
    }

    #[test]
    fn what_is_no_address_of_a_relay_is_refused() {
        for text in [
            "",
            "127.0.0.1:8420",
            "http://h/x",
            "http://h?x",
            "ftp://h",
            "http://u@h",
        ] {
            assert_eq!(socket(text), Err(UrlError::Malformed(text.to_owned())));
        }
    }

    #[test]
    fn an_address_that_needs_tls_says_what_to_do() {
        let refused = socket("https://h").unwrap_err();
        assert!(refused.to_string().contains("ssh -L"));
    }
}
