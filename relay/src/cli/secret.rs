//! Files that nobody else reads.

use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Writes a secret and a line break to a file that only its owner reads; a new one, unless it may be replaced.
pub(crate) fn write(path: &Path, secret: &str, may_replace: bool) -> Result<(), String> {
    let mut options = File::options();
    options.write(true);
    match may_replace {
        true => options.create(true).truncate(true),
        false => options.create_new(true),
    };
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(path)
        .and_then(|mut file| writeln!(file, "{secret}"));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}
