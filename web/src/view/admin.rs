//! Tokens and links, for who looks after the relay.

use pilothouse_shared::Millis;
use serde_json::Value;

use super::access::in_words;
use super::json::items;

/// The roles of people, and what each may do.
pub const ROLES: [(&str, &str); 4] = [
    ("observer", "Observer: watches"),
    ("steerer", "Steerer: watches and gives hints"),
    ("approver", "Approver: steers and answers requests"),
    ("admin", "Admin: everything, also making links"),
];

/// How long access may last, in seconds and in words.
pub const SPANS: [(&str, &str); 5] = [
    ("3600", "1 hour"),
    ("86400", "1 day"),
    ("604800", "7 days"),
    ("2592000", "30 days"),
    ("31536000", "1 year"),
];

/// A token or a connection on its line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Unique.
    pub id: String,
    /// Whose it is.
    pub name: String,
    /// What it allows and who made it, or from where it comes.
    pub about: String,
    /// When it ends, or began.
    pub at: Option<Millis>,
    /// Whether it opens something.
    pub is_valid: bool,
}

/// The lines of an answer of `GET /api/tokens`, the newest first.
#[must_use]
pub fn tokens(answer: &Value, now: Millis) -> Vec<Line> {
    let line = |token: &Value| {
        let expires_at = token["expires_at"].as_u64();
        let (is_back, is_over) = (!token["revoked_at"].is_null(), expires_at <= Some(now));
        let standing = match (is_back, is_over) {
            (true, _) => " · taken back",
            (_, true) => " · expired",
            _ => "",
        };
        let by = token["made_by"].as_str().unwrap_or("another issuer");
        let about = [
            "may ",
            &in_words(&token["grants"]),
            " · made by ",
            by,
            standing,
        ]
        .concat();
        Line {
            at: expires_at.filter(|_| standing.is_empty()),
            is_valid: standing.is_empty(),
            ..line_of(token, "id", about)
        }
    };
    items(&answer["tokens"]).iter().rev().map(line).collect()
}

/// The lines of an answer of `GET /api/connections`.
#[must_use]
pub fn connections(answer: &Value) -> Vec<Line> {
    let line = |one: &Value| {
        let from = one["address"].as_str().unwrap_or_default();
        let about = [one["kind"].as_str().unwrap_or_default(), " · ", from].concat();
        Line {
            at: one["since"].as_u64(),
            ..line_of(one, "connection", about)
        }
    };
    items(&answer["connections"]).iter().map(line).collect()
}

fn line_of(entry: &Value, id: &str, about: String) -> Line {
    let id = entry[id].as_str().unwrap_or_default();
    Line {
        id: id.to_owned(),
        name: entry["name"].as_str().unwrap_or(id).to_owned(),
        about,
        at: None,
        is_valid: false,
    }
}

/// An entry of the audit trail as a sentence: what was done, and what it allows. `None` when it is none.
#[must_use]
pub fn sentence(name: &str, by: &str, about: &Value) -> Option<(String, String)> {
    let text = |field: &str| about.get(field).and_then(Value::as_str);
    let did = match name.strip_prefix("audit.")? {
        "token_made" => "made a token for",
        "token_revoked" | "token_revoked_by" => "took back the token of",
        "link_made" => "made a link for",
        "link_opened" => "opened a link for",
        _ => return None,
    };
    // What the command line did, the relay tells.
    let by = text("made_by")
        .filter(|_| name == "audit.token_made")
        .unwrap_or(by);
    let whom = text("name").or(text("token")).unwrap_or("somebody");
    Some((format!("{by} {did} {whom}"), in_words(&about["grants"])))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_says_what_it_allows_and_whether_it_still_does() {
        let grants = json!([{"channels": "ops", "rights": ["watch"]}]);
        let token = |id, expires_at, revoked_at| {
            json!({"id": id, "name": "Ada", "grants": grants, "made_by": "me", "expires_at": expires_at,
                   "revoked_at": revoked_at})
        };
        let answer = json!({"tokens": [token("over", 5, None), token("back", 50, Some(3)), token("new", 50, None)]});
        let lines = tokens(&answer, 10);
        let said: Vec<_> = lines
            .iter()
            .map(|line| (line.id.as_str(), line.about.as_str(), line.at))
            .collect();
        let expected = [
            ("new", "may watch in ops · made by me", Some(50)),
            ("back", "may watch in ops · made by me · taken back", None),
            ("over", "may watch in ops · made by me · expired", None),
        ];
        assert_eq!(said, expected);
        assert_eq!(lines.iter().filter(|line| line.is_valid).count(), 1);
    }

    #[test]
    fn a_connection_says_from_where_it_comes() {
        let one = json!({"connection": "c1", "name": "Ada", "kind": "human", "since": 7, "address": "::1"});
        let lines = connections(&json!({"connections": [one], "total": 1}));
        let line = &lines[0];
        assert_eq!(
            (line.name.as_str(), line.about.as_str(), line.at),
            ("Ada", "human · ::1", Some(7))
        );
        assert_eq!(connections(&Value::Null), []);
    }

    #[test]
    fn the_audit_trail_reads_as_sentences() {
        let about = json!({"name": "phone", "made_by": "ada", "grants": ["ops:watch"]});
        let said = |name, about: &Value| {
            sentence(name, "Relay", about).map(|(did, what)| format!("{did} · {what}"))
        };
        assert_eq!(
            said("audit.token_made", &about).as_deref(),
            Some("ada made a token for phone · ops:watch")
        );
        assert_eq!(
            said("audit.token_revoked", &about).as_deref(),
            Some("Relay took back the token of phone · ops:watch")
        );
        let link =
            json!({"name": "phone", "grants": [{"channels": "*", "rights": ["watch", "steer"]}]});
        assert_eq!(
            said("audit.link_made", &link).as_deref(),
            Some("Relay made a link for phone · watch, steer everywhere")
        );
        assert_eq!(said("audit.something_else", &link), None);
        assert_eq!(said("display_input", &link), None);
    }
}
