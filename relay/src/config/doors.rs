//! How the relay is reached: encrypted, under which name, through which proxies.

use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use reqwest::Url;

use super::{ConfigError, origin};

/// How connections are encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// With a certificate that somebody else has made.
    Files {
        /// PEM: the relay's own first, then those that vouch for it.
        certificate: PathBuf,
        /// Its private key, PEM.
        key: PathBuf,
    },
    /// With one that the relay makes on first use.
    SelfSigned,
}

/// What was typed about certificates, all of it together.
pub(super) fn tls(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    self_signed: Option<bool>,
) -> Result<Option<Tls>, ConfigError> {
    match (certificate, key, self_signed.unwrap_or_default()) {
        (None, None, false) => Ok(None),
        (None, None, true) => Ok(Some(Tls::SelfSigned)),
        (_, _, true) => Err(ConfigError::TwoCertificates),
        (Some(certificate), Some(key), false) => Ok(Some(Tls::Files { certificate, key })),
        _ => Err(ConfigError::HalfCertificate),
    }
}

/// Where people reach the relay, as browsers write an origin.
pub(super) fn public_url(text: &str) -> Result<String, ConfigError> {
    origin::parse(text).map_err(|_| ConfigError::PublicUrl(text.to_owned()))
}

/// Whether an origin names this machine, whoever uses it.
pub(crate) fn is_home(origin: &str) -> bool {
    let url = Url::parse(origin).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Networks, and addresses as networks of one.
pub(super) fn networks(texts: &[String]) -> Result<Vec<IpNet>, ConfigError> {
    let network = |text: &String| {
        let text = text.trim();
        let found = text.parse().or_else(|_| text.parse().map(IpAddr::into));
        found.map_err(|_| ConfigError::TrustedProxy(text.to_owned()))
    };
    texts.iter().map(network).collect()
}
