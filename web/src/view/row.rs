//! One row of the feed: an event, or several that belong together such as a tool's start and end.

use pilothouse_shared::{
    Access, Author, Body, Event, Hint, MemberKind, MessageKind, Millis, Outcome, Role,
};

use super::number::{compact, counted, dollars, quantity};
use super::summary::{inline, line, object_of};

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

impl Row {
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

    fn says(&mut self, tone: Tone, title: impl Into<String>, subject: impl Into<String>) {
        self.tone = tone;
        self.title = title.into();
        self.subject = subject.into();
    }

    fn read(&mut self, event: &Event) {
        match &event.body {
            Body::ToolStarted(_)
            | Body::ToolFinished(_)
            | Body::FileAccessed(_)
            | Body::OperationStarted(_)
            | Body::OperationFinished(_)
            | Body::Usage(_) => self.read_work(event),
            Body::PipelineChanged(_)
            | Body::WorkItemChanged(_)
            | Body::ConfigChanged(_)
            | Body::ReconciliationProgress(_) => self.read_pipeline(event),
            Body::ChannelCreated(_)
            | Body::Joined(_)
            | Body::Left(_)
            | Body::SessionStarted(_)
            | Body::SessionEnded(_) => self.read_channel(event),
            Body::Custom(custom) => self.says(Tone::Plain, &custom.name, inline(&custom.data)),
            Body::Unknown(fields) => {
                let mut rest = fields.clone();
                rest.remove("type");
                let title = event.body.type_name().replace('_', " ");
                self.says(Tone::Plain, title, inline(&serde_json::Value::Object(rest)));
            }
            _ => self.read_talk(event),
        }
    }

    fn read_channel(&mut self, event: &Event) {
        match &event.body {
            Body::ChannelCreated(created) => {
                self.says(Tone::Dim, "Channel created", &created.name);
            }
            Body::Joined(_) => self.says(Tone::Dim, "Joined", &event.author.name),
            Body::Left(_) => self.says(Tone::Dim, "Left", &event.author.name),
            Body::SessionStarted(session) => {
                let model = session.model.as_ref().map(|model| format!(" · {model}"));
                let crew = format!("{}{}", session.agent, model.unwrap_or_default());
                self.says(Tone::Plain, "Session started", crew);
            }
            Body::SessionEnded(ended) => self.says(Tone::Plain, "Session ended", &ended.reason),
            _ => {}
        }
    }

    fn read_work(&mut self, event: &Event) {
        match &event.body {
            Body::ToolStarted(tool) => {
                let object = tool.input.as_ref().map(object_of).unwrap_or_default();
                self.kind = "tool".to_owned();
                self.says(Tone::Running, &tool.tool, object);
                self.state = Some("running");
            }
            Body::ToolFinished(tool) => {
                self.kind = "tool".to_owned();
                self.title.clone_from(&tool.tool);
                self.read_later(event);
            }
            Body::FileAccessed(file) => {
                self.says(Tone::Dim, verb(file.access), &file.path);
                self.took = file.duration_ms;
            }
            Body::OperationStarted(operation) => {
                let status = operation.status.clone().unwrap_or_default();
                self.says(Tone::Plain, &operation.operation, status);
            }
            Body::OperationFinished(finished) if finished.ok => {
                self.says(Tone::Plain, "Operation finished", "");
            }
            Body::OperationFinished(_) => self.says(Tone::Failed, "Operation failed", ""),
            Body::Usage(usage) => {
                let tokens = usage.input_tokens.saturating_add(usage.output_tokens);
                let cost = usage.cost_usd.and_then(dollars);
                let cost = cost.map(|cost| format!(" · {cost}")).unwrap_or_default();
                self.says(
                    Tone::Dim,
                    "Usage",
                    format!("{} tokens{cost}", compact(tokens)),
                );
            }
            _ => {}
        }
    }

    fn read_pipeline(&mut self, event: &Event) {
        match &event.body {
            Body::PipelineChanged(board) => {
                let n_items = board
                    .stages
                    .iter()
                    .map(|stage| stage.items.len() as u64)
                    .sum();
                let n_stages = board.stages.len() as u64;
                let size = format!(
                    "{} in {}",
                    counted(n_items, "item"),
                    counted(n_stages, "stage")
                );
                self.says(Tone::Dim, "Board", size);
            }
            Body::WorkItemChanged(change) => {
                let moved = format!("{} {} · {}", change.item, change.action, change.stage);
                self.says(Tone::Plain, "Work item", moved);
            }
            Body::ConfigChanged(config) => {
                self.says(Tone::Plain, "Configuration changed", &config.what);
            }
            Body::ReconciliationProgress(progress) => {
                let parts = [
                    progress.item.as_deref(),
                    Some(&progress.status),
                    progress.message.as_deref(),
                ];
                let said: Vec<_> = parts.into_iter().flatten().collect();
                let failed = progress.status == "failed";
                let tone = if failed { Tone::Failed } else { Tone::Plain };
                self.says(tone, "Reconciliation", said.join(" · "));
            }
            _ => {}
        }
    }

    fn read_talk(&mut self, event: &Event) {
        match &event.body {
            Body::Message(message) => {
                let tone = match (message.kind, message.role) {
                    (MessageKind::System, _) | (_, Role::System) => Tone::Dim,
                    (MessageKind::ToolResult, _) | (_, Role::Tool) => Tone::Plain,
                    _ => Tone::Spoken,
                };
                self.says(tone, &event.author.name, "");
                self.text = Some(message.text.clone());
            }
            Body::CancelRequested(_) => {
                self.says(
                    Tone::Asking,
                    "Cancel requested",
                    format!("by {}", event.author.name),
                );
            }
            Body::HintGiven(given) => {
                self.says(
                    Tone::Plain,
                    format!("Hint from {}", event.author.name),
                    said(&given.hint),
                );
                self.state = Some("accepted");
            }
            Body::ParametersDeclared(declared) => {
                let names: Vec<_> = declared
                    .parameters
                    .iter()
                    .map(|p| p.name.as_str())
                    .collect();
                self.says(Tone::Dim, "Parameters", names.join(", "));
            }
            Body::PermissionRequested(asked) => {
                let title = format!("{} asks to use {}", event.author.name, asked.tool);
                self.says(Tone::Asking, title, object_of(&asked.input));
                self.state = Some("open");
            }
            Body::QuestionAsked(asked) => {
                self.says(
                    Tone::Asking,
                    format!("{} asks", event.author.name),
                    line(&asked.text),
                );
                self.state = Some("open");
            }
            _ => self.read_orphan(event),
        }
    }

    /// The end of a thread whose beginning is not loaded.
    fn read_orphan(&mut self, event: &Event) {
        let title = match &event.body {
            Body::PermissionResolved(_) => "Permission",
            Body::QuestionAnswered(_) => "Question",
            _ => "Hint",
        };
        self.says(Tone::Dim, title, "");
        self.read_later(event);
    }

    fn read_later(&mut self, event: &Event) {
        match &event.body {
            Body::ToolFinished(tool) => {
                self.tone = if tool.ok { Tone::Plain } else { Tone::Failed };
                self.state = Some(if tool.ok { "done" } else { "failed" });
                let waited = event.at.saturating_sub(self.at);
                self.took = tool.duration_ms.or((waited > 0).then_some(waited));
                self.text = tool.error.clone().filter(|_| !tool.ok);
            }
            Body::PermissionResolved(resolved) => {
                self.resolved(resolved.outcome, resolved.message.as_ref())
            }
            Body::QuestionAnswered(answered) => {
                self.resolved(answered.outcome, answered.answer.as_ref())
            }
            Body::HintDelivered(_) => self.state = Some("delivered"),
            Body::HintAcknowledged(acknowledged) => {
                self.state = Some("acknowledged");
                self.text.clone_from(&acknowledged.note);
            }
            Body::HintExpired(_) => self.state = Some("expired"),
            _ => {}
        }
    }

    fn resolved(&mut self, outcome: Outcome, words: Option<&String>) {
        self.tone = Tone::Plain;
        self.state = Some(outcome_name(outcome));
        self.text = words.cloned();
    }

    /// Whether a program published it.
    #[must_use]
    pub fn is_by_agent(&self) -> bool {
        self.author
            .as_ref()
            .is_some_and(|author| author.kind == MemberKind::Agent)
    }
}

/// For class names, tests and chips.
#[must_use]
pub fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Denied => "denied",
        Outcome::Answered => "answered",
        Outcome::Expired => "expired",
        Outcome::Elsewhere => "elsewhere",
        Outcome::Withdrawn => "withdrawn",
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
        Hint::Parameter { name, value, .. } => format!("{name} → {}", inline(value)),
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
