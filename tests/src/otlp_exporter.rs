//! OpenTelemetry's own exporter.

use tokio::process::Command;

use crate::process::{Finished, finish};
use crate::{environment, npm};

const EXPORTER: &str = "@opentelemetry/exporter-logs-otlp-http@0.223.1";

/// Exports three requests to a model, of 0.25 dollars each, in one session of Claude Code; `compression` is
/// `none` or `gzip`.
pub async fn export(relay: &str, compression: &str) -> Finished {
    let mut node = Command::new("node");
    node.arg("otlp_client.mjs")
        .arg(npm::modules(EXPORTER, environment::OTLP_EXPORTER))
        .args([relay, compression])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    finish(&mut node, "").await
}
