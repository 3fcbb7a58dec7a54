//! Which certificates of relays are trusted.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_rustls::TlsConnector;
use tokio_websockets::Connector;

use super::{Credentials, Fingerprint, RelayUrl};
use crate::tls::provider;

/// Where sockets are opened, and how.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// The socket's.
    pub(super) url: String,
    /// What a connection is wrapped in; why that cannot be, when it cannot.
    pub(super) connector: Result<Arc<Connector>, String>,
    /// What is shown to be let in.
    pub(super) credentials: Option<Credentials>,
}

impl Target {
    /// Reads the certificates that this machine trusts, if any are needed.
    pub(super) fn new(url: &RelayUrl) -> Self {
        let connector = match url.is_encrypted() {
            true => {
                config(url).map(|config| Connector::Rustls(TlsConnector::from(Arc::new(config))))
            }
            false => Ok(Connector::Plain),
        };
        Self {
            url: url.socket(),
            connector: connector.map(Arc::new),
            credentials: url.credentials().cloned(),
        }
    }
}

/// How the certificate at this address is checked.
pub(super) fn config(url: &RelayUrl) -> Result<ClientConfig, String> {
    let cannot = |error: Error| format!("this machine cannot check certificates: {error}");
    let builder = ClientConfig::builder_with_provider(provider());
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(cannot)?;
    let config = match url.pin() {
        // Reading what the machine trusts takes some milliseconds.
        _ if !url.is_encrypted() => builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth(),
        Some(pin) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned {
                pin,
                provider: provider(),
            }))
            .with_no_client_auth(),
        None => builder
            .with_platform_verifier()
            .map_err(cannot)?
            .with_no_client_auth(),
    };
    Ok(config)
}

/// Trusts one certificate, whatever it says of itself; who shows it must have its key.
#[derive(Debug)]
struct Pinned {
    pin: Fingerprint,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match Fingerprint::of(end_entity) == self.pin {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// Why a call failed, for people: the last reason of all, or what to do about a certificate.
#[must_use]
pub fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    loop {
        let io = cause.downcast_ref::<std::io::Error>();
        if let Some(mend) = io.and_then(mend) {
            return mend.to_owned();
        }
        match cause.source() {
            Some(deeper) => cause = deeper,
            None => return cause.to_string(),
        }
    }
}

/// What a person does about a certificate that was not trusted, if that is what failed.
pub(super) fn mend(error: &std::io::Error) -> Option<&'static str> {
    let inner = error.get_ref()?;
    if let Some(deeper) = inner.downcast_ref() {
        return mend(deeper);
    }
    let error: &Error = inner.downcast_ref()?;
    let Error::InvalidCertificate(why) = error else {
        return None;
    };
    Some(match why {
        CertificateError::ApplicationVerificationFailure => {
            "the relay's certificate is not the one with the fingerprint: it may have a new one, or it \
             is somebody else; see the second line that the relay prints"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the relay's certificate has expired: renew it, then come back"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the relay's certificate is for another name: use that one, or give the fingerprint with \
             --fingerprint"
        }
        _ => {
            "nobody vouches for the relay's certificate: if it made that itself, give the fingerprint it \
             prints with --fingerprint"
        }
    })
}
