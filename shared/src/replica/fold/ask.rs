//! Requests and their one outcome.

use super::{Entry, weight_of};
use crate::limits::snapshot::REQUESTS;
use crate::{Ask, Author, Body, Event, Millis, RequestEntry, RequestId, Resolution, Visibility};

pub(super) fn request(requests: &mut Vec<RequestEntry>, event: &Event) {
    match &event.body {
        Body::PermissionRequested(body) => {
            let ask = Ask::Permission {
                tool: body.tool.clone(),
                input: body.input.clone(),
                suggestions: body.suggestions.clone(),
            };
            let terms = (body.expires_at, body.waits);
            asked(requests, event, &body.request, ask, terms);
        }
        Body::QuestionAsked(body) => {
            let ask = Ask::Question {
                text: body.text.clone(),
                options: body.options.clone(),
            };
            let terms = (body.expires_at, body.waits);
            asked(requests, event, &body.request, ask, terms);
        }
        Body::PermissionResolved(body) => {
            let resolution = Resolution {
                outcome: body.outcome,
                at: event.at,
                author: event.author.clone(),
                message: body.message.clone(),
                updated_input: body.updated_input.clone(),
                suggestions: body.suggestions.clone(),
                answer: None,
            };
            resolved(requests, event, &body.request, &resolution);
        }
        Body::QuestionAnswered(body) => {
            let resolution = Resolution {
                outcome: body.outcome,
                at: event.at,
                author: event.author.clone(),
                message: None,
                updated_input: None,
                suggestions: None,
                answer: body.answer.clone(),
            };
            resolved(requests, event, &body.request, &resolution);
        }
        _ => {}
    }
}

fn asked(
    requests: &mut Vec<RequestEntry>,
    event: &Event,
    request: &RequestId,
    ask: Ask,
    (expires_at, waits): (Option<Millis>, Option<bool>),
) {
    let is_seen = |entry: &RequestEntry| {
        entry
            .visibility
            .covers(&entry.author, &event.visibility, &event.author)
    };
    let is_known = |entry: &RequestEntry| entry.request == *request && is_seen(entry);
    if requests.iter().any(is_known) {
        return;
    }
    requests.push(RequestEntry {
        request: request.clone(),
        seq: event.seq,
        at: event.at,
        author: event.author.clone(),
        visibility: event.visibility.clone(),
        ask,
        expires_at,
        waits,
        resolution: None,
    });
    super::evict(requests, REQUESTS);
}

/// The first outcome wins; later ones change nothing.
fn resolved(
    requests: &mut [RequestEntry],
    event: &Event,
    request: &RequestId,
    resolution: &Resolution,
) {
    let is_meant = |entry: &&mut RequestEntry| {
        entry.request == *request && entry.is_open() && entry.is_changed_by(event)
    };
    for entry in requests.iter_mut().filter(is_meant) {
        entry.resolution = Some(resolution.clone());
    }
}

impl Entry for RequestEntry {
    fn visibility(&self) -> &Visibility {
        &self.visibility
    }

    fn author(&self) -> &Author {
        &self.author
    }

    fn weight(&self) -> usize {
        match &self.ask {
            Ask::Permission {
                tool,
                input,
                suggestions,
            } => {
                let suggestions = suggestions.iter().flatten().map(weight_of).sum::<usize>();
                tool.len() + weight_of(input) + suggestions
            }
            Ask::Question { text, options } => {
                text.len() + options.iter().flatten().map(String::len).sum::<usize>()
            }
        }
    }

    fn is_open(&self) -> bool {
        self.is_open()
    }
}

impl RequestEntry {
    /// Whether it has no outcome yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.resolution.is_none()
    }
}
