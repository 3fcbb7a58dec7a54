//! What is published, as proposals; and who publishes it.

use pilothouse_shared::{
    Author, Body, Custom, EventId, Extra, Hint, HintAcknowledged, HintGiven, MemberId, MemberKind,
    Message, MessageKind, OperationStarted, Outcome, QuestionAnswered, QuestionAsked, RequestId,
    Role, Usage, Visibility,
};
use serde_json::json;

use super::act::{Audience, Saying, What};
use super::oracle::{Secret, Truth};
use crate::channel::Proposal;

/// Twenty of these are more than a channel keeps in memory.
const LARGE_BYTES: usize = 220_000;

/// Everybody there is.
pub(super) fn member(at: usize) -> Author {
    let (name, kind) = [
        ("ada", MemberKind::Human),
        ("bob", MemberKind::Human),
        ("claude", MemberKind::Agent),
        ("dev", MemberKind::Agent),
    ][at % 4];
    Author {
        member: MemberId::new(name).unwrap(),
        name: name.to_owned(),
        kind,
    }
}

/// Something to follow up on.
#[derive(Debug, Clone)]
struct Opened {
    id: String,
    author: MemberId,
    visibility: Visibility,
}

/// Makes proposals, each with a secret in its text.
#[derive(Debug, Default)]
pub(super) struct Sayings {
    hints: Vec<Opened>,
    questions: Vec<Opened>,
    n_made: usize,
}

impl Sayings {
    pub(super) fn proposal(&mut self, saying: Saying, by: Author, truth: &Truth) -> Proposal {
        self.n_made += 1;
        let followed = match saying.what {
            What::Acknowledge(back) => nth_back(&self.hints, back),
            What::Answer(back) => nth_back(&self.questions, back),
            _ => None,
        };
        let visibility = self.audience(saying);
        let secret = match &followed {
            Some(opened) => Secret {
                author: opened.author.clone(),
                visibility: opened.visibility.clone(),
                also: Some(by.member.clone()),
            },
            None => Secret {
                author: by.member.clone(),
                visibility: visibility.clone(),
                also: None,
            },
        };
        let text = truth.lock().secret(secret);
        let id = saying.id.map(|id| format!("id-{id}"));
        let id = match saying.what {
            What::Hint => Some(id.unwrap_or_else(|| format!("hint-{}", self.n_made))),
            _ => id,
        };
        let opened = Opened {
            id: match (saying.what, &id) {
                (What::Hint, Some(id)) => id.clone(),
                _ => format!("question-{}", self.n_made),
            },
            author: by.member.clone(),
            visibility: visibility.clone(),
        };
        let followed = followed.map_or_else(|| "none".to_owned(), |opened| opened.id);
        let body = self.body(saying.what, text, followed, opened);
        let id = id.map(|id| EventId::new(id).unwrap());
        Proposal {
            author: by,
            body,
            id,
            visibility,
        }
    }

    fn audience(&self, saying: Saying) -> Visibility {
        let only = |names: &[&str]| {
            let members = names.iter().map(|name| MemberId::new(*name).unwrap());
            Visibility::Only(members.collect())
        };
        let must_be_seen = matches!(saying.what, What::Hint | What::Question);
        match saying.to {
            Audience::Agents if !must_be_seen => Visibility::Agents,
            Audience::Everybody | Audience::Agents => Visibility::Public,
            Audience::Ada => only(&["ada"]),
            Audience::BobAndClaude => only(&["bob", "claude"]),
        }
    }

    fn body(&mut self, what: What, text: String, followed: String, opened: Opened) -> Body {
        let extra = Extra::new();
        match what {
            What::Hint => {
                self.hints.push(opened);
                let extra = Extra::new();
                Body::HintGiven(HintGiven {
                    hint: Hint::Text { text, extra },
                    to: None,
                    session: None,
                    expires_at: None,
                    extra: Extra::new(),
                })
            }
            What::Question => {
                let request = RequestId::new(opened.id.clone()).unwrap();
                self.questions.push(opened);
                Body::QuestionAsked(QuestionAsked {
                    request,
                    text,
                    options: None,
                    expires_at: None,
                    waits: None,
                    extra,
                })
            }
            What::Acknowledge(_) => Body::HintAcknowledged(HintAcknowledged {
                hint: EventId::new(followed).unwrap(),
                note: Some(text),
                extra,
            }),
            What::Answer(_) => Body::QuestionAnswered(QuestionAnswered {
                request: RequestId::new(followed).unwrap(),
                outcome: Outcome::Answered,
                answer: Some(text),
                extra,
            }),
            What::Message | What::Work | What::Usage | What::Custom | What::Large => {
                plain(what, text)
            }
        }
    }
}

/// What nothing follows up on.
fn plain(what: What, text: String) -> Body {
    let extra = Extra::new();
    match what {
        What::Work => Body::OperationStarted(OperationStarted {
            operation: text,
            status: None,
            extra,
        }),
        What::Usage => Body::Usage(Usage {
            model: Some(text),
            input_tokens: 1,
            output_tokens: 2,
            cache_read_tokens: None,
            cost_usd: Some(0.25),
            extra,
        }),
        What::Custom => Body::Custom(Custom {
            name: text,
            data: json!({"any": [1, null, "thing"]}),
            extra,
        }),
        What::Large => Body::Custom(Custom {
            name: text,
            data: json!("x".repeat(LARGE_BYTES)),
            extra,
        }),
        _ => Body::Message(Message {
            role: Role::User,
            text,
            kind: MessageKind::Text,
            message: None,
            extra,
        }),
    }
}

fn nth_back(opened: &[Opened], back: usize) -> Option<Opened> {
    let at = opened.len().checked_sub(back + 1)?;
    opened.get(at).cloned()
}
