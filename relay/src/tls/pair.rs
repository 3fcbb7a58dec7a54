//! A certificate and its key, in files.

use std::fmt;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::{TlsError, provider};

/// Where they are.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    certificate: PathBuf,
    key: PathBuf,
}

/// What was read there.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Read {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Read {
    pub(super) fn new(certificate: &str, key: &str) -> Self {
        Self {
            certificate: certificate.into(),
            key: key.into(),
        }
    }
}

impl Pair {
    pub(super) fn new(certificate: &Path, key: &Path) -> Self {
        Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        }
    }

    pub(super) fn read(&self) -> Result<Read, TlsError> {
        let read = |what: &str, path: &Path| {
            std::fs::read(path).map_err(|error| {
                TlsError(format!(
                    "cannot read the {what} {}: {error}",
                    path.display()
                ))
            })
        };
        Ok(Read {
            certificate: read("certificate", &self.certificate)?,
            key: read("key of the certificate", &self.key)?,
        })
    }

    /// What connections are encrypted with.
    pub(super) fn certify(&self, read: &Read) -> Result<CertifiedKey, TlsError> {
        let no_certificate = || {
            let path = self.certificate.display();
            TlsError(format!(
                "there is no certificate in {path}: it is PEM, which begins with \
                 `-----BEGIN CERTIFICATE-----`"
            ))
        };
        let chain = CertificateDer::pem_slice_iter(&read.certificate);
        let chain = chain.collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|_| no_certificate())?;
        if chain.is_empty() {
            return Err(no_certificate());
        }
        let key = PrivateKeyDer::from_pem_slice(&read.key).map_err(|_| {
            let path = self.key.display();
            TlsError(format!(
                "there is no private key in {path}: it is PEM without a password, which begins with \
                 `-----BEGIN PRIVATE KEY-----`"
            ))
        })?;
        CertifiedKey::from_der(chain, key, &provider()).map_err(|error| {
            let (certificate, key) = (self.certificate.display(), self.key.display());
            TlsError(format!(
                "the key in {key} is not that of the certificate in {certificate}, or of no kind the \
                 relay knows: {error}"
            ))
        })
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.certificate.display().fmt(f)
    }
}
