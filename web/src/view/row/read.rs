//! What each body says on its row.

use pilothouse_shared::{Body, Event, MessageKind, Outcome, Role};

use super::{Row, Tone, said, verb};
use crate::view::number::{compact, counted, dollars};
use crate::view::summary::{inline, line, object_of};

impl Row {
    fn says(&mut self, tone: Tone, title: impl Into<String>, subject: impl Into<String>) {
        self.tone = tone;
        self.title = title.into();
        self.subject = subject.into();
    }

    pub(super) fn read(&mut self, event: &Event) {
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
            Body::Message(message)
                if message.role == Role::Tool && !message.text.contains('\n') =>
            {
                self.says(Tone::Log, "", &message.text);
            }
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

    pub(super) fn read_later(&mut self, event: &Event) {
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
        self.state = Some(outcome.name());
        self.text = words.cloned();
    }
}
