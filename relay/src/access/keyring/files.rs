//! The files of the keyring: the private key, and that nobody but its owner reads any of them.

use std::fs;
use std::io::Write;
use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::Ed25519KeyPair;

use super::KeyringError;

/// The private key's file.
pub(super) const KEY: &str = "signing-key.pem";

const PEM_TAG: &str = "PRIVATE KEY";

/// The private key, in PKCS #8.
pub(super) fn key(folder: &Path) -> Result<Vec<u8>, KeyringError> {
    let path = folder.join(KEY);
    if !path.exists() {
        make_key(folder, &path)?;
    }
    let text = fs::read(&path).map_err(|error| failed("read", &path, &error))?;
    let key = pem::parse(text).map_err(|error| failed("read", &path, &error))?;
    Ok(key.into_contents())
}

/// Of two who make it at once, one does.
fn make_key(folder: &Path, path: &Path) -> Result<(), KeyringError> {
    let none = |_| KeyringError("this machine has no randomness for a key".to_owned());
    let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(none)?;
    let text = pem::encode(&pem::Pem::new(PEM_TAG, made.as_ref()));
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(path) {
            Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(error.error)
            }
            _ => Ok(()),
        }
    };
    write().map_err(|error: std::io::Error| failed("write", path, &error))
}

pub(super) fn make_private_folder(folder: &Path) -> Result<(), KeyringError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| failed("make", folder, &error))?;
    set_mode(folder, 0o700)
}

/// A file that is there, if only empty, and that nobody else reads.
pub(super) fn make_private(path: &Path) -> Result<(), KeyringError> {
    let mut options = fs::File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| failed("write", path, &error))?;
    set_mode(path, 0o600)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<(), KeyringError> {
    use std::os::unix::fs::PermissionsExt;
    let set = fs::set_permissions(path, fs::Permissions::from_mode(mode));
    set.map_err(|error| failed("protect", path, &error))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> Result<(), KeyringError> {
    Ok(())
}

pub(super) fn failed(what: &str, path: &Path, error: &dyn std::fmt::Display) -> KeyringError {
    KeyringError(format!("cannot {what} {}: {error}", path.display()))
}
