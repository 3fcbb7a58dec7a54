//! Which relay a command talks to, and who speaks.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pilothouse_shared::{Hello, MemberId, MemberKind};

use super::token;
use crate::client::{Credentials, Fingerprint, RelayUrl};

/// Which relay a command talks to, as typed.
#[derive(Debug, Clone, Args)]
pub struct RelayArgs {
    /// The relay's address
    #[arg(
        long,
        value_name = "URL",
        env = "PILOTHOUSE_URL",
        default_value = "http://127.0.0.1:8420"
    )]
    url: RelayUrl,

    /// Trust the certificate with this SHA-256 fingerprint, and no other
    ///
    /// For an https:// address of a relay that made its certificate itself: `pilothouse serve
    /// --tls-self-signed` prints the fingerprint. Without it, a certificate needs somebody who vouches for
    /// it, as in browsers.
    #[arg(long, value_name = "SHA256", env = "PILOTHOUSE_FINGERPRINT")]
    fingerprint: Option<Fingerprint>,

    /// Show the token in this file to be let in [default: the token in the variable PILOTHOUSE_TOKEN]
    ///
    /// `pilothouse token create --out FILE` makes one. A token is never typed: a command line is seen by
    /// everybody on the machine.
    #[arg(long, value_name = "FILE", env = "PILOTHOUSE_TOKEN_FILE")]
    token_file: Option<PathBuf>,
}

impl RelayArgs {
    /// The relay's address, how it is known, and what is shown to be let in.
    #[must_use]
    pub fn url(&self) -> RelayUrl {
        let file = self.token_file.clone().map(Credentials::file);
        let credentials = file.or_else(token::from_environment);
        let url = self.url.clone().pinned(self.fingerprint);
        url.with_credentials(credentials)
    }
}

/// The settings of every command that opens a link to a relay, as typed.
#[derive(Debug, Clone, Args)]
pub struct ConnectArgs {
    /// The relay.
    #[command(flatten)]
    pub relay: RelayArgs,

    /// What people call you [default: the member id]
    #[arg(long, value_name = "NAME", env = "PILOTHOUSE_NAME")]
    pub name: Option<String>,

    /// A stable id, so that the relay knows you again [default: made by the relay]
    #[arg(long, value_name = "MEMBER", env = "PILOTHOUSE_MEMBER")]
    pub member: Option<MemberId>,

    /// Program or person [default: the kind of member that would use this command]
    #[arg(long, value_name = "KIND", env = "PILOTHOUSE_KIND")]
    pub kind: Option<Kind>,
}

/// [`MemberKind`] as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A program that publishes
    Agent,
    /// A person
    Human,
}

impl ConnectArgs {
    /// Who speaks, for a command whose user is of this kind unless said otherwise.
    #[must_use]
    pub fn hello(&self, usual: MemberKind) -> Hello {
        let kind = match self.kind {
            None => usual,
            Some(Kind::Agent) => MemberKind::Agent,
            Some(Kind::Human) => MemberKind::Human,
        };
        Hello {
            member: self.member.clone(),
            name: self.name.clone(),
            kind,
            token: None,
        }
    }
}
