//! Whether the relays of a test encrypt, and what with.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use pilothouse_relay::client::{Fingerprint, RelayUrl};
use sha2::{Digest, Sha256};

thread_local! {
    /// A test and its relays are on one thread; its helpers may be on others.
    static ENCRYPTS: Cell<bool> = const { Cell::new(false) };
}

/// A certificate for this machine, and its key.
#[derive(Debug)]
pub struct Certificate {
    certificate: String,
    key: String,
    /// What it is known by.
    pub fingerprint: Fingerprint,
}

/// Runs a test over relays that encrypt: those it starts itself, on its own thread.
pub fn over_tls(test: impl FnOnce()) {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            ENCRYPTS.set(false);
        }
    }
    let _reset = Reset;
    ENCRYPTS.set(true);
    test();
}

/// Whether relays that start now encrypt.
pub(crate) fn encrypts() -> bool {
    ENCRYPTS.get()
}

/// What the URLs of relays that start now begin with.
pub(crate) fn scheme() -> &'static str {
    if encrypts() { "https" } else { "http" }
}

/// The address of a relay, whose certificate is that of all tests.
pub(crate) fn relay_url(text: &str) -> RelayUrl {
    let url: RelayUrl = text.parse().unwrap();
    url.pinned(Some(Certificate::of_tests().fingerprint))
}

impl Certificate {
    /// A new one.
    #[must_use]
    pub fn make() -> Self {
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let digits: String = Sha256::digest(made.cert.der())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            certificate: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
            fingerprint: digits.parse().unwrap(),
        }
    }

    /// The one of all relays that encrypt for [`over_tls`].
    pub(crate) fn of_tests() -> &'static Self {
        static ONE: LazyLock<Certificate> = LazyLock::new(Certificate::make);
        &ONE
    }

    /// Puts it into a folder: where certificate and key are.
    #[must_use]
    pub fn put(&self, folder: &Path) -> [PathBuf; 2] {
        let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.join(name));
        std::fs::write(&certificate, &self.certificate).unwrap();
        std::fs::write(&key, &self.key).unwrap();
        [certificate, key]
    }
}
