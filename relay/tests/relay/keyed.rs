//! A relay with keys, and tokens for it.

use std::time::{SystemTime, UNIX_EPOCH};

use pilothouse_relay::access::{Bearer, Grant, Keyring, Listed};
use pilothouse_relay::config::Config;
use pilothouse_shared::MemberKind;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Answer, Relay, Socket, in_folder};

/// Every right there is.
pub(crate) const RIGHTS: [&str; 5] = ["publish", "watch", "steer", "approve", "admin"];

/// An hour.
const HOUR_MS: u64 = 3_600_000;

pub(crate) struct Keyed {
    pub(crate) relay: Relay,
    pub(crate) keyring: Keyring,
    pub(crate) folder: TempDir,
}

/// Milliseconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// For a member that may do this, as `PATTERN:RIGHT+RIGHT`.
pub(crate) fn bearer(member: &str, kind: MemberKind, grants: &[&str]) -> Bearer {
    Bearer {
        member: member.parse().unwrap(),
        name: member.to_owned(),
        kind,
        grants: grants
            .iter()
            .map(|grant| grant.parse::<Grant>().unwrap())
            .collect(),
        speaks_for: Vec::new(),
        made_by: "a test".to_owned(),
    }
}

impl Keyed {
    pub(crate) async fn start() -> Self {
        Self::with(|config| config).await
    }

    pub(crate) async fn with(change: impl FnOnce(Config) -> Config) -> Self {
        let folder = TempDir::new().unwrap();
        let keyring = Keyring::open(folder.path()).unwrap();
        let relay = Relay::with(change(in_folder(&folder))).await;
        Self {
            relay,
            keyring,
            folder,
        }
    }

    /// A person's token for an hour.
    pub(crate) fn person(&self, member: &str, grants: &[&str]) -> String {
        self.until(&bearer(member, MemberKind::Human, grants), now() + HOUR_MS)
    }

    /// A program's token for an hour.
    pub(crate) fn agent(&self, member: &str, grants: &[&str]) -> String {
        self.until(&bearer(member, MemberKind::Agent, grants), now() + HOUR_MS)
    }

    /// A token that ends then.
    pub(crate) fn until(&self, bearer: &Bearer, expires_at: u64) -> String {
        let (_, token) = self.keyring.token(bearer, expires_at).unwrap();
        token.reveal().to_owned()
    }

    /// A token that may do everything.
    pub(crate) fn admin(&self) -> String {
        self.person("admin", &["*:publish+watch+steer+approve+admin"])
    }

    /// The register's entry of a member's token.
    pub(crate) fn listed(&self, member: &str) -> Listed {
        let is_of = |listed: &Listed| {
            listed
                .bearer
                .as_ref()
                .is_some_and(|b| b.member.as_str() == member)
        };
        self.keyring
            .list()
            .unwrap()
            .into_iter()
            .find(is_of)
            .unwrap()
    }

    pub(crate) async fn call(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Value,
    ) -> Answer {
        let request = self.relay.request(method, path).bearer_auth(token);
        let request = match body {
            Value::Null => request,
            body => request.json(&body),
        };
        Answer::to(request).await
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.call(token, Method::GET, path, Value::Null).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.call(token, Method::POST, path, body).await
    }

    /// Publishes one body.
    pub(crate) async fn publish(&self, token: &str, channel: &str, body: Value) -> Answer {
        self.post(token, &format!("/api/channels/{channel}/events"), body)
            .await
    }

    /// A socket whose handshake shows the token.
    pub(crate) async fn socket(&self, token: &str) -> Socket {
        let bearer = format!("Bearer {token}");
        Socket::open(&self.relay, "/ws", &[("authorization", &bearer)]).await
    }

    /// The code of a link for a person with these grants.
    pub(crate) fn link(&self, member: &str, grants: &[&str]) -> String {
        let bearer = bearer(member, MemberKind::Human, grants);
        let code = self.keyring.link(bearer, now() + HOUR_MS).unwrap();
        code.reveal().to_owned()
    }

    /// The cookie of a browser that opens a link.
    pub(crate) async fn sign_in(&self, code: &str) -> Answer {
        self.relay
            .post("/api/session", json!({ "code": code }).to_string())
            .await
    }
}

/// The cookie that an answer sets, as a browser sends it back.
pub(crate) fn cookie(answer: &Answer) -> String {
    let line = answer.headers["set-cookie"].to_str().unwrap();
    line.split(';').next().unwrap().to_owned()
}
