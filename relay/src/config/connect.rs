//! Which relay a command talks to, and who speaks.

use clap::{Args, ValueEnum};
use pilothouse_shared::{Hello, MemberId, MemberKind};

use super::ConfigError;
use crate::client::RelayUrl;

/// The settings of every command that talks to a relay, as typed.
#[derive(Debug, Clone, Args)]
pub struct ConnectArgs {
    /// The relay's address
    #[arg(
        long,
        value_name = "URL",
        env = "PILOTHOUSE_URL",
        default_value = "http://127.0.0.1:8420"
    )]
    pub url: String,

    /// What people call you [default: the member id]
    #[arg(long, value_name = "NAME", env = "PILOTHOUSE_NAME")]
    pub name: Option<String>,

    /// A stable id, so that the relay knows you again [default: made by the relay]
    #[arg(long, value_name = "MEMBER", env = "PILOTHOUSE_MEMBER")]
    pub member: Option<MemberId>,

    /// Program or person [default: what fits the command]
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

/// Which relay to talk to, and what to tell it.
#[derive(Debug, Clone)]
pub struct Connect {
    /// The relay.
    pub url: RelayUrl,
    /// Who speaks.
    pub hello: Hello,
}

impl ConnectArgs {
    /// What the settings mean for a command whose user is a `kind` unless said otherwise.
    ///
    /// # Errors
    /// [`ConfigError::Url`] when the address is none of a relay.
    pub fn resolve(self, kind: MemberKind) -> Result<Connect, ConfigError> {
        let kind = match self.kind {
            None => kind,
            Some(Kind::Agent) => MemberKind::Agent,
            Some(Kind::Human) => MemberKind::Human,
        };
        Ok(Connect {
            url: self.url.parse()?,
            hello: Hello {
                member: self.member,
                name: self.name,
                kind,
                token: None,
            },
        })
    }
}
