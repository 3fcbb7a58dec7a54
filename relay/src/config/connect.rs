//! Which relay a command talks to, and who speaks.

use clap::{Args, ValueEnum};
use pilothouse_shared::{Hello, MemberId, MemberKind};

use crate::client::RelayUrl;

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
    pub url: RelayUrl,
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
