//! What was typed: flags and environment, and the file they may name.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::{ConfigError, Durability, Keep, LogFormat};

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
            log_format: self.log_format.or(file.log_format),
            grace: self.grace.or(file.grace),
            asker_grace: self.asker_grace.or(file.asker_grace),
            keep_events: self.keep_events.or(file.keep_events),
            keep_days: self.keep_days.or(file.keep_days),
        }
    }
}
