//! Encryption of the relay's connections: which certificate they get, and how a client knows it.

mod fingerprint;
mod made;
mod pair;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

use crate::config::Tls;
pub use fingerprint::{Fingerprint, FingerprintError};
use pair::{Pair, Read};

/// How often the files of a certificate are looked at. They are read whole: what renews them may swap a
/// folder, keep the time, or write them in place, and they are small.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Why there is no certificate to encrypt with.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct TlsError(String);

/// Encrypts connections with the certificate at hand.
pub(crate) struct Encryption {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
    /// Where it comes from and what was read there, when it is not the relay's own.
    files: Option<(Pair, Read)>,
    /// Of the relay's own certificate.
    made: Option<Fingerprint>,
}

impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryption").finish_non_exhaustive()
    }
}

/// The certificate that new connections get.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

impl Current {
    fn replace(&self, key: CertifiedKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
    }
}

impl Encryption {
    /// Reads the certificate, or makes it; in memory when there is no `folder`.
    pub(crate) fn new(tls: &Tls, folder: Option<&Path>) -> Result<Self, TlsError> {
        match tls {
            Tls::Files { certificate, key } => {
                let pair = Pair::new(certificate, key);
                let read = pair.read()?;
                let certified = pair.certify(&read)?;
                Self::with(certified, Some((pair, read)), None)
            }
            Tls::SelfSigned => {
                let made = made::find_or_make(folder)?;
                let certified = made.certify()?;
                let fingerprint = certified.cert.first().map(Fingerprint::of);
                Self::with(certified, None, fingerprint)
            }
        }
    }

    fn with(
        certified: CertifiedKey,
        files: Option<(Pair, Read)>,
        made: Option<Fingerprint>,
    ) -> Result<Self, TlsError> {
        let current = Arc::new(Current(RwLock::new(Arc::new(certified))));
        let refused = |error| TlsError(format!("cannot encrypt: {error}"));
        let builder = ServerConfig::builder_with_provider(provider());
        let builder = builder
            .with_safe_default_protocol_versions()
            .map_err(refused)?;
        let resolver = Arc::clone(&current) as Arc<dyn ResolvesServerCert>;
        let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            current,
            files,
            made,
        })
    }

    /// Shakes hands.
    pub(crate) fn accept(&self, socket: TcpStream) -> Accept<TcpStream> {
        self.acceptor.accept(socket)
    }

    /// What the relay's own certificate is known by.
    pub(crate) fn fingerprint(&self) -> Option<Fingerprint> {
        self.made
    }

    /// Follows the files for as long as it is polled. What cannot be used is logged once, and the
    /// certificate at hand stays.
    pub(crate) async fn follow(&self) {
        let Some((pair, first)) = &self.files else {
            return;
        };
        let mut seen = Ok(first.clone());
        loop {
            sleep(LOOK_EVERY).await;
            let looking = pair.clone();
            let read = tokio::task::spawn_blocking(move || looking.read()).await;
            let Ok(read) = read else { return };
            let read = read.map_err(|error| error.to_string());
            if read == seen {
                continue;
            }
            let certified = read.as_ref().map_err(String::clone);
            let certified =
                certified.and_then(|read| pair.certify(read).map_err(|error| error.to_string()));
            match certified {
                Ok(certified) => {
                    self.current.replace(certified);
                    tracing::info!(certificate = %pair, "new connections get a new certificate");
                }
                Err(error) => {
                    tracing::error!(%error, "the new certificate is not used, the old one stays");
                }
            }
            seen = read;
        }
    }
}

/// An encrypted connection.
pub(crate) type Encrypted = TlsStream<TcpStream>;

/// The one library of all cryptography.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

#[cfg(test)]
mod tests;
