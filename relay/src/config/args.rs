//! What was typed: flags and environment, and the file they may name.

use std::net::SocketAddr;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::{ConfigError, Durability, Keep, LogFormat, MaskPattern, Switch};

/// The settings of `pilothouse serve` as typed. The file's keys are the long flags, so one type
/// reads both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServeArgs {
    /// Read settings from this TOML file; its keys are the flags below without the dashes
    ///
    /// A flag wins over its environment variable, the variable over the file, the file over the
    /// default. A key that is not known is an error.
    #[arg(long, value_name = "FILE", env = "PILOTHOUSE_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Listen here; port 0 picks a free one [default: 127.0.0.1:8420]
    ///
    /// Without keys only an address of this machine is allowed. The first line on standard output
    /// says which address it became.
    #[arg(long, value_name = "ADDR:PORT", env = "PILOTHOUSE_LISTEN")]
    pub listen: Option<SocketAddr>,

    /// Keep the history in this folder [default: pilothouse in the user's data folder, such as
    /// ~/.local/share]
    ///
    /// Made when it does not exist. Not used with --durability memory.
    #[arg(long, value_name = "DIR", env = "PILOTHOUSE_DATA_DIR")]
    pub data_dir: Option<PathBuf>,

    /// What an acknowledged event survives [default: full]
    ///
    /// Full is as good as the disk is at keeping what it says it has written. When normal may have lost
    /// something, because the machine ended before the relay did, every channel begins a new epoch:
    /// watchers start from a new state and take nothing for whole that may not be. No level outlives a
    /// disk that is lost or damaged, or an older copy of the files put in their place.
    #[arg(long, value_name = "LEVEL", env = "PILOTHOUSE_DURABILITY")]
    pub durability: Option<Durability>,

    /// Let pages from this origin use the relay; may be repeated, or separated by commas
    ///
    /// Such as `https://dashboard.example` for a page that embeds the widget. Pages the relay serves
    /// itself need no entry.
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "PILOTHOUSE_ALLOW_ORIGIN",
        value_delimiter = ','
    )]
    pub allow_origin: Option<Vec<String>>,

    /// Where people reach the relay, when that is not where it listens, such as `https://relay.example`
    ///
    /// For a relay behind a proxy, or under a name of its own. Requests for this host are answered, its
    /// own pages are known by it, and links begin with it. Needs keys, unless it names this machine.
    #[arg(long, value_name = "URL", env = "PILOTHOUSE_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Believe this proxy who a request is from; an address or a network, may be repeated, or separated
    /// by commas
    ///
    /// Such as `127.0.0.1` or `10.0.0.0/8`. Only from there are `X-Forwarded-For` and `X-Forwarded-Proto`
    /// believed, or `Forwarded` where there are none of these; nobody is believed otherwise. The proxy must
    /// write them itself, over what its clients send.
    #[arg(
        long,
        value_name = "ADDR",
        env = "PILOTHOUSE_TRUSTED_PROXY",
        value_delimiter = ','
    )]
    pub trusted_proxy: Option<Vec<String>>,

    /// Encrypt with this certificate: PEM, the relay's own first, then those that vouch for it
    ///
    /// Goes with --tls-key. Both files are looked at every other second: when they change, new
    /// connections get the new certificate; one that does not fit its key is logged and the old one stays.
    #[arg(long, value_name = "FILE", env = "PILOTHOUSE_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,

    /// The private key of --tls-cert: PEM
    #[arg(long, value_name = "FILE", env = "PILOTHOUSE_TLS_KEY")]
    pub tls_key: Option<PathBuf>,

    /// Encrypt with a certificate that the relay makes itself, for a network at home
    ///
    /// Made on first use for the names and addresses of this machine and kept in the data folder. Nobody
    /// vouches for it: the second line on standard output is its fingerprint, to compare with what a
    /// browser shows and to give to commands as --fingerprint.
    #[arg(
        long,
        value_name = "YES",
        env = "PILOTHOUSE_TLS_SELF_SIGNED",
        num_args = 0..=1,
        default_missing_value = "true"
    )]
    pub tls_self_signed: Option<bool>,

    /// Hold at most this many connections at once [default: 65536]
    ///
    /// More are refused at once, with a word that says when to come back where it can be said.
    #[arg(long, value_name = "NUMBER", env = "PILOTHOUSE_MAX_CONNECTIONS")]
    pub max_connections: Option<NonZeroUsize>,

    /// Hold at most this many from one address [default: 256, and of this machine any number]
    ///
    /// Of IPv6 the first 64 bits count: a household or a server has them to itself. Trusted proxies, which
    /// bring everybody, have any number.
    #[arg(
        long,
        value_name = "NUMBER",
        env = "PILOTHOUSE_MAX_CONNECTIONS_PER_ADDRESS"
    )]
    pub max_connections_per_address: Option<NonZeroUsize>,

    /// Close a connection that has not said what it wants for this long [default: 10]
    ///
    /// The time for the TLS handshake, and again for the first request up to the end of its headers.
    #[arg(long, value_name = "SECONDS", env = "PILOTHOUSE_REQUEST_WITHIN")]
    pub request_within: Option<NonZeroU64>,

    /// Let in holders of tokens that this issuer made: the `iss` of its tokens, and its public keys
    ///
    /// The keys are a JSON Web Key Set at an https address or in a file, or in a file also one key in PEM; they
    /// are read again every five minutes. A token says what it allows as
    /// `"grants": [{"channels": "claude-*", "rights": ["watch", "steer"]}]`, and who holds it as `sub`, `name`
    /// and `kind` (`human` or `agent`).
    #[arg(long, value_name = "ISS=FILE|URL", env = "PILOTHOUSE_ISSUER")]
    pub issuer: Option<String>,

    /// The `aud` that the issuer's tokens must have [default: pilothouse]
    #[arg(long, value_name = "AUD", env = "PILOTHOUSE_ISSUER_AUDIENCE")]
    pub issuer_audience: Option<String>,

    /// How logs are written to standard error [default: text]
    ///
    /// RUST_LOG says which, such as RUST_LOG=debug or RUST_LOG=pilothouse_relay=trace.
    #[arg(long, value_name = "FORMAT", env = "PILOTHOUSE_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,

    /// Give connections this long to end on shutdown [default: 10]
    #[arg(long, value_name = "SECONDS", env = "PILOTHOUSE_GRACE")]
    pub grace: Option<u64>,

    /// Withdraw a request once the agent that waits for its outcome has been gone this long [default: 30]
    ///
    /// Long enough for the agent to come back after a restart, its own or the relay's. People are not
    /// asked for what nobody wants to know any more.
    #[arg(long, value_name = "SECONDS", env = "PILOTHOUSE_ASKER_GRACE")]
    pub asker_grace: Option<u64>,

    /// Keep this many events of each channel, or forever; the oldest leave first [default: 100000]
    ///
    /// Events leave a few at a time beside the publishing, so there may be a tenth more for a while. What
    /// they said stays in the channel's state; a watcher that still needed them is told which are gone.
    #[arg(long, value_name = "EVENTS", env = "PILOTHOUSE_KEEP_EVENTS")]
    pub keep_events: Option<Keep>,

    /// Keep events for this many days, or forever [default: 30]
    ///
    /// An event leaves when this bound or --keep-events says so, whichever is first. Looked at once a
    /// minute, also when nobody publishes. A day is 24 hours of this machine's clock. The newest event of
    /// a channel always stays.
    #[arg(long, value_name = "DAYS", env = "PILOTHOUSE_KEEP_DAYS")]
    pub keep_days: Option<Keep>,

    /// Mask secrets in what is published before it is stored or shown [default: on]
    ///
    /// What looks like a well-known credential, such as a GitHub token or a private key, becomes
    /// [masked: GitHub token]. See docs/limits.md for what is known and what is not.
    #[arg(long, value_name = "SWITCH", env = "PILOTHOUSE_MASK")]
    pub mask: Option<Switch>,

    /// Mask what matches this regular expression, too; may be repeated
    ///
    /// If it has a group, the first group is what is masked. In the file it is a list:
    /// mask-pattern = ['corp-[0-9a-f]{32}'].
    #[arg(long, value_name = "REGEX", env = "PILOTHOUSE_MASK_PATTERN")]
    pub mask_pattern: Option<Vec<MaskPattern>>,

    /// Do not take for a secret what matches this regular expression; may be repeated
    ///
    /// Such as ^sk_test_ for keys of a test account.
    #[arg(long, value_name = "REGEX", env = "PILOTHOUSE_MASK_EXCEPT")]
    pub mask_except: Option<Vec<MaskPattern>>,

    /// Take at most this many frames and requests a second from one member [default: 50000]
    ///
    /// Ten seconds' worth may come at once. What comes faster over a WebSocket is read later; a request is
    /// refused with 429 and when to come back. One address has the room of 8 members, all together that of
    /// 64; this machine and trusted proxies are not measured as addresses.
    #[arg(long, value_name = "NUMBER", env = "PILOTHOUSE_MAX_FRAMES_PER_SECOND")]
    pub max_frames_per_second: Option<NonZeroU64>,

    /// Take at most this many bytes a second from one member [default: 67108864]
    ///
    /// In the same way. A change of a signal counts with its whole value, which is written out anew.
    #[arg(long, value_name = "NUMBER", env = "PILOTHOUSE_MAX_BYTES_PER_SECOND")]
    pub max_bytes_per_second: Option<NonZeroU64>,

    /// Take at most this many hints a minute from one member [default: 1200]
    #[arg(long, value_name = "NUMBER", env = "PILOTHOUSE_MAX_HINTS_PER_MINUTE")]
    pub max_hints_per_minute: Option<NonZeroU64>,

    /// Take at most this many permissions and questions a minute from one member [default: 1200]
    #[arg(
        long,
        value_name = "NUMBER",
        env = "PILOTHOUSE_MAX_REQUESTS_PER_MINUTE"
    )]
    pub max_requests_per_minute: Option<NonZeroU64>,

    /// Let one member make at most this many channels a minute [default: 1000]
    #[arg(
        long,
        value_name = "NUMBER",
        env = "PILOTHOUSE_MAX_CHANNELS_PER_MINUTE"
    )]
    pub max_channels_per_minute: Option<NonZeroU64>,
}

impl ServeArgs {
    /// Fills what was not typed from the file, if one is named.
    pub(super) fn with_file(self) -> Result<Self, ConfigError> {
        let Some(path) = self.config.clone() else {
            return Ok(self);
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => return Err(ConfigError::Unreadable { path, error }),
        };
        match toml::from_str(&text) {
            Ok(file) => Ok(self.or(file)),
            Err(error) => Err(ConfigError::Malformed {
                path,
                error: Box::new(error),
            }),
        }
    }

    fn or(self, file: Self) -> Self {
        Self {
            config: self.config,
            listen: self.listen.or(file.listen),
            data_dir: self.data_dir.or(file.data_dir),
            durability: self.durability.or(file.durability),
            allow_origin: self.allow_origin.or(file.allow_origin),
            public_url: self.public_url.or(file.public_url),
            trusted_proxy: self.trusted_proxy.or(file.trusted_proxy),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            tls_self_signed: self.tls_self_signed.or(file.tls_self_signed),
            max_connections: self.max_connections.or(file.max_connections),
            max_connections_per_address: self
                .max_connections_per_address
                .or(file.max_connections_per_address),
            request_within: self.request_within.or(file.request_within),
            issuer: self.issuer.or(file.issuer),
            issuer_audience: self.issuer_audience.or(file.issuer_audience),
            log_format: self.log_format.or(file.log_format),
            grace: self.grace.or(file.grace),
            asker_grace: self.asker_grace.or(file.asker_grace),
            keep_events: self.keep_events.or(file.keep_events),
            keep_days: self.keep_days.or(file.keep_days),
            mask: self.mask.or(file.mask),
            mask_pattern: self.mask_pattern.or(file.mask_pattern),
            mask_except: self.mask_except.or(file.mask_except),
            max_frames_per_second: self.max_frames_per_second.or(file.max_frames_per_second),
            max_bytes_per_second: self.max_bytes_per_second.or(file.max_bytes_per_second),
            max_hints_per_minute: self.max_hints_per_minute.or(file.max_hints_per_minute),
            max_requests_per_minute: self
                .max_requests_per_minute
                .or(file.max_requests_per_minute),
            max_channels_per_minute: self
                .max_channels_per_minute
                .or(file.max_channels_per_minute),
        }
    }
}
