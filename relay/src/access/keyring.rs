//! The relay's own keys and the tokens made with them, in the folder `access` of the data folder. Who may
//! write there may do everything, so it is its owner's alone.

mod files;

use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use pilothouse_shared::{Author, MemberId, MemberKind, Millis};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::claims::{self, Claims, PILOTHOUSE, Token, Unproved};
use super::{Grant, MAX_GRANTS, Pattern};
use crate::engine::{Kept, Register};
use crate::{clock, name};
use files::{KEY, failed, key, make_private, make_private_folder};

const FOLDER: &str = "access";
const REGISTER: &str = "register.sqlite3";

/// How long a link waits to be opened at most, in milliseconds: a day.
const LINK_FOR: Millis = 24 * 60 * 60 * 1000;

/// Keys or the register cannot be used. Each sentence says why.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct KeyringError(String);

/// For whom a token or a link is, and what it allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearer {
    /// The member that it speaks as.
    pub member: MemberId,
    /// What people call it.
    pub name: String,
    /// Program or person.
    pub kind: MemberKind,
    /// What it allows, at most 32.
    pub grants: Vec<Grant>,
    /// Members that it speaks for besides, at most 8 patterns: an attachment speaks for each of its agents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub speaks_for: Vec<Pattern>,
    /// Who made it: a member, or the command that did.
    pub made_by: String,
}

impl Bearer {
    /// A member for somebody of this name, told apart from others of the same name.
    #[must_use]
    pub fn member_for(name: &str) -> MemberId {
        let mut slug = String::new();
        for c in name.chars().filter(char::is_ascii).take(40) {
            match c.to_ascii_lowercase() {
                c if c.is_ascii_alphanumeric() => slug.push(c),
                _ if slug.is_empty() || slug.ends_with('-') => {}
                _ => slug.push('-'),
            }
        }
        let slug = slug.trim_end_matches('-');
        let slug = if slug.is_empty() { "member" } else { slug };
        clock::fresh(|id| MemberId::new(format!("{slug}-{}", &id[..8])))
    }
}

/// A token in the register. The token itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id, which is no secret.
    pub id: String,
    /// For whom; unknown of one that another issuer made.
    pub bearer: Option<Bearer>,
    /// When it ends, in milliseconds since the Unix epoch.
    pub expires_at: Millis,
    /// When it was taken back, in milliseconds since the Unix epoch.
    pub revoked_at: Option<Millis>,
    pub(crate) told: u8,
}

/// What a link is for, as the register keeps it.
#[derive(Debug, Serialize, Deserialize)]
struct Invitation {
    bearer: Bearer,
    expires_at: Millis,
}

/// See the module.
pub struct Keyring {
    signing: EncodingKey,
    proving: DecodingKey,
    kid: String,
    register: Register,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl Keyring {
    /// Whether a data folder has keys: a relay with keys lets nobody in without a token.
    #[must_use]
    pub fn exists(data_dir: &Path) -> bool {
        data_dir.join(FOLDER).join(KEY).exists()
    }

    /// Opens the keys of a data folder; makes them when there are none.
    ///
    /// # Errors
    /// [`KeyringError`] when a file cannot be read or written, or is none of ours.
    pub fn open(data_dir: &Path) -> Result<Self, KeyringError> {
        let folder = data_dir.join(FOLDER);
        make_private_folder(&folder)?;
        let pkcs8 = key(&folder)?;
        let unusable = |_| KeyringError(format!("{} holds no key", folder.join(KEY).display()));
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(unusable)?;
        let public = pair.public_key().as_ref();
        let path = folder.join(REGISTER);
        // First, because the files that SQLite puts beside it are as private as it is.
        make_private(&path)?;
        let register = Register::open(&path).map_err(|error| failed("open", &path, &error))?;
        Ok(Self {
            signing: EncodingKey::from_ed_der(&pkcs8),
            proving: DecodingKey::from_ed_der(public),
            kid: hex(public)[..16].to_owned(),
            register,
        })
    }

    /// Names the keys: 16 hexadecimal digits, no secret.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.kid
    }

    /// Makes a token that ends then, in milliseconds since the Unix epoch. Its id, and itself: it is nowhere
    /// to be had again.
    ///
    /// # Errors
    /// [`KeyringError`] when the register cannot be written, or the bearer is not what it should be.
    pub fn token(
        &self,
        bearer: &Bearer,
        expires_at: Millis,
    ) -> Result<(String, Token), KeyringError> {
        check(bearer)?;
        let id = clock::fresh_in_order(Ok);
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds of the next 200 million years are exact"
        )]
        let exp = (expires_at / 1000) as f64;
        let claims = Claims {
            iss: PILOTHOUSE.to_owned(),
            sub: bearer.member.to_string(),
            aud: PILOTHOUSE.into(),
            jti: Some(id.clone()),
            nbf: None,
            exp,
            name: Some(bearer.name.clone()),
            kind: bearer.kind,
            grants: bearer.grants.clone(),
            speaks_for: bearer.speaks_for.clone(),
        };
        let token = claims::sign(&claims, &self.signing, &self.kid).map_err(KeyringError)?;
        if token.reveal().len() > claims::MAX_TOKEN_BYTES {
            return Err(KeyringError(
                "so many grants do not fit into one token".to_owned(),
            ));
        }
        let details = json(bearer)?;
        self.register
            .add(&id, &details, claims.expires_at(), clock::now())
            .map_err(|error| KeyringError(error.to_string()))?;
        Ok((id, token))
    }

    /// Makes the code of a link: whoever says it first gets a token that ends then. It waits for that as long
    /// as the token would last, at most a day.
    ///
    /// # Errors
    /// As [`Keyring::token`].
    pub fn link(&self, bearer: Bearer, expires_at: Millis) -> Result<Token, KeyringError> {
        check(&bearer)?;
        let code = format!(
            "{}{}",
            uuid::Uuid::new_v4().simple(),
            uuid::Uuid::new_v4().simple()
        );
        let now = clock::now();
        let details = json(&Invitation { bearer, expires_at })?;
        let until = expires_at.min(now.saturating_add(LINK_FOR));
        let added = self
            .register
            .add_link(&hex(code.as_bytes()), &details, until, now);
        added.map_err(|error| KeyringError(error.to_string()))?;
        Ok(Token(code))
    }

    /// The token of a link, for the one who opens it first; when it ends.
    pub(crate) fn exchange(&self, code: &str) -> Result<Option<(Token, Millis)>, KeyringError> {
        let opened = self.register.open_link(&hex(code.as_bytes()), clock::now());
        let opened = opened.map_err(|error| KeyringError(error.to_string()))?;
        let Some(details) = opened else {
            return Ok(None);
        };
        let unreadable = |error: serde_json::Error| KeyringError(error.to_string());
        let invitation: Invitation = serde_json::from_str(&details).map_err(unreadable)?;
        let (_, token) = self.token(&invitation.bearer, invitation.expires_at)?;
        Ok(Some((token, invitation.expires_at)))
    }

    /// Takes a token back by its id. Whether there was one to take back.
    ///
    /// # Errors
    /// [`KeyringError`] when the register cannot be written.
    pub fn revoke(&self, id: &str) -> Result<bool, KeyringError> {
        let now = clock::now();
        // One that others have made is not known; its id is remembered for as long as it may last.
        let revoked = self
            .register
            .revoke(id, now.saturating_add(FOREIGN_FOR), now);
        revoked.map_err(|error| KeyringError(error.to_string()))
    }

    /// Every token that is valid, or was not long ago, oldest first.
    ///
    /// # Errors
    /// [`KeyringError`] when the register cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, KeyringError> {
        let all = self
            .register
            .all()
            .map_err(|error| KeyringError(error.to_string()))?;
        Ok(all.into_iter().map(listed).collect())
    }

    /// Changes when anybody has changed the register.
    pub(crate) fn version(&self) -> Result<(i64, u64), KeyringError> {
        self.register
            .version()
            .map_err(|error| KeyringError(error.to_string()))
    }

    /// Writes down how much the audit trail knows of a token.
    pub(crate) fn told(&self, id: &str, told: u8) -> Result<(), KeyringError> {
        let told = self.register.told(id, told);
        told.map_err(|error| KeyringError(error.to_string()))
    }

    /// The claims of a token that was made here.
    pub(super) fn prove(&self, token: &str, now: Millis) -> Result<Claims, Unproved> {
        let algorithms = [Algorithm::EdDSA];
        claims::prove(
            token,
            &self.proving,
            &algorithms,
            PILOTHOUSE,
            PILOTHOUSE,
            now,
        )
    }
}

/// How long the id of a foreign token that was taken back is remembered, in milliseconds: a year.
const FOREIGN_FOR: Millis = 365 * 24 * 60 * 60 * 1000;

fn listed(kept: Kept) -> Listed {
    Listed {
        bearer: serde_json::from_str(&kept.details).ok(),
        id: kept.id,
        expires_at: kept.expires_at,
        revoked_at: kept.revoked_at,
        told: kept.told,
    }
}

fn check(bearer: &Bearer) -> Result<(), KeyringError> {
    let author = Author {
        member: bearer.member.clone(),
        name: bearer.name.clone(),
        kind: bearer.kind,
    };
    let problem = if bearer.grants.is_empty() {
        "a token without a grant opens nothing; give it a role or a grant"
    } else if bearer.grants.len() > MAX_GRANTS {
        "a token has at most 32 grants"
    } else {
        let checked = name::check(&author.name).and_then(|()| name::check_author(&author));
        return checked.map_err(|refusal| KeyringError(refusal.message));
    };
    Err(KeyringError(problem.to_owned()))
}

fn json(value: &impl Serialize) -> Result<String, KeyringError> {
    serde_json::to_string(value).map_err(|error| KeyringError(error.to_string()))
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
