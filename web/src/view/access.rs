//! Who one is to the relay, what one may do there, and what one shows to be let in.

use pilothouse_shared::{Millis, Right, pattern, read_fields};
use serde_json::{Value, json};

use super::json::items;

/// Every right that this page knows.
const EVERY: [Right; 5] = [
    Right::Publish,
    Right::Watch,
    Right::Steer,
    Right::Approve,
    Right::Admin,
];

/// Begins the fragment of a link to the relay.
const JOIN: &str = "#join=";

/// The answer of `GET /api/session`.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The member that one speaks as.
    pub member: String,
    /// What people call one.
    pub name: String,
    /// Whether everybody on the relay's machine may do everything.
    pub open: bool,
    /// Which rights where; empty in open mode.
    pub grants: Value,
    /// When this ends.
    pub expires_at: Option<Millis>,
}

read_fields!(Session {
    required: [member, name, open],
    optional: [grants, expires_at]
});

impl Session {
    /// Whether one may do this in a channel. The relay decides again; this is for what the page offers.
    #[must_use]
    pub fn allows(&self, right: Right, channel: &str) -> bool {
        if channel.starts_with(pattern::SYSTEM_PREFIX) {
            return right == Right::Watch && (self.open || self.is_admin());
        }
        self.open || self.holds(right, |pattern| pattern::matches(pattern, channel))
    }

    /// Whether one looks after the relay itself: in open mode there is nothing to look after.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.holds(Right::Admin, pattern::is_any)
    }

    fn holds(&self, right: Right, fits: impl Fn(&str) -> bool) -> bool {
        let holds = |grant: &Value| {
            let mut rights = items(&grant["rights"]).iter();
            let fits = grant["channels"].as_str().is_some_and(&fits);
            fits && rights.any(|held| held.as_str() == Some(right.name()))
        };
        items(&self.grants).iter().any(holds)
    }
}

/// Whether these are all rights there are: then there is nothing to ask for.
#[must_use]
pub fn is_whole(rights: &[Right]) -> bool {
    EVERY.iter().all(|right| rights.contains(right))
}

/// What one shows to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Knock {
    /// The code of a link.
    Code(String),
    /// A token.
    Token(String),
}

impl Knock {
    /// The code in a fragment such as `#join=abc`.
    #[must_use]
    pub fn in_fragment(fragment: &str) -> Option<Self> {
        let code = fragment.strip_prefix(JOIN)?;
        Some(Self::Code(code.to_owned()))
    }

    /// What somebody typed: a whole link, a token, or the code alone. Nothing when that is nothing.
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((_, code)) = text.split_once(JOIN) {
            return Some(Self::Code(code.to_owned()));
        }
        // A signed token has three parts.
        let make = match text.matches('.').count() {
            2 => Self::Token,
            _ => Self::Code,
        };
        (!text.is_empty()).then(|| make(text.to_owned()))
    }

    /// The body of `POST /api/session`.
    #[must_use]
    pub fn body(&self) -> Value {
        match self {
            Self::Code(code) => json!({ "code": code }),
            Self::Token(token) => json!({ "token": token }),
        }
    }
}

/// What grants allow, in words: `watch, steer in ops; publish everywhere`. Those of the audit trail are texts.
#[must_use]
pub fn in_words(grants: &Value) -> String {
    let mut said = String::new();
    for grant in items(grants) {
        if !said.is_empty() {
            said += "; ";
        }
        said += grant.as_str().unwrap_or_default();
        for (n, right) in items(&grant["rights"]).iter().enumerate() {
            said += if n == 0 { "" } else { ", " };
            said += right.as_str().unwrap_or_default();
        }
        match grant["channels"].as_str() {
            Some("*") => said += " everywhere",
            Some(channels) => {
                said += " in ";
                said += channels;
            }
            None => {}
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(grants: &Value) -> Session {
        let session = json!({"member": "ada-1", "name": "Ada", "open": false, "grants": grants});
        serde_json::from_value(session).unwrap()
    }

    #[test]
    fn rights_are_those_of_the_channel() {
        let session = session(&json!([
            {"channels": "*", "rights": ["watch"]},
            {"channels": "claude-*", "rights": ["steer", "levitate"]},
            {"channels": "ops", "rights": ["approve"]},
        ]));
        for (right, channel, may) in [
            (Right::Watch, "ops", true),
            (Right::Steer, "ops", false),
            (Right::Approve, "ops", true),
            (Right::Steer, "claude-7", true),
            (Right::Approve, "claude-7", false),
            (Right::Watch, "pilothouse-system-audit", false),
        ] {
            assert_eq!(session.allows(right, channel), may, "{right:?} {channel}");
        }
        assert!(!session.is_admin());
    }

    #[test]
    fn who_looks_after_the_relay_sees_its_own_channels_and_changes_nothing_there() {
        let every = json!(["publish", "watch", "steer", "approve", "admin"]);
        let admin = session(&json!([{"channels": "*", "rights": every}]));
        assert!(admin.is_admin());
        assert!(admin.allows(Right::Watch, "pilothouse-system-audit"));
        assert!(!admin.allows(Right::Steer, "pilothouse-system-audit"));
        let of_ops = session(&json!([{"channels": "ops", "rights": ["admin"]}]));
        assert!(!of_ops.is_admin());
    }

    #[test]
    fn in_open_mode_everything_is_allowed_and_nobody_is_admin() {
        let open = json!({"member": "a", "name": "A", "open": true, "rights": ["watch"]});
        let open: Session = serde_json::from_value(open).unwrap();
        assert!(open.allows(Right::Approve, "ops") && !open.is_admin());
    }

    #[test]
    fn a_link_a_code_and_a_token_are_told_apart() {
        let code = Some(Knock::Code("abc".to_owned()));
        for typed in [
            " https://relay.example/c/ops#join=abc\n",
            "#join=abc",
            "abc",
        ] {
            assert_eq!(Knock::typed(typed), code, "{typed}");
        }
        let token = Some(Knock::Token("a.b-c.d_e".to_owned()));
        assert_eq!(Knock::typed("a.b-c.d_e "), token);
        assert_eq!(Knock::typed(" \n"), None);
        assert_eq!(Knock::in_fragment("#join=abc"), code);
        assert_eq!(Knock::in_fragment("#e=abc"), None);
    }

    #[test]
    fn grants_read_as_a_sentence() {
        for (grants, words) in [
            (
                json!([{"channels": "*", "rights": ["watch"]}]),
                "watch everywhere",
            ),
            (
                json!([{"channels": "ops", "rights": ["watch", "steer"]},
                       {"channels": "a-*", "rights": ["publish"]}]),
                "watch, steer in ops; publish in a-*",
            ),
            (json!(["ops:watch", "*:admin"]), "ops:watch; *:admin"),
            (json!(null), ""),
        ] {
            assert_eq!(in_words(&grants), words);
        }
    }
}
