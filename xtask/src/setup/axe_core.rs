//! axe-core, which finds what keeps people from using a page, for the tests.

use std::path::PathBuf;

use super::cache::Cache;
use super::npm;
use crate::failure::Failure;

const AXE_CORE: &str = "axe-core@4.14.1";

/// The `node_modules` that has it.
pub(crate) fn ready(cache: &Cache) -> Result<PathBuf, Failure> {
    npm::ready()?;
    npm::modules(cache, AXE_CORE, "every page is checked for accessibility")
}
