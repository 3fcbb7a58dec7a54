//! What `cargo xtask test` tells the tests. Without it they find or make what they need.

use std::path::PathBuf;

/// The relay to test, as it is shipped.
pub(crate) const BINARY: &str = "PILOTHOUSE_BINARY";

/// The driver of Firefox.
pub(crate) const GECKODRIVER: &str = "PILOTHOUSE_GECKODRIVER";

/// A Python that has the packages of the test client.
pub(crate) const PYTHON: &str = "PILOTHOUSE_PYTHON";

/// A `node_modules` that has axe-core.
pub(crate) const AXE_CORE: &str = "PILOTHOUSE_AXE_CORE";

/// A `node_modules` that has the TypeScript SDK of the Model Context Protocol.
pub(crate) const MCP_SDK: &str = "PILOTHOUSE_MCP_SDK";

/// A `node_modules` that has OpenTelemetry's exporter of logs.
pub(crate) const OTLP_EXPORTER: &str = "PILOTHOUSE_OTLP_EXPORTER";

/// A `node_modules` that has Codex.
pub(crate) const CODEX: &str = "PILOTHOUSE_CODEX";

/// A folder for screenshots of the dashboard; none are made without it.
pub(crate) const SCREENSHOTS: &str = "PILOTHOUSE_SCREENSHOTS";

/// Where chance begins in tests that leave something to it; a failing one prints its own.
const SEED: &str = "PILOTHOUSE_SEED";

/// A path from the environment.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    value(name).map(PathBuf::from)
}

/// The user's folder for what can be had again.
pub(crate) fn cache() -> Option<PathBuf> {
    path("XDG_CACHE_HOME").or_else(|| Some(path("HOME")?.join(".cache")))
}

/// The seed from the environment.
pub(crate) fn seed() -> Option<u64> {
    value(SEED)?.parse().ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where tests are configured"
)]
fn value(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
