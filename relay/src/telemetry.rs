//! Logs, on standard error.

use std::io::{IsTerminal, stderr};

use pilothouse_relay::config::LogFormat;
use thiserror::Error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Why there are no logs.
#[derive(Debug, Error)]
pub(crate) enum TelemetryError {
    /// The filter cannot be read.
    #[error("RUST_LOG is malformed: {0}; write a level such as debug, or pilothouse_relay=trace")]
    Filter(#[from] tracing_subscriber::filter::FromEnvError),
    /// Something else took the logs.
    #[error("logs cannot be set up: {0}")]
    Taken(#[from] Box<dyn std::error::Error + Send + Sync>),
}

/// What rmcp says of every single call is of use only to who asks for it, as with `RUST_LOG=rmcp=info`.
const QUIET: &str = "rmcp=warn";

/// Sends logs to standard error; `RUST_LOG` says which, `info` and above unless it does.
pub(crate) fn start(format: LogFormat) -> Result<(), TelemetryError> {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env()?;
    let filter = match QUIET.parse() {
        Ok(quiet) if !filter.to_string().contains("rmcp") => filter.add_directive(quiet),
        _ => filter,
    };
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal());
    match format {
        LogFormat::Text => logs.try_init()?,
        LogFormat::Json => logs.json().try_init()?,
    }
    Ok(())
}
