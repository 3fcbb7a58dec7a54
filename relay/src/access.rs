//! Who may do what: tokens, what they allow, and when that ends.
//!
//! Without keys a relay is in *open mode*, for its own machine alone: everybody may do everything. With keys
//! nobody does anything without a token. `action` is the one table of what needs which right.

mod action;
mod claims;
mod grant;
mod issuer;
mod keyring;
mod pass;
mod pattern;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pilothouse_shared::{ErrorCode, Millis, Refusal};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

pub(crate) use action::Action;
pub use claims::Token;
pub use grant::{EVERY_RIGHT, Grant, MAX_GRANTS, Role};
pub use issuer::{IssuerConfig, KeySource};
pub use keyring::{Bearer, Keyring, KeyringError, Listed};
pub(crate) use pass::{Access, Pass, Speaker};
pub use pattern::{Pattern, PatternError, SYSTEM_PREFIX};

use claims::{Claims, MAX_TOKEN_BYTES, Unproved};
use issuer::Issuer;

/// How often the register is looked at for what the command line has changed.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Most tokens of other issuers that are remembered at once; what has expired leaves.
const MAX_FOREIGN: usize = 10_000;

/// Decides who comes in.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    keyring: Option<Arc<Keyring>>,
    issuer: Option<Issuer>,
    /// Every token of the register, and those of the other issuer that were shown: at most as many as the
    /// register holds, and [`MAX_FOREIGN`].
    known: Mutex<HashMap<String, Known>>,
    /// One looks at a time: what an older look saw must not undo what a newer one did.
    looking: Mutex<()>,
}

/// A token, by its id.
#[derive(Debug)]
struct Known {
    expires_at: Millis,
    /// Cancelled when it is taken back.
    revoked: CancellationToken,
    is_foreign: bool,
}

impl Gate {
    /// Opens the keys of a data folder, if it has any.
    pub(crate) fn open(
        data_dir: Option<&Path>,
        issuer: Option<IssuerConfig>,
        audience: &str,
    ) -> Result<Self, KeyringError> {
        let folder = data_dir.filter(|folder| Keyring::exists(folder));
        let gate = Self {
            keyring: folder.map(Keyring::open).transpose()?.map(Arc::new),
            issuer: issuer.map(|issuer| Issuer::new(issuer, audience.to_owned())),
            known: Mutex::default(),
            looking: Mutex::default(),
        };
        gate.look()?;
        Ok(gate)
    }

    /// Whether this is open mode.
    pub(crate) fn is_open(&self) -> bool {
        self.keyring.is_none() && self.issuer.is_none()
    }

    /// The relay's own keys, if it has any.
    pub(crate) fn keyring(&self) -> Result<&Arc<Keyring>, Refusal> {
        self.keyring.as_ref().ok_or_else(|| {
            let message = "this relay has no keys of its own; make them with `pilothouse token create` \
                           and start it again";
            Refusal::new(ErrorCode::Unavailable, message)
        })
    }

    /// What a token allows.
    pub(crate) fn admit(&self, token: &str, now: Millis) -> Result<Access, Refusal> {
        let admitted = self.prove(token, now).and_then(|(id, claims)| {
            let author = claims.author()?;
            Ok(Access::of(Pass {
                revoked: self.standing(&id, &claims, now)?,
                token: id,
                author,
                expires_at: claims.expires_at(),
                grants: claims.grants,
                speaks_for: claims.speaks_for,
            }))
        });
        admitted.map_err(|unproved| Refusal::new(ErrorCode::Unauthenticated, unproved.to_string()))
    }

    /// What a token says, and its id. Its id is kept apart by issuer.
    fn prove(&self, token: &str, now: Millis) -> Result<(String, Claims), Unproved> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Unproved::Foreign);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| Unproved::Foreign)?;
        let key = header.kid.as_deref();
        if let Some(keyring) = self
            .keyring
            .as_ref()
            .filter(|keyring| key == Some(keyring.id()))
        {
            let claims = keyring.prove(token, now)?;
            let id = claims.jti.clone().ok_or(Unproved::Foreign)?;
            return Ok((id, claims));
        }
        let issuer = self.issuer.as_ref().ok_or(Unproved::Foreign)?;
        let claims = issuer.prove(token, key, now)?;
        // Without the signature, which some algorithms let anybody write in another form.
        let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
        let id = claims.jti.as_deref().unwrap_or(signed);
        Ok((format!("{FOREIGN}{}", digest(id)), claims))
    }

    /// What tells when the token is taken back, unless it was.
    fn standing(
        &self,
        id: &str,
        claims: &Claims,
        now: Millis,
    ) -> Result<CancellationToken, Unproved> {
        let revoked = match (self.find(id), id.starts_with(FOREIGN)) {
            (Some(revoked), _) => revoked,
            (None, true) => self.meet(id, claims.expires_at(), now)?,
            (None, false) => {
                // It may have been made a moment ago.
                self.look().map_err(|_| Unproved::Foreign)?;
                self.find(id).ok_or(Unproved::Foreign)?
            }
        };
        match revoked.is_cancelled() {
            true => Err(Unproved::Revoked),
            false => Ok(revoked),
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &str) -> Option<CancellationToken> {
        self.known().get(id).map(|known| known.revoked.clone())
    }

    fn meet(
        &self,
        id: &str,
        expires_at: Millis,
        now: Millis,
    ) -> Result<CancellationToken, Unproved> {
        let mut all = self.known();
        all.retain(|_, known| !known.is_foreign || known.expires_at > now);
        if all.values().filter(|known| known.is_foreign).count() >= MAX_FOREIGN {
            return Err(Unproved::Foreign);
        }
        let known = Known {
            expires_at,
            revoked: CancellationToken::new(),
            is_foreign: true,
        };
        // Of two who come at once, both hold the one that is cancelled.
        Ok(all.entry(id.to_owned()).or_insert(known).revoked.clone())
    }

    /// Learns what stands in the register; ends what was taken back there.
    pub(crate) fn look(&self) -> Result<Vec<Listed>, KeyringError> {
        let Some(keyring) = &self.keyring else {
            return Ok(Vec::new());
        };
        let _turn = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let listed = keyring.list()?;
        let ids: HashSet<_> = listed.iter().map(|listed| listed.id.as_str()).collect();
        let mut all = self.known();
        all.retain(|id, known| known.is_foreign || ids.contains(id.as_str()));
        for Listed {
            id,
            expires_at,
            revoked_at,
            ..
        } in &listed
        {
            let known = all.entry(id.clone()).or_insert_with(|| Known {
                expires_at: *expires_at,
                revoked: CancellationToken::new(),
                is_foreign: id.starts_with(FOREIGN),
            });
            if revoked_at.is_some() {
                known.revoked.cancel();
            }
        }
        Ok(listed)
    }

    /// Takes a token back and ends what was opened with it. Whether that is news.
    pub(crate) fn revoke(&self, id: &str) -> Result<bool, Refusal> {
        let failed = |error: KeyringError| Refusal::new(ErrorCode::Unavailable, error.to_string());
        let is_news = self.keyring()?.revoke(id).map_err(failed)?;
        self.look().map_err(failed)?;
        Ok(is_news)
    }

    /// Keeps up with the register and the issuer's keys until dropped. What the register says is told to
    /// `news` whenever it has changed, and at first.
    pub(crate) async fn keep(self: Arc<Self>, news: mpsc::Sender<Vec<Listed>>) {
        let issuer = async {
            match &self.issuer {
                Some(issuer) => issuer.keep().await,
                None => std::future::pending().await,
            }
        };
        tokio::join!(issuer, self.keep_looking(news));
    }

    async fn keep_looking(self: &Arc<Self>, news: mpsc::Sender<Vec<Listed>>) {
        let Some(keyring) = &self.keyring else { return };
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut version = None;
        loop {
            ticks.tick().await;
            let (keyring, gate) = (Arc::clone(keyring), Arc::clone(self));
            let looked = tokio::task::spawn_blocking(move || {
                let now = keyring.version()?;
                let changed = version != Some(now);
                let listed = changed.then(|| gate.look()).transpose()?;
                Ok::<_, KeyringError>((now, listed))
            });
            match looked.await {
                Ok(Ok((now, listed))) => {
                    // A trail that is busy is told at a later look: revoking waits for nothing.
                    let told = listed.is_none_or(|listed| news.try_send(listed).is_ok());
                    version = told.then_some(now);
                }
                Ok(Err(error)) => tracing::warn!(%error, "the register of tokens cannot be read"),
                Err(error) => tracing::error!(%error, "the register of tokens was not looked at"),
            }
        }
    }
}

/// Begins the ids of tokens that another issuer made, so that it cannot name one of the relay's own.
const FOREIGN: &str = "issued-";

fn digest(text: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(text);
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
