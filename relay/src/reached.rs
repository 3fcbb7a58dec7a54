//! Where a relay was reached when it ran last, for the commands that run beside it.

use std::path::Path;

/// In the data folder, an address a line.
const FILE: &str = "addresses";

/// Where the relay of a data folder was reached when it started last, the likeliest for another machine
/// first; none when it never ran.
#[must_use]
pub fn addresses_of(data_dir: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(data_dir.join(FILE)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Writes down where it is reached now. It is a convenience: what cannot be written is logged.
pub(crate) fn write(data_dir: &Path, addresses: &[String]) {
    if let Err(error) = std::fs::write(data_dir.join(FILE), addresses.join("\n")) {
        tracing::warn!(%error, "commands beside this relay will not know where it is reached");
    }
}
