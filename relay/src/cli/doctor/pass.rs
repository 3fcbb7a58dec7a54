//! The doctor's own way into a relay with keys, for as long as it examines.

use std::path::PathBuf;

use pilothouse_relay::access::{Bearer, Keyring, Pattern, PatternError, Role};
use pilothouse_relay::client::{Credentials, RelayUrl};
use pilothouse_relay::config::RelayArgs;
use pilothouse_shared::{MemberId, MemberKind, Millis};

use crate::cli::Failure;
use crate::cli::token::{Place, failed, now};

/// How long it lasts, in milliseconds: 10 minutes.
const LASTS: Millis = 10 * 60 * 1000;

/// The doctor's members, and those of the sessions that it tries.
const MEMBERS: [&str; 3] = ["pilothouse-doctor*", "claude-code-*", "codex-*"];

/// Takes the token back when dropped.
#[derive(Debug)]
pub(super) struct Pass {
    folder: PathBuf,
    id: String,
}

/// The relay with a token to examine it with: the one that was named, else one made for that where the relay of
/// this user has keys.
pub(super) fn url(relay: &RelayArgs, place: &Place) -> Result<(RelayUrl, Option<Pass>), Failure> {
    let url = relay.url();
    let folder = place.with_keys().filter(|_| url.credentials().is_none());
    let Some(folder) = folder else {
        return Ok((url, None));
    };
    let invalid = |error: &dyn std::fmt::Display| Failure::Failed(error.to_string());
    let members: Result<_, PatternError> = MEMBERS.iter().map(|members| members.parse()).collect();
    let bearer = Bearer {
        member: MemberId::new("pilothouse-doctor").map_err(|error| invalid(&error))?,
        name: "pilothouse doctor".to_owned(),
        kind: MemberKind::Human,
        grants: vec![Role::Admin.grant(Pattern::any())],
        speaks_for: members.map_err(|error| invalid(&error))?,
        made_by: "pilothouse doctor".to_owned(),
    };
    let keyring = Keyring::open(&folder).map_err(failed)?;
    let (id, token) = keyring
        .token(&bearer, now().saturating_add(LASTS))
        .map_err(failed)?;
    let credentials = Credentials::token(token.reveal().to_owned());
    Ok((
        url.with_credentials(Some(credentials)),
        Some(Pass { folder, id }),
    ))
}

impl Drop for Pass {
    fn drop(&mut self) {
        // One that cannot be taken back ends by itself.
        let _ = Keyring::open(&self.folder).and_then(|keyring| keyring.revoke(&self.id));
    }
}
