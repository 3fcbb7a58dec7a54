//! One row of the feed: an event, or several that belong together such as a tool's start and end.

mod read;

use pilothouse_shared::{Access, Author, Body, Event, Hint, MemberKind, Millis, Outcome};

use super::number::quantity;
use super::summary::inline;

/// One row of the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Seq of its first event; unique in the feed.
    pub seq: u64,
    /// Grows with every change of the row.
    pub revision: u32,
    /// Its events, oldest first; empty for a gap.
    pub events: Vec<Event>,
    /// When its first event happened.
    pub at: Millis,
    /// Who published it.
    pub author: Option<Author>,
    /// For icons, styles and tests: `tool`, else the wire's name of its body, or `gap`.
    pub kind: String,
    /// How much it wants to be seen.
    pub tone: Tone,
    /// What happened, in a few words.
    pub title: String,
    /// What it happened to.
    pub subject: String,
    /// A text to be read whole.
    pub text: Option<String>,
    /// How it stands, such as `running` or `denied`.
    pub state: Option<&'static str>,
    /// How long it took.
    pub took: Option<Millis>,
    /// It came while the page was watching, and not among many others: it may fade in.
    pub is_fresh: bool,
}

/// How much a row wants to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Of little value once seen.
    Dim,
    /// Ordinary.
    Plain,
    /// Still going on.
    Running,
    /// A line that a tool printed: one of many.
    Log,
    /// Said by a person or an agent.
    Spoken,
    /// Wants a person.
    Asking,
    /// Went wrong; its text stays open.
    Failed,
}

impl Tone {
    /// For class names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dim => "dim",
            Self::Plain => "plain",
            Self::Running => "running",
            Self::Log => "log",
            Self::Spoken => "spoken",
            Self::Asking => "asking",
            Self::Failed => "failed",
        }
    }
}

/// What later events of the same thing share with its first one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Thread {
    /// A tool's call.
    Call(String),
    /// A request.
    Request(String),
    /// A hint.
    Hint(String),
}

/// The thread an event belongs to, and whether it opens it.
#[must_use]
pub fn thread_of(event: &Event) -> Option<(Thread, bool)> {
    let call = |id: &dyn ToString, first| Some((Thread::Call(id.to_string()), first));
    let request = |id: &dyn ToString, first| Some((Thread::Request(id.to_string()), first));
    let hint = |id: &dyn ToString, first| Some((Thread::Hint(id.to_string()), first));
    match &event.body {
        Body::ToolStarted(tool) => call(&tool.call, true),
        Body::ToolFinished(tool) => call(&tool.call, false),
        Body::PermissionRequested(asked) => request(&asked.request, true),
        Body::PermissionResolved(resolved) => request(&resolved.request, false),
        Body::QuestionAsked(asked) => request(&asked.request, true),
        Body::QuestionAnswered(answered) => request(&answered.request, false),
        Body::HintGiven(_) => hint(&event.id, true),
        Body::HintDelivered(delivered) => hint(&delivered.hint, false),
        Body::HintAcknowledged(acknowledged) => hint(&acknowledged.hint, false),
        Body::HintExpired(expired) => hint(&expired.hint, false),
        _ => None,
    }
}

/// Whether somebody said so on purpose, and not nobody, or somebody elsewhere.
fn is_said(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::Expired | Outcome::Elsewhere)
}

impl Row {
    /// Who answered what was asked here, if somebody did.
    #[must_use]
    pub fn answered_by(&self) -> Option<&str> {
        let answer = self.events.iter().rev().find(|event| match &event.body {
            Body::PermissionResolved(resolved) => is_said(resolved.outcome),
            Body::QuestionAnswered(answered) => is_said(answered.outcome),
            _ => false,
        })?;
        Some(&answer.author.name)
    }

    /// A row of one event.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let mut row = Self {
            seq: event.seq.0,
            revision: 0,
            events: vec![event.clone()],
            at: event.at,
            author: Some(event.author.clone()),
            kind: event.body.type_name().to_owned(),
            tone: Tone::Plain,
            title: String::new(),
            subject: String::new(),
            text: None,
            state: None,
            took: None,
            is_fresh: false,
        };
        row.read(event);
        row
    }

    /// A row that says that events are missing.
    #[must_use]
    pub fn gap(from: u64, to: u64) -> Self {
        let range = if from == to {
            from.to_string()
        } else {
            format!("{from} to {to}")
        };
        Self {
            seq: from,
            revision: 0,
            events: Vec::new(),
            at: 0,
            author: None,
            kind: "gap".to_owned(),
            tone: Tone::Failed,
            title: "Missing".to_owned(),
            subject: format!("event {range}: the relay no longer holds it"),
            text: None,
            state: None,
            took: None,
            is_fresh: false,
        }
    }

    /// Takes up a later event of the same thread.
    pub fn join(&mut self, event: &Event) {
        self.read_later(event);
        self.events.push(event.clone());
        self.revision += 1;
    }

    /// Its first event's id, for links.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.events.first().map(|event| event.id.as_str())
    }

    /// Whether any of its events has this id.
    #[must_use]
    pub fn holds(&self, id: &str) -> bool {
        self.events.iter().any(|event| event.id.as_str() == id)
    }

    /// Whether a program published it.
    #[must_use]
    pub fn is_by_agent(&self) -> bool {
        self.author
            .as_ref()
            .is_some_and(|author| author.kind == MemberKind::Agent)
    }
}

/// What a hint says, on one line.
#[must_use]
pub fn said(hint: &Hint) -> String {
    match hint {
        Hint::Text { text, .. } => text.clone(),
        Hint::Voice { transcript, .. } => transcript.clone(),
        Hint::Click {
            target, signature, ..
        } => match signature {
            Some(signature) => format!("{target} · {signature}"),
            None => target.clone(),
        },
        Hint::Parameter { name, value, .. } => {
            let value = value
                .as_f64()
                .map_or_else(|| inline(value), |value| quantity(value, None));
            format!("{name} → {value}")
        }
        Hint::Cancel { .. } => "Stop".to_owned(),
    }
}

/// How a file was touched, as a verb in the past.
#[must_use]
pub fn verb(access: Access) -> &'static str {
    match access {
        Access::Read => "Read",
        Access::Write => "Wrote",
        Access::Create => "Created",
        Access::Delete => "Deleted",
        Access::Search => "Searched",
        Access::Analyze => "Analyzed",
    }
}
