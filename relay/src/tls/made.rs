//! The certificate that the relay makes itself.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::sign::CertifiedKey;
use tempfile::NamedTempFile;

use super::TlsError;
use super::pair::{Pair, Read};
use crate::machine;

/// Where it is kept, inside the data folder.
const FOLDER: &str = "tls";

/// How long it is good for: browsers of some systems take nothing that is good for more than 825 days
/// (support.apple.com/103769).
const GOOD_FOR: Duration = Duration::from_secs(800 * 24 * 60 * 60);

/// How old it may be when the relay starts; after that it makes another.
const RENEW_AFTER: Duration = Duration::from_secs(770 * 24 * 60 * 60);

/// Clocks of others may be this much behind.
const BEFORE: Duration = Duration::from_secs(24 * 60 * 60);

/// A certificate of the relay's own.
pub(super) enum Made {
    /// In files.
    Kept(Pair),
    /// For as long as the relay runs.
    Once(Box<CertifiedKey>),
}

impl Made {
    pub(super) fn certify(self) -> Result<CertifiedKey, TlsError> {
        match self {
            Self::Kept(pair) => pair.certify(&pair.read()?),
            Self::Once(certified) => Ok(*certified),
        }
    }
}

/// The certificate in the data folder; a new one when there is none, or it is old.
pub(super) fn find_or_make(folder: Option<&Path>) -> Result<Made, TlsError> {
    let Some(folder) = folder else {
        return make().map(|(certified, ..)| Made::Once(Box::new(certified)));
    };
    let folder = folder.join(FOLDER);
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.join(name));
    if !(is_fresh(&certificate) && key.exists()) {
        keep(&folder, &certificate, &key)?;
    }
    Ok(Made::Kept(Pair::new(&certificate, &key)))
}

fn is_fresh(certificate: &Path) -> bool {
    let made = certificate.metadata().and_then(|file| file.modified());
    let age = made.map(|made| SystemTime::now().duration_since(made).unwrap_or_default());
    age.is_ok_and(|age| age < RENEW_AFTER)
}

/// Makes one and puts it into files, the key first: a certificate that is there has its key.
fn keep(folder: &Path, certificate: &Path, key: &Path) -> Result<(), TlsError> {
    let (_, certificate_pem, key_pem) = make()?;
    std::fs::create_dir_all(folder).map_err(|error| cannot_keep(folder, &error))?;
    write(folder, key, &key_pem)?;
    write(folder, certificate, &certificate_pem)
}

/// Puts a file in its place at once, and for its owner alone.
fn write(folder: &Path, path: &Path, text: &str) -> Result<(), TlsError> {
    let written = NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file.persist(path)?)
    });
    written.map(drop).map_err(|error| cannot_keep(path, &error))
}

fn cannot_keep(path: &Path, error: &std::io::Error) -> TlsError {
    let path = path.display();
    TlsError(format!("cannot keep a certificate in {path}: {error}"))
}

/// A certificate for the names and addresses of this machine, and both parts of it as PEM.
fn make() -> Result<(CertifiedKey, String, String), TlsError> {
    let cannot = |error: rcgen::Error| TlsError(format!("cannot make a certificate: {error}"));
    let key = KeyPair::generate().map_err(cannot)?;
    let loopback = ["127.0.0.1", "::1"].map(str::to_owned);
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let addresses = interfaces.iter().map(if_addrs::Interface::ip);
    let addresses = addresses.map(|ip: IpAddr| ip.to_canonical().to_string());
    let subjects: BTreeSet<_> = machine::names()
        .iter()
        .cloned()
        .chain(loopback)
        .chain(addresses)
        .collect();
    let mut params = CertificateParams::new(Vec::from_iter(subjects)).map_err(cannot)?;
    let now = SystemTime::now();
    params.not_before = (now - BEFORE).into();
    params.not_after = (now - BEFORE + GOOD_FOR).into();
    params
        .distinguished_name
        .push(DnType::CommonName, "Pilothouse");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key).map_err(cannot)?;
    let (certificate, key) = (certificate.pem(), key.serialize_pem());
    let nowhere = PathBuf::new();
    let read = Read::new(&certificate, &key);
    let certified = Pair::new(&nowhere, &nowhere).certify(&read)?;
    Ok((certified, certificate, key))
}
