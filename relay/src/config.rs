//! Configuration in two stages: [`ServeArgs`] is what was typed, [`Config`] is what it means. After
//! the second stage nothing is checked again.

mod api_key;
mod args;
mod connect;
mod doors;
mod homes;
mod keep;
mod mask;
mod origin;
mod rates;
mod token;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use ipnet::IpNet;
use reqwest::Url;
use serde::Deserialize;
use thiserror::Error;

use crate::access::{IssuerConfig, KeySource, Keyring};

pub use api_key::ApiKey;
pub use args::ServeArgs;
pub use connect::{ConnectArgs, Kind, RelayArgs};
pub use doors::Tls;
pub(crate) use doors::is_home;
pub use homes::HomeArgs;
pub use keep::{Keep, KeepError};
pub use mask::{MaskPattern, MaskPatternError, MaskRules, Switch};
pub use rates::MaxRates;

/// What `pilothouse serve` listens on unless told otherwise.
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8420);

/// Events a channel keeps unless told otherwise: weeks of one busy agent.
const DEFAULT_KEEP_EVENTS: u64 = 100_000;

/// How long a channel keeps an event unless told otherwise.
const DEFAULT_KEEP_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Connections at once unless told otherwise: at a few KiB each, some hundred MiB.
const DEFAULT_MAX_CONNECTIONS: usize = 65_536;

/// How long a connection may take to say what it wants, unless told otherwise.
const DEFAULT_REQUEST_WITHIN: Duration = Duration::from_secs(10);

/// How long shutdown waits for connections unless told otherwise.
const DEFAULT_GRACE: Duration = Duration::from_secs(10);

/// How long an asker may be gone before its requests are withdrawn, unless told otherwise: longer than a
/// link takes to come back to a relay that was restarted.
const DEFAULT_ASKER_GRACE: Duration = Duration::from_secs(30);

/// Whom tokens of another issuer are for.
const DEFAULT_AUDIENCE: &str = "pilothouse";

/// What a relay is told to do. Every value has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The address to listen on; port 0 picks a free one. Always a loopback address in open mode.
    pub listen: SocketAddr,
    /// The folder that holds the history; nothing is written to disk when absent.
    pub data_dir: Option<PathBuf>,
    /// What an acknowledgement promises.
    pub durability: Durability,
    /// Origins of other pages that may use this relay, as browsers write them.
    pub allow_origin: Vec<String>,
    /// Where people reach the relay, written as browsers write an origin.
    pub public_url: Option<String>,
    /// Who is believed on whose behalf a request comes.
    pub trusted_proxy: Vec<IpNet>,
    /// How connections are encrypted; not at all when absent.
    pub tls: Option<Tls>,
    /// Connections at once, at most.
    pub max_connections: usize,
    /// Connections from one address at once, at most; when absent, a default that this machine itself is
    /// free of.
    pub max_connections_per_address: Option<usize>,
    /// How long a handshake may take, and then the first request up to the end of its headers.
    pub request_within: Duration,
    /// Who makes tokens besides the relay itself.
    pub issuer: Option<IssuerConfig>,
    /// The `aud` that its tokens must have.
    pub issuer_audience: String,
    /// How logs are written.
    pub log_format: LogFormat,
    /// How long shutdown waits for connections to end.
    pub grace: Duration,
    /// How long the asker of a request that waits may be gone before the request is withdrawn.
    pub asker_grace: Duration,
    /// Events kept for each channel; the oldest leave first. At least 1; [`u64::MAX`] is for ever.
    pub keep_events: u64,
    /// How long events are kept, but for the newest of each channel, which stays. [`Duration::MAX`] is
    /// for ever.
    pub keep_for: Duration,
    /// What of what is published is masked.
    pub mask: MaskRules,
    /// How much one member may ask.
    pub max_rates: MaxRates,
}

/// What `published` promises: the damage an acknowledged event survives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Survives the end of the machine, such as a power failure: synced before it is acknowledged
    #[default]
    Full,
    /// Survives the end of the relay, such as kill -9; that of the machine may take the last moments
    Normal,
    /// Survives nothing: the history is gone when the relay ends, and no file is written
    Memory,
}

/// How logs are written to standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line for people
    #[default]
    Text,
    /// One JSON object a line, for programs
    Json,
}

/// Why a configuration is refused. Each sentence says what to do now.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// Open mode beyond this machine.
    #[error(
        "refusing to listen on {0}: without keys the relay is in open mode, which is for this \
         machine only, because anyone who can reach the port could steer the agents. Make keys with \
         `pilothouse token create --name NAME --role admin` and start again; or listen on 127.0.0.1 \
         (the default) and reach it from elsewhere through `ssh -L {port}:127.0.0.1:{port} HOST`, or a \
         proxy on this machine that asks who comes", port = if .0.port() == 0 { 8420 } else { .0.port() }
    )]
    Exposed(SocketAddr),
    /// Open mode under a name that others use.
    #[error(
        "refusing to answer for {0}: without keys the relay is in open mode, which is for this machine \
         only, because anyone who reaches it there could steer the agents. Make keys with \
         `pilothouse token create --name NAME --role admin` and start again, or leave --public-url out"
    )]
    ExposedUrl(String),
    /// Not where a relay is reached.
    #[error(
        "public-url `{0}` is not where a relay is reached; write the scheme, host and port that people \
         type and nothing more, such as https://relay.example"
    )]
    PublicUrl(String),
    /// Not an address or a network.
    #[error(
        "trusted-proxy `{0}` is not an address or a network; write one such as 127.0.0.1, fd00::7 or \
         10.0.0.0/8"
    )]
    TrustedProxy(String),
    /// A certificate without its key, or a key without its certificate.
    #[error("--tls-cert and --tls-key go together; name both files, or use --tls-self-signed")]
    HalfCertificate,
    /// Two ways to encrypt.
    #[error(
        "--tls-self-signed makes a certificate, --tls-cert and --tls-key name one; leave out one or the \
         other"
    )]
    TwoCertificates,
    /// Not an origin.
    #[error(
        "allow-origin `{0}` is not an origin; write the scheme, host and port of the page and \
         nothing more, such as https://dashboard.example or http://localhost:3000"
    )]
    Origin(String),
    /// Not an issuer and its keys.
    #[error(
        "issuer `{0}` is not the `iss` of its tokens and where its keys are; write both, such as \
         https://login.example=https://login.example/jwks.json"
    )]
    Issuer(String),
    /// Keys over a way that anybody may change.
    #[error("the keys of an issuer are read from a file or over https, not from `{0}`")]
    IssuerKeys(String),
    /// The platform names no data folder, such as without a home.
    #[error("this user has no data folder; name one with --data-dir, or use --durability memory")]
    NoDataDir,
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("the configuration file {} is malformed: {error}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        error: Box<toml::de::Error>,
    },
}

impl Default for Config {
    /// The defaults of `pilothouse serve`, but without a data folder, so in memory.
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN,
            data_dir: None,
            durability: Durability::default(),
            allow_origin: Vec::new(),
            public_url: None,
            trusted_proxy: Vec::new(),
            tls: None,
            max_connections: DEFAULT_MAX_CONNECTIONS,
            max_connections_per_address: None,
            request_within: DEFAULT_REQUEST_WITHIN,
            issuer: None,
            issuer_audience: DEFAULT_AUDIENCE.to_owned(),
            log_format: LogFormat::default(),
            grace: DEFAULT_GRACE,
            asker_grace: DEFAULT_ASKER_GRACE,
            keep_events: DEFAULT_KEEP_EVENTS,
            keep_for: DEFAULT_KEEP_FOR,
            mask: MaskRules::default(),
            max_rates: MaxRates::default(),
        }
    }
}

impl TryFrom<ServeArgs> for Config {
    type Error = ConfigError;

    /// Adds the configuration file, if one is named, and the defaults; then checks everything.
    fn try_from(typed: ServeArgs) -> Result<Self, ConfigError> {
        let args = typed.with_file()?;
        let listen = args.listen.unwrap_or(DEFAULT_LISTEN);
        let max_rates = rates::typed(&args);
        let durability = args.durability.unwrap_or_default();
        let data_dir = data_dir(durability, args.data_dir)?;
        let issuer = args.issuer.map(|named| issuer(&named)).transpose()?;
        let has_keys = issuer.is_some() || data_dir.as_deref().is_some_and(Keyring::exists);
        if !has_keys && !listen.ip().to_canonical().is_loopback() {
            return Err(ConfigError::Exposed(listen));
        }
        let public_url = args.public_url.as_deref().map(doors::public_url);
        let public_url = public_url.transpose()?;
        let is_exposed = |url: &&String| !has_keys && !doors::is_home(url);
        if let Some(url) = public_url.as_ref().filter(is_exposed) {
            return Err(ConfigError::ExposedUrl(url.clone()));
        }
        let origins = args.allow_origin.unwrap_or_default();
        Ok(Self {
            listen,
            data_dir,
            issuer,
            issuer_audience: args
                .issuer_audience
                .unwrap_or_else(|| DEFAULT_AUDIENCE.to_owned()),
            durability,
            allow_origin: origins
                .iter()
                .map(|text| origin::parse(text))
                .collect::<Result<_, _>>()?,
            public_url,
            trusted_proxy: doors::networks(&args.trusted_proxy.unwrap_or_default())?,
            tls: doors::tls(args.tls_cert, args.tls_key, args.tls_self_signed)?,
            max_connections: args
                .max_connections
                .map_or(DEFAULT_MAX_CONNECTIONS, usize::from),
            max_connections_per_address: args.max_connections_per_address.map(usize::from),
            request_within: args
                .request_within
                .map_or(DEFAULT_REQUEST_WITHIN, |s| Duration::from_secs(s.into())),
            log_format: args.log_format.unwrap_or_default(),
            grace: args.grace.map_or(DEFAULT_GRACE, Duration::from_secs),
            asker_grace: args
                .asker_grace
                .map_or(DEFAULT_ASKER_GRACE, Duration::from_secs),
            keep_events: args.keep_events.map_or(DEFAULT_KEEP_EVENTS, Keep::events),
            keep_for: args.keep_days.map_or(DEFAULT_KEEP_FOR, Keep::days),
            max_rates,
            mask: MaskRules {
                switch: args.mask.unwrap_or_default(),
                patterns: args.mask_pattern.unwrap_or_default(),
                exceptions: args.mask_except.unwrap_or_default(),
            },
        })
    }
}

/// The issuer that is named as `ISS=KEYS`.
fn issuer(named: &str) -> Result<IssuerConfig, ConfigError> {
    let halves = named
        .split_once('=')
        .filter(|(name, keys)| !name.is_empty() && !keys.is_empty());
    let (name, keys) = halves.ok_or_else(|| ConfigError::Issuer(named.to_owned()))?;
    Ok(IssuerConfig {
        name: name.to_owned(),
        keys: key_source(keys)?,
    })
}

/// Whoever could change the keys on their way would make tokens.
fn key_source(keys: &str) -> Result<KeySource, ConfigError> {
    match Url::parse(keys) {
        Ok(url) if url.scheme() == "https" || is_of_this_machine(&url) => {
            Ok(KeySource::Url(Box::new(url)))
        }
        Ok(url) if keys.contains("://") => Err(ConfigError::IssuerKeys(url.to_string())),
        _ => Ok(KeySource::File(keys.into())),
    }
}

fn is_of_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "http" && ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

/// The folder of the history: the one that is named, else the user's; none for a history in memory.
///
/// # Errors
/// [`ConfigError::NoDataDir`] when none is named and the user has no home.
pub fn data_dir(
    durability: Durability,
    named: Option<PathBuf>,
) -> Result<Option<PathBuf>, ConfigError> {
    if durability == Durability::Memory {
        return Ok(None);
    }
    let dir = named.or_else(|| {
        directories::ProjectDirs::from("", "", "pilothouse").map(|dirs| dirs.data_dir().to_owned())
    });
    dir.map(Some).ok_or(ConfigError::NoDataDir)
}

#[cfg(test)]
mod tests;
