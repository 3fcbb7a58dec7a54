//! The official TypeScript SDK of the Model Context Protocol, for the tests.

use std::path::PathBuf;

use super::cache::Cache;
use super::npm;
use crate::failure::Failure;

const SDK: &str = "@modelcontextprotocol/sdk@1.32.2";

/// The `node_modules` that has it.
pub(crate) fn ready(cache: &Cache) -> Result<PathBuf, Failure> {
    npm::ready()?;
    npm::modules(cache, SDK, "agents attach with clients that are not ours")
}
