//! What a request is called, and how it ends when nobody waits for it.

use pilothouse_shared::{
    Ask, Author, Body, Extra, Outcome, PermissionRequested, PermissionResolved, QuestionAnswered,
    QuestionAsked, RequestEntry, RequestId,
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::clock;
use crate::mask::is_like;

/// Bytes of a digest that tell two requests about one call apart.
const DIGEST_BYTES: usize = 8;

/// Ids for a permission request, the best first: the call's, so that whatever else reports on the call
/// is about this request; where that is taken by another, one that asking again finds again.
pub(super) fn ids(call: Option<&str>, who: &Author, tool: &str, input: &Input) -> Vec<RequestId> {
    let mut ids = Vec::with_capacity(3);
    if let Some(call) = call {
        let what = json!([who.member, tool, input]).to_string();
        let digest = Sha256::digest(what);
        let digest = digest.iter().take(DIGEST_BYTES);
        let digest: String = digest.map(|byte| format!("{byte:02x}")).collect();
        ids.extend(RequestId::new(call));
        ids.extend(RequestId::new(format!("{call}-{digest}")));
    }
    ids.push(clock::fresh(RequestId::new));
    ids
}

/// Whether this is what was asked, by the same member: only then its outcome is that of asking again.
pub(super) fn is_the_same(entry: &RequestEntry, who: &Author, body: &Body) -> bool {
    let same = match (&entry.ask, body) {
        (Ask::Permission { tool, input, .. }, Body::PermissionRequested(asked)) => {
            *tool == asked.tool && is_like(input, &asked.input)
        }
        (Ask::Question { text, options }, Body::QuestionAsked(asked)) => {
            is_like(&json!([text, options]), &json!([asked.text, asked.options]))
        }
        _ => false,
    };
    same && entry.author.member == who.member
}

/// The end of a request that nobody waits for any more; none for what is no request.
pub(super) fn withdrawal(body: &Body) -> Option<Body> {
    let outcome = Outcome::Withdrawn;
    let extra = Extra::new();
    match body {
        Body::PermissionRequested(PermissionRequested { request, .. }) => {
            Some(Body::PermissionResolved(PermissionResolved {
                request: request.clone(),
                outcome,
                by: None,
                message: None,
                updated_input: None,
                suggestions: None,
                extra,
            }))
        }
        Body::QuestionAsked(QuestionAsked { request, .. }) => {
            Some(Body::QuestionAnswered(QuestionAnswered {
                request: request.clone(),
                outcome,
                answer: None,
                extra,
            }))
        }
        _ => None,
    }
}

/// What a tool is called with.
pub(super) type Input = serde_json::Map<String, serde_json::Value>;

#[cfg(test)]
mod tests {
    use super::*;

    fn author(member: &str) -> Author {
        serde_json::from_value(json!({"member": member, "name": "x", "kind": "agent"})).unwrap()
    }

    fn input(command: &str) -> Input {
        Input::from_iter([("command".to_owned(), json!(command))])
    }

    fn entry(tool: &str, command: &str) -> RequestEntry {
        let entry = json!({
            "request": "1", "seq": 1, "at": 1, "author": author("a"),
            "ask": {"kind": "permission", "tool": tool, "input": input(command)},
        });
        serde_json::from_value(entry).unwrap()
    }

    /// A call's id alone decided: what was allowed under it once allowed everything.
    #[test]
    fn only_the_same_call_by_the_same_member_was_asked_before() {
        let body = json!({
            "type": "permission_requested", "request": "1", "tool": "Bash", "input": input("ls"),
        });
        let body: Body = serde_json::from_value(body).unwrap();
        assert!(is_the_same(&entry("Bash", "ls"), &author("a"), &body));
        for (entry, who) in [
            (entry("Bash", "rm -rf ."), "a"),
            (entry("Other", "ls"), "a"),
            (entry("Bash", "ls"), "b"),
        ] {
            assert!(!is_the_same(&entry, &author(who), &body), "{entry:?} {who}");
        }
    }

    #[test]
    fn a_request_is_named_after_its_call_and_then_after_what_it_is() {
        let ids = |call, who, command| ids(call, &author(who), "Bash", &input(command));
        let first = ids(Some("1"), "a", "ls");
        assert_eq!((first.len(), first[0].as_str()), (3, "1"));
        assert_eq!(ids(Some("1"), "a", "ls")[..2], first[..2]);
        for other in [ids(Some("1"), "a", "rm"), ids(Some("1"), "b", "ls")] {
            assert_eq!(other[0], first[0]);
            assert_ne!(other[1], first[1]);
        }
        assert_eq!(ids(None, "a", "ls").len(), 1);
        // Too long for an id.
        assert_eq!(ids(Some(&"x".repeat(10_000)), "a", "ls").len(), 1);
    }
}
