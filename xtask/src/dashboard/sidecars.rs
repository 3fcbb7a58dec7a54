//! Compressed variants beside the files of the dashboard, and their sizes.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use brotli::CompressorWriter;
use flate2::{Compression, write::GzEncoder};

use super::files;
use crate::failure::Failure;

/// Kinds of files that compression makes smaller; pictures and fonts are compressed already.
const COMPRESSIBLE: [&str; 9] = [
    "css",
    "html",
    "js",
    "json",
    "svg",
    "txt",
    "wasm",
    "webmanifest",
    "xml",
];

/// The best brotli can do; slow, but done once per build.
const BROTLI_QUALITY: u32 = 11;
/// Base-two logarithm of the window in bytes: the largest that browsers accept.
const BROTLI_WINDOW: u32 = 24;
const BUFFER_BYTES: usize = 64 * 1024;

/// Writes `.br` and `.gz` beside every compressible file under `folder`.
pub(crate) fn write(folder: &Path) -> Result<(), Failure> {
    for path in files(folder, &COMPRESSIBLE)? {
        let content = fs::read(&path).map_err(Failure::file(&path))?;
        brotli(&content, &beside(&path, "br"))?;
        gzip(&content, &beside(&path, "gz"))?;
    }
    Ok(())
}

/// The path of `path`'s variant in `encoding` (`br` or `gz`): `app.js` has `app.js.br`.
pub(crate) fn beside(path: &Path, encoding: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(encoding);
    PathBuf::from(name)
}

fn brotli(content: &[u8], to: &Path) -> Result<(), Failure> {
    let file = File::create(to).map_err(Failure::file(to))?;
    let mut encoder = CompressorWriter::new(file, BUFFER_BYTES, BROTLI_QUALITY, BROTLI_WINDOW);
    encoder.write_all(content).map_err(Failure::file(to))?;
    // Dropping the writer would finish the stream too, but swallow an error.
    encoder.flush().map_err(Failure::file(to))
}

fn gzip(content: &[u8], to: &Path) -> Result<(), Failure> {
    let file = File::create(to).map_err(Failure::file(to))?;
    let mut encoder = GzEncoder::new(file, Compression::best());
    encoder.write_all(content).map_err(Failure::file(to))?;
    encoder.finish().map(drop).map_err(Failure::file(to))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use super::{beside, write};

    #[test]
    fn compressible_files_get_both_variants_and_others_none() {
        let folder = tempfile::tempdir().unwrap();
        let text = "let pilothouse = 1;\n".repeat(1000);
        let script = folder.path().join("app.js");
        let picture = folder.path().join("icon.png");
        fs::write(&script, &text).unwrap();
        fs::write(&picture, &text).unwrap();

        write(folder.path()).unwrap();

        let (mut from_brotli, mut from_gzip) = (String::new(), String::new());
        let brotli = fs::File::open(beside(&script, "br")).unwrap();
        brotli::Decompressor::new(brotli, 4096)
            .read_to_string(&mut from_brotli)
            .unwrap();
        let gzip = fs::File::open(beside(&script, "gz")).unwrap();
        flate2::read::GzDecoder::new(gzip)
            .read_to_string(&mut from_gzip)
            .unwrap();
        assert_eq!((from_brotli, from_gzip), (text.clone(), text));
        assert!(!beside(&picture, "br").exists());
    }
}
