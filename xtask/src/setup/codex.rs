//! Codex, the agent, for the tests.

use std::path::PathBuf;

use super::cache::Cache;
use super::npm;
use crate::failure::Failure;

/// The version that docs/codex.md speaks of.
const CODEX: &str = "@openai/codex@0.169.0";

/// The `node_modules` that has it. Some 400 MB.
pub(crate) fn ready(cache: &Cache) -> Result<PathBuf, Failure> {
    npm::ready()?;
    npm::modules(
        cache,
        CODEX,
        "an agent that is not ours attaches by its hooks; 400 MB",
    )
}
