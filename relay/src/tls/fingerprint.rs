//! What a certificate is known by, where nobody vouches for it.

use std::fmt;
use std::str::FromStr;

use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The SHA-256 of a certificate. Shown as browsers show it: pairs of hexadecimal digits with colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

/// A text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "not the SHA-256 fingerprint of a certificate: it has 64 hexadecimal digits, and `pilothouse serve \
     --tls-self-signed` prints it on its second line"
)]
pub struct FingerprintError;

impl Fingerprint {
    /// Of this certificate.
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, byte) in self.0.iter().enumerate() {
            let colon = if n == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

/// With colons, spaces or nothing between the digits, upper or lower case.
impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let digits = text.chars().filter(|c| !matches!(c, ':' | ' '));
        let digits: Option<Vec<u32>> = digits.map(|c| c.to_digit(16)).collect();
        let digits = digits.filter(|digits| digits.len() == 64);
        let digits = digits.ok_or(FingerprintError)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            *byte = pair.iter().fold(0, |byte, digit| byte << 4 | *digit as u8);
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_shown_is_read_however_it_is_written(bytes in any::<[u8; 32]>()) {
            let fingerprint = Fingerprint(bytes);
            let shown = fingerprint.to_string();
            prop_assert_eq!(shown.len(), 32 * 3 - 1);
            for text in [shown.clone(), shown.replace(':', ""), shown.to_lowercase().replace(':', " ")] {
                prop_assert_eq!(text.parse(), Ok(fingerprint));
            }
        }
    }

    #[test]
    fn what_is_no_fingerprint_says_where_there_is_one() {
        for text in [
            "",
            "AB:CD",
            &"A".repeat(63),
            &"A".repeat(65),
            &"G".repeat(64),
        ] {
            let refused = text.parse::<Fingerprint>().unwrap_err();
            assert!(refused.to_string().contains("--tls-self-signed"), "{text}");
        }
    }
}
