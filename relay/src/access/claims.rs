//! Tokens: what they say, and how they are proved. They are JSON Web Tokens (RFC 7519).

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use pilothouse_shared::{Author, MemberId, MemberKind, Millis};
use serde::{Deserialize, Serialize};

use super::{Grant, MAX_GRANTS, Pattern};

/// Who makes the relay's own tokens, and whom all tokens are for.
pub(super) const PILOTHOUSE: &str = "pilothouse";

/// Longest token that is looked at, in bytes. Cookies have no more than 4096.
pub(crate) const MAX_TOKEN_BYTES: usize = 4096;

/// Most patterns of members that a token speaks for.
const MAX_SPEAKS_FOR: usize = 8;

/// A token itself. Whoever has it is let in, so it is never printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub(super) String);

impl Token {
    /// The secret.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What a token says. Times are in seconds since the Unix epoch (RFC 7519, section 2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    /// The member it is for.
    pub(super) sub: String,
    /// A text or a list of texts.
    pub(super) aud: serde_json::Value,
    #[serde(default)]
    pub(super) jti: Option<String>,
    #[serde(default)]
    pub(super) nbf: Option<f64>,
    pub(super) exp: f64,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) kind: MemberKind,
    pub(super) grants: Vec<Grant>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) speaks_for: Vec<Pattern>,
}

/// Why a token is refused. Says nothing that helps who forged it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unproved {
    #[error("this token is none of this relay; ask who runs it for one")]
    Foreign,
    #[error("this token has expired; ask who runs the relay for a new one")]
    Expired,
    #[error("this token is not valid yet; look at the clocks of both machines")]
    Early,
    #[error("this token was taken back; ask who runs the relay for a new one")]
    Revoked,
}

/// Signs claims with the relay's own key.
pub(super) fn sign(claims: &Claims, key: &EncodingKey, kid: &str) -> Result<Token, String> {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(kid.to_owned());
    let signed = jsonwebtoken::encode(&header, claims, key);
    signed.map(Token).map_err(|error| error.to_string())
}

/// The claims of a token, if it was signed by this key with one of the algorithms that the key is for. What
/// the token itself says of its algorithm chooses among those and nothing else.
pub(super) fn prove(
    token: &str,
    key: &DecodingKey,
    algorithms: &[Algorithm],
    issuer: &str,
    audience: &str,
    now: Millis,
) -> Result<Claims, Unproved> {
    let mut validation = Validation::new(*algorithms.first().ok_or(Unproved::Foreign)?);
    validation.algorithms = algorithms.to_vec();
    validation.set_audience(&[audience]);
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    // By the relay's clock, below.
    validation.validate_exp = false;
    let claims: Claims = jsonwebtoken::decode(token, key, &validation)
        .map_err(|_| Unproved::Foreign)?
        .claims;
    let is_bounded = claims.grants.len() <= MAX_GRANTS && claims.speaks_for.len() <= MAX_SPEAKS_FOR;
    match () {
        () if !is_bounded => Err(Unproved::Foreign),
        () if claims.expires_at() <= now => Err(Unproved::Expired),
        () if millis(claims.nbf.unwrap_or(0.0)) > now => Err(Unproved::Early),
        () => Ok(claims),
    }
}

impl Claims {
    pub(super) fn expires_at(&self) -> Millis {
        millis(self.exp)
    }

    /// Who holds it.
    pub(super) fn author(&self) -> Result<Author, Unproved> {
        let member = MemberId::new(self.sub.as_str()).map_err(|_| Unproved::Foreign)?;
        let name = self.name.clone().filter(|name| !name.trim().is_empty());
        let name = name.unwrap_or_else(|| member.to_string());
        let kind = self.kind;
        let author = Author { member, name, kind };
        match crate::name::check_author(&author) {
            Ok(()) => Ok(author),
            Err(_) => Err(Unproved::Foreign),
        }
    }
}

/// Seconds of a token in milliseconds. What is no time is long ago.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and makes 0 of NaN"
)]
fn millis(seconds: f64) -> Millis {
    (seconds * 1000.0) as Millis
}
