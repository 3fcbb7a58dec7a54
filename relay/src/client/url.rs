//! Addresses of a relay.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use thiserror::Error;

use super::{Credentials, Fingerprint, trust};

/// The address of a relay: `http://HOST:PORT` or `ws://HOST:PORT/ws`, or `https` and `wss` where it
/// encrypts; and how its certificate is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayUrl {
    url: Url,
    pin: Option<Fingerprint>,
    credentials: Option<Credentials>,
}

/// A text is not the address of a relay.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not the address of a relay; write it as http://HOST:PORT, or https://HOST where it encrypts"
)]
pub struct UrlError(String);

impl RelayUrl {
    /// The same, and its certificate is the one with this fingerprint. Where nothing is encrypted there is
    /// no certificate, and that changes nothing.
    #[must_use]
    pub fn pinned(self, pin: Option<Fingerprint>) -> Self {
        Self {
            pin: pin.filter(|_| self.is_encrypted()),
            ..self
        }
    }

    /// The same, and this is shown to be let in.
    #[must_use]
    pub fn with_credentials(self, credentials: Option<Credentials>) -> Self {
        Self {
            credentials,
            ..self
        }
    }

    /// What is shown to be let in, if anything.
    #[must_use]
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// What its certificate is known by; when absent, by those this machine trusts.
    #[must_use]
    pub fn pin(&self) -> Option<Fingerprint> {
        self.pin
    }

    /// Whether the way there is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        matches!(self.url.scheme(), "https" | "wss")
    }

    /// Where the socket is opened.
    #[must_use]
    pub fn socket(&self) -> String {
        let scheme = if self.is_encrypted() { "wss" } else { "ws" };
        format!("{scheme}://{}/ws", self.authority())
    }

    /// The address of a page of the HTTP API, such as `/api/channels`.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        format!("{self}{path}")
    }

    /// A client for its pages, which trusts what a [`Client`](super::Client) trusts. Like the socket, it
    /// knows no proxies.
    ///
    /// # Errors
    /// Why this machine cannot speak to it.
    pub fn http(&self) -> Result<reqwest::Client, String> {
        self.http_with(|client| client)
    }

    /// The same, with more settings.
    ///
    /// # Errors
    /// Why this machine cannot speak to it.
    pub fn http_with(
        &self,
        set: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<reqwest::Client, String> {
        let tls = trust::config(self)?;
        let client = reqwest::Client::builder().no_proxy();
        let shown = self
            .credentials
            .as_ref()
            .map(Credentials::header)
            .transpose()?;
        let headers = shown
            .map(|shown| (http::header::AUTHORIZATION, shown))
            .into_iter()
            .collect();
        let client = client.default_headers(headers);
        let client = set(client.tls_backend_preconfigured(tls)).build();
        client.map_err(|error| format!("cannot speak HTTP: {error}"))
    }

    fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

impl FromStr for RelayUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let malformed = || UrlError(text.to_owned());
        let url = Url::parse(text).map_err(|_| malformed())?;
        let has_page = match url.scheme() {
            "http" | "https" => url.path() == "/",
            "ws" | "wss" => matches!(url.path(), "/" | "/ws"),
            _ => return Err(malformed()),
        };
        let is_bare = url.query().is_none() && url.fragment().is_none() && url.username() == "";
        match has_page && is_bare && url.has_host() {
            true => Ok(Self {
                url,
                pin: None,
                credentials: None,
            }),
            false => Err(malformed()),
        }
    }
}

/// As a person would type it.
impl fmt::Display for RelayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_encrypted() { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
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
            assert_eq!(socket(text), Err(UrlError(text.to_owned())));
        }
    }

    #[test]
    fn one_that_encrypts_is_reached_encrypted_in_every_form() {
        for text in ["https://h", "https://h:443/", "wss://h/ws"] {
            let url: RelayUrl = text.parse().unwrap();
            assert_eq!(url.socket(), "wss://h/ws");
            assert_eq!(url.page("/x"), "https://h/x");
        }
        let url: RelayUrl = "wss://[::1]:9/ws".parse().unwrap();
        assert_eq!(url.to_string(), "https://[::1]:9");
    }

    #[test]
    fn a_fingerprint_is_for_what_has_a_certificate() {
        let pin = "AB".repeat(32).parse().ok();
        let url = |text: &str| text.parse::<RelayUrl>().unwrap().pinned(pin);
        assert_eq!(url("https://h").pin(), pin);
        assert_eq!(url("http://h").pin(), None);
        assert!(pin.is_some());
    }
}
