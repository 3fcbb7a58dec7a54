//! The program that judges dependencies.

use std::path::PathBuf;

use super::cache::Cache;
use super::tool::Tool;
use crate::failure::Failure;

/// The newest there is; it reads deny.toml.
const CARGO_DENY: &str = "0.20.2";

/// Finds or builds it.
pub(crate) fn ready(cache: &Cache) -> Result<PathBuf, Failure> {
    let binary = "cargo-deny";
    let tool = Tool {
        package: "cargo-deny",
        binary,
        version: CARGO_DENY.to_owned(),
        why: "it judges what the relay and the dashboard depend on",
    };
    let folder = tool.ready(cache)?;
    Ok(folder.map_or_else(|| PathBuf::from(binary), |folder| folder.join(binary)))
}
