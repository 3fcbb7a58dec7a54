//! Tokens that somebody else makes: a company's identity provider, a CI system.

use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use futures_util::StreamExt;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use pilothouse_shared::Millis;
use reqwest::Url;
use thiserror::Error;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::claims::{self, Claims, Unproved};

/// How often keys are read again.
const EVERY: Duration = Duration::from_secs(5 * 60);

/// How soon they are read again for a token whose key is not known.
const AT_MOST_EVERY: Duration = Duration::from_secs(10);

/// How long an address has to answer.
const WITHIN: Duration = Duration::from_secs(10);

/// Longest list of keys, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// Most keys of one issuer.
const MAX_KEYS: usize = 64;

/// Who makes tokens besides the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerConfig {
    /// The `iss` of its tokens.
    pub name: String,
    /// Where its public keys are.
    pub keys: KeySource,
}

/// Where public keys are: a JSON Web Key Set (RFC 7517), or in a file also one key in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// In a file.
    File(PathBuf),
    /// At an address.
    Url(Box<Url>),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Issuer {
    config: IssuerConfig,
    /// The `aud` that its tokens must have.
    audience: String,
    /// At most [`MAX_KEYS`].
    keys: RwLock<Vec<Key>>,
    /// A token came whose key is not known.
    missing: Notify,
}

#[derive(Clone)]
struct Key {
    id: Option<String>,
    key: DecodingKey,
    /// Those that this kind of key is for, and no others, whatever a token says.
    algorithms: Vec<Algorithm>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Keys cannot be had.
#[derive(Debug, Error)]
#[error("{0}")]
struct Unreadable(String);

impl Issuer {
    pub(crate) fn new(config: IssuerConfig, audience: String) -> Self {
        let (keys, missing) = (RwLock::default(), Notify::new());
        Self {
            config,
            audience,
            keys,
            missing,
        }
    }

    /// The claims of a token that it made.
    pub(super) fn prove(
        &self,
        token: &str,
        key: Option<&str>,
        now: Millis,
    ) -> Result<Claims, Unproved> {
        let keys = self
            .keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let fits = |held: &&Key| key.is_none() || held.id.is_none() || held.id.as_deref() == key;
        let (issuer, audience) = (&self.config.name, &self.audience);
        let mut refused = Unproved::Foreign;
        for Key {
            key, algorithms, ..
        } in keys.iter().filter(fits)
        {
            match claims::prove(token, key, algorithms, issuer, audience, now) {
                Err(Unproved::Foreign) => {}
                Err(other) => refused = other,
                proved => return proved,
            }
        }
        if refused == Unproved::Foreign {
            self.missing.notify_one();
        }
        Err(refused)
    }

    /// Reads the keys again and again, until dropped. Those that were read last hold until there are others.
    pub(crate) async fn keep(&self) {
        loop {
            match self.read().await {
                Ok(keys) => *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys,
                Err(error) => tracing::warn!(issuer = self.config.name, %error, "keys not read"),
            }
            sleep(AT_MOST_EVERY).await;
            let _ = timeout(EVERY, self.missing.notified()).await;
        }
    }

    async fn read(&self) -> Result<Vec<Key>, Unreadable> {
        let text = match &self.config.keys {
            KeySource::File(path) => tokio::fs::read_to_string(path).await.map_err(unreadable)?,
            KeySource::Url(url) => timeout(WITHIN, fetch(url)).await.map_err(unreadable)??,
        };
        parse(&text)
    }
}

async fn fetch(url: &Url) -> Result<String, Unreadable> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(unreadable)?;
    let answer = client.get(url.clone()).send().await.map_err(unreadable)?;
    let answer = answer.error_for_status().map_err(unreadable)?;
    let (mut bytes, mut pieces) = (Vec::new(), answer.bytes_stream());
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece.map_err(unreadable)?);
        if bytes.len() > MAX_BYTES {
            return Err(Unreadable(format!(
                "there are more than {MAX_BYTES} bytes of keys"
            )));
        }
    }
    String::from_utf8(bytes).map_err(unreadable)
}

fn unreadable(error: impl std::fmt::Display) -> Unreadable {
    Unreadable(error.to_string())
}

fn parse(text: &str) -> Result<Vec<Key>, Unreadable> {
    if text.trim_start().starts_with("-----BEGIN") {
        return Ok(vec![pem(text.as_bytes())?]);
    }
    let set: JwkSet = serde_json::from_str(text).map_err(unreadable)?;
    let keys: Vec<_> = set.keys.iter().filter_map(of_jwk).take(MAX_KEYS).collect();
    match keys.is_empty() {
        true => Err(Unreadable(
            "there is no public key for signatures".to_owned(),
        )),
        false => Ok(keys),
    }
}

fn pem(text: &[u8]) -> Result<Key, Unreadable> {
    let ed = DecodingKey::from_ed_pem(text).map(|key| (key, ED));
    let any = ed
        .or_else(|_| DecodingKey::from_ec_pem(text).map(|key| (key, P256)))
        .or_else(|_| DecodingKey::from_rsa_pem(text).map(|key| (key, RSA)));
    let (key, algorithms) = any.map_err(unreadable)?;
    let (id, algorithms) = (None, algorithms.to_vec());
    Ok(Key {
        id,
        key,
        algorithms,
    })
}

const ED: &[Algorithm] = &[Algorithm::EdDSA];
const P256: &[Algorithm] = &[Algorithm::ES256];
const P384: &[Algorithm] = &[Algorithm::ES384];
const RSA: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

/// A key for signatures. A shared secret is none: who could check with it could sign with it.
fn of_jwk(jwk: &Jwk) -> Option<Key> {
    if jwk
        .common
        .public_key_use
        .as_ref()
        .is_some_and(|usage| *usage != PublicKeyUse::Signature)
    {
        return None;
    }
    let kind = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(_) => ED,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => P384,
        AlgorithmParameters::EllipticCurve(_) => P256,
        AlgorithmParameters::RSA(_) => RSA,
        _ => return None,
    };
    let is_named = |algorithm: &&Algorithm| {
        let named = jwk.common.key_algorithm;
        named.is_none_or(|named| {
            named == KeyAlgorithm::UNKNOWN_ALGORITHM
                || named.to_string() == format!("{algorithm:?}")
        })
    };
    Some(Key {
        id: jwk.common.key_id.clone(),
        key: DecodingKey::from_jwk(jwk).ok()?,
        algorithms: kind.iter().filter(is_named).copied().collect(),
    })
}
