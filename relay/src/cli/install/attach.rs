//! The narrow token of an attached agent: it publishes in its own channels and takes the hints for it.

use std::path::{Path, PathBuf};

use pilothouse_relay::access::{Bearer, Keyring, Pattern, PatternError, Role};
use pilothouse_relay::client::{Credentials, RelayUrl};
use pilothouse_relay::config::RelayArgs;
use pilothouse_shared::{MemberId, MemberKind, Millis};

use crate::cli::token::{Place, failed, now};
use crate::cli::vendor::Vendor;
use crate::cli::{Failure, secret};

/// Who makes it, as the register says.
const MADE_BY: &str = "pilothouse install";

/// How long it lasts, in milliseconds: a year.
const LASTS: Millis = 365 * 24 * 60 * 60 * 1000;

/// One that ends sooner is made anew, in milliseconds: 30 days.
const AT_LEAST: Millis = 30 * 24 * 60 * 60 * 1000;

/// The relay as the agent's hooks reach it: with the token that was named, else one of its own where the relay
/// of this user has keys. Makes that if need be, unless only to look.
pub(crate) fn url(
    agent: Vendor,
    relay: &RelayArgs,
    place: &Place,
    only_look: bool,
) -> Result<RelayUrl, Failure> {
    let url = relay.url();
    if let Some(path) = url.credentials().and_then(Credentials::path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        return Ok(url.with_credentials(Some(Credentials::file(path))));
    }
    let Some(folder) = place.with_keys() else {
        return Ok(url.with_credentials(None));
    };
    let path = file(&folder, agent);
    if !only_look {
        make(&folder, agent, &path)?;
    }
    Ok(url.with_credentials(Some(Credentials::file(path))))
}

fn file(folder: &Path, agent: Vendor) -> PathBuf {
    folder.join("access").join(format!("{}.token", agent.id()))
}

fn make(folder: &Path, agent: Vendor, path: &Path) -> Result<(), Failure> {
    let keyring = Keyring::open(folder).map_err(failed)?;
    let member = MemberId::new(agent.id()).map_err(|error| Failure::Failed(error.to_string()))?;
    let listed = keyring.list().map_err(failed)?;
    let is_good = listed.iter().any(|listed| {
        let is_ours = |bearer: &Bearer| bearer.made_by == MADE_BY && bearer.member == member;
        listed.bearer.as_ref().is_some_and(is_ours)
            && listed.revoked_at.is_none()
            && listed.expires_at > now().saturating_add(AT_LEAST)
    });
    if is_good && path.exists() {
        return Ok(());
    }
    let own: Result<Pattern, PatternError> = format!("{}-*", agent.id()).parse();
    let own = own.map_err(|error| Failure::Failed(error.to_string()))?;
    let bearer = Bearer {
        member,
        name: agent.name().to_owned(),
        kind: MemberKind::Agent,
        grants: vec![Role::Agent.grant(own.clone())],
        speaks_for: vec![own],
        made_by: MADE_BY.to_owned(),
    };
    let (_, token) = keyring
        .token(&bearer, now().saturating_add(LASTS))
        .map_err(failed)?;
    secret::write(path, token.reveal(), true).map_err(Failure::Failed)
}
