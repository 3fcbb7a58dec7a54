//! OpenTelemetry's exporter of logs for JavaScript, for the tests.

use std::path::PathBuf;

use super::cache::Cache;
use super::npm;
use crate::failure::Failure;

const EXPORTER: &str = "@opentelemetry/exporter-logs-otlp-http@0.223.1";

/// The `node_modules` that has it.
pub(crate) fn ready(cache: &Cache) -> Result<PathBuf, Failure> {
    npm::ready()?;
    npm::modules(
        cache,
        EXPORTER,
        "telemetry comes from an exporter that is not ours",
    )
}
