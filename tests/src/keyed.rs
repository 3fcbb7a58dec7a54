//! A relay with keys: it knows everybody, and lets in those whom it was told to.

use std::time::{Duration, SystemTime};

use pilothouse_relay::access::{Bearer, Grant, Keyring};
use pilothouse_shared::MemberKind;
use tempfile::TempDir;

use crate::{Agent, Process};

/// How long access lasts that a test does not wait for.
const LONG: Duration = Duration::from_secs(3_600);

/// A running relay, and its keys.
#[derive(Debug)]
pub struct Keyed {
    /// The relay.
    pub relay: Process,
    keyring: Keyring,
}

impl Keyed {
    /// Starts one with more settings, as flags.
    pub async fn start(arguments: &[&str]) -> Self {
        let data = TempDir::new().unwrap();
        let keyring = Keyring::open(data.path()).unwrap();
        let relay = Process::on(data, &[], arguments).await;
        Self { relay, keyring }
    }

    /// An agent that may publish everywhere, in a channel.
    #[must_use]
    pub fn agent(&self, channel: &str) -> Agent {
        let token = self.token("claude", &["*:publish"]);
        Agent::new(&self.relay.url(), channel, "claude").with_token(&token)
    }

    /// A token for a program.
    #[must_use]
    pub fn token(&self, name: &str, grants: &[&str]) -> String {
        let bearer = bearer(name, MemberKind::Agent, grants);
        let (_, token) = self.keyring.token(&bearer, after(LONG)).unwrap();
        token.reveal().to_owned()
    }

    /// The fragment of a link for a person.
    #[must_use]
    pub fn link(&self, name: &str, grants: &[&str]) -> String {
        self.link_for(LONG, name, grants)
    }

    /// The fragment of a link to something that lasts so long.
    #[must_use]
    pub fn link_for(&self, span: Duration, name: &str, grants: &[&str]) -> String {
        let bearer = bearer(name, MemberKind::Human, grants);
        let code = self.keyring.link(bearer, after(span)).unwrap();
        format!("#join={}", code.reveal())
    }

    /// Takes back what was made for somebody of this name.
    pub fn take_back(&self, name: &str) {
        let listed = self.keyring.list().unwrap().into_iter();
        let theirs =
            listed.filter(|listed| listed.bearer.as_ref().is_some_and(|it| it.name == name));
        for listed in theirs {
            assert!(self.keyring.revoke(&listed.id).unwrap());
        }
    }
}

fn bearer(name: &str, kind: MemberKind, grants: &[&str]) -> Bearer {
    let grant = |grant: &&str| grant.parse::<Grant>().unwrap();
    Bearer {
        member: Bearer::member_for(name),
        name: name.to_owned(),
        kind,
        grants: grants.iter().map(grant).collect(),
        speaks_for: Vec::new(),
        made_by: "a test".to_owned(),
    }
}

fn after(span: Duration) -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    (now.unwrap() + span).as_millis().try_into().unwrap()
}
