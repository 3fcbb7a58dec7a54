//! Requests on the page.

pub mod about;
pub mod answer;

use pilothouse_shared::{Ask, ChannelId, Millis, RequestEntry};
use serde_json::Value;

use super::order::sort;
use super::summary::{line, object_of};
use about::Piece;

/// How long an outcome stays beside the open requests, in milliseconds.
pub const SHOWN_FOR_MS: Millis = 30_000;

/// Most rules offered.
const RULES: usize = 3;

/// A request on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its id.
    pub id: String,
    /// Who asks.
    pub from: String,
    /// When it was asked.
    pub at: Millis,
    /// What is asked, on one line.
    pub title: String,
    /// What it is about, on one line.
    pub subject: String,
    /// All of it.
    pub about: Vec<Piece>,
    /// What the tool would be called with.
    pub input: Value,
    /// Answers to choose from; `None` for a permission, empty for a free answer.
    pub options: Option<Vec<String>>,
    /// Rules that would answer this for good, each with what people read of it.
    pub always: Vec<(String, Value)>,
    /// After this nobody waits for it.
    pub expires_at: Option<Millis>,
    /// `open`, or the name of its outcome.
    pub outcome: &'static str,
    /// What people read of the outcome.
    pub ended: Option<String>,
    /// When it was resolved.
    pub ended_at: Option<Millis>,
}

impl Request {
    /// What the page shows of an entry.
    #[must_use]
    pub fn of(entry: &RequestEntry) -> Self {
        let from = entry.author.name.clone();
        let mut always = Vec::new();
        let mut called_with = Value::Null;
        let (title, subject, about, options) = match &entry.ask {
            Ask::Permission {
                tool,
                input,
                suggestions,
            } => {
                let offered = suggestions.iter().flatten().take(RULES);
                always.extend(offered.map(|rule| (rule_of(rule), rule.clone())));
                called_with = input.clone();
                (
                    format!("{from} asks to use {tool}"),
                    object_of(input),
                    about::of(input),
                    None,
                )
            }
            Ask::Question { text, options } => (
                format!("{from} asks"),
                line(text),
                vec![Piece::Note(text.clone())],
                Some(options.clone().unwrap_or_default()),
            ),
        };
        let resolution = entry.resolution.as_ref();
        Self {
            id: entry.request.to_string(),
            from,
            at: entry.at,
            title,
            subject,
            about,
            input: called_with,
            options,
            always,
            expires_at: entry.expires_at,
            outcome: resolution.map_or("open", |ended| ended.outcome.name()),
            ended: resolution.map(|ended| {
                let words = ended.answer.as_ref().or(ended.message.as_ref());
                let head = sentence(ended.outcome.name(), &ended.author.name);
                words.map_or(head.clone(), |words| format!("{head}: {words}"))
            }),
            ended_at: resolution.map(|ended| ended.at),
        }
    }

    /// Whether nobody has answered it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }

    /// Whether it belongs with the open ones: open, or resolved a moment ago.
    #[must_use]
    pub fn is_current(&self, now: Millis) -> bool {
        self.ended_at
            .is_none_or(|at| now.saturating_sub(at) < SHOWN_FOR_MS)
    }
}

/// A request and where it was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The channel.
    pub channel: ChannelId,
    /// What people call the channel.
    pub place: String,
    /// The request.
    pub request: Request,
}

/// Every request of every channel.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inbox {
    /// Those nobody has answered, in the order in which their time runs out, then the oldest first.
    pub open: Vec<Asked>,
    /// Those resolved a while ago, the last one first.
    pub ended: Vec<Asked>,
}

/// How long an outcome stays in the inbox, in milliseconds.
pub const REMEMBERED_FOR_MS: Millis = 10 * 60_000;

/// Most outcomes in the inbox.
const REMEMBERED: usize = 50;

impl Inbox {
    /// The requests as the inbox shows them.
    #[must_use]
    pub fn of(asked: Vec<Asked>, now: Millis) -> Self {
        let is_open = |asked: &Asked| asked.request.is_open();
        let (mut open, mut ended): (Vec<_>, Vec<_>) = asked.into_iter().partition(is_open);
        let due = |asked: &Asked| {
            let request = &asked.request;
            (request.expires_at.unwrap_or(Millis::MAX), request.at)
        };
        sort(&mut open, |a, b| due(a) < due(b));
        ended.retain(|asked| {
            let at = asked.request.ended_at.unwrap_or_default();
            now.saturating_sub(at) < REMEMBERED_FOR_MS
        });
        sort(&mut ended, |a, b| a.request.ended_at > b.request.ended_at);
        ended.truncate(REMEMBERED);
        Self { open, ended }
    }
}

/// A rule as its agent's vendor shapes it, in a few words.
fn rule_of(rule: &Value) -> String {
    let first = &rule["rules"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (tool, content) = (text(&first["toolName"]), text(&first["ruleContent"]));
    match (tool.as_str(), content.as_str()) {
        ("", _) => ["mode", "type"]
            .iter()
            .map(|field| text(&rule[field]))
            .find(|text| !text.is_empty())
            .unwrap_or_default(),
        (_, "") => tool,
        _ => format!("{tool}({content})"),
    }
}

fn sentence(outcome: &str, by: &str) -> String {
    match outcome {
        "expired" => "Expired: nobody answered in time".to_owned(),
        "elsewhere" => "Answered elsewhere, such as in the agent's terminal".to_owned(),
        "withdrawn" => format!("Withdrawn by {by}"),
        "allowed" => format!("Allowed by {by}"),
        "denied" => format!("Denied by {by}"),
        _ => format!("Answered by {by}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(resolution: &serde_json::Value) -> RequestEntry {
        let author = json!({"member": "a", "name": "Claude", "kind": "agent"});
        serde_json::from_value(json!({
            "request": "r1", "seq": 1, "at": 5, "author": author, "resolution": resolution,
            "ask": {"kind": "permission", "tool": "Bash", "input": {"command": "rm -r build"}},
        }))
        .unwrap()
    }

    #[test]
    fn an_open_request_says_who_wants_to_do_what() {
        let request = Request::of(&entry(&json!(null)));
        assert_eq!(request.title, "Claude asks to use Bash");
        assert_eq!(
            (request.subject.as_str(), request.outcome),
            ("rm -r build", "open")
        );
        assert!(request.is_open() && request.is_current(u64::MAX));
    }

    #[test]
    fn a_rule_is_offered_in_a_few_words() {
        let mut asked = entry(&json!(null));
        let Ask::Permission { suggestions, .. } = &mut asked.ask else {
            unreachable!()
        };
        *suggestions = serde_json::from_value(json!([
            {"type": "addRules", "rules": [{"toolName": "Bash", "ruleContent": "rm:*"}]},
            {"type": "addRules", "rules": [{"toolName": "Read"}]},
            {"type": "setMode", "mode": "acceptEdits"},
            {"type": "more"},
        ]))
        .unwrap();
        let always = Request::of(&asked).always;
        let words: Vec<_> = always.iter().map(|(words, _)| words.as_str()).collect();
        assert_eq!(words, ["Bash(rm:*)", "Read", "acceptEdits"]);
    }

    #[test]
    fn the_inbox_begins_with_whose_time_runs_out() {
        let by = json!({"member": "p", "name": "Ada"});
        let asked = |at, expires_at, resolution: serde_json::Value| {
            let mut entry = entry(&resolution);
            (entry.at, entry.expires_at) = (at, expires_at);
            let channel = ChannelId::new("build").unwrap();
            let request = Request::of(&entry);
            Asked {
                channel,
                place: format!("{at}"),
                request,
            }
        };
        let ended = |at| json!({"outcome": "denied", "at": at, "author": by});
        let all = vec![
            asked(1, None, json!(null)),
            asked(3, Some(60), json!(null)),
            asked(2, Some(50), json!(null)),
            asked(4, None, ended(5)),
            asked(5, None, ended(9)),
        ];
        let inbox = Inbox::of(all, 5 + REMEMBERED_FOR_MS);
        let places = |asked: &[Asked]| -> Vec<String> {
            asked.iter().map(|asked| asked.place.clone()).collect()
        };
        assert_eq!(places(&inbox.open), ["2", "3", "1"]);
        assert_eq!(places(&inbox.ended), ["5"]);
    }

    #[test]
    fn an_outcome_is_shown_beside_the_open_ones_for_a_moment() {
        let by = json!({"member": "p", "name": "Ada"});
        let request = Request::of(&entry(
            &json!({"outcome": "denied", "at": 9, "author": by, "message": "too broad"}),
        ));
        assert_eq!(request.ended.as_deref(), Some("Denied by Ada: too broad"));
        assert!(request.is_current(9 + SHOWN_FOR_MS - 1));
        assert!(!request.is_current(9 + SHOWN_FOR_MS));
    }
}
