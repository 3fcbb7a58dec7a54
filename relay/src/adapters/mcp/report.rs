//! What an agent says of its work.

use pilothouse_shared::{
    Access, Body, ChannelId, Extra, FileAccessed, Op, Operation, OperationFinished,
    OperationStarted, SignalKey, True,
};
use serde_json::{Value, json};

use super::api::ApiCall;
use super::arguments;
use super::backend::{Backend, Fault};
use super::call::{Call, Outcome};

impl<B: Backend> Call<'_, B> {
    pub(super) async fn report(&self, report: arguments::Report) -> Outcome {
        let channel = self.channel(report.channel.as_deref())?;
        check_progress(report.progress)?;
        let current = self.current_operation(&channel).await?;
        let operation = report.operation.clone().or_else(|| current.clone());
        let Some(operation) = operation.filter(|operation| !operation.trim().is_empty()) else {
            let message = "no operation is under way: say in `operation` what you are doing";
            return Err(Fault::Misused(message.to_owned()));
        };
        let mut bodies = Vec::new();
        if current.as_ref() != Some(&operation) {
            bodies.push(started(&operation, report.status.as_ref()));
        }
        if report.done {
            bodies.push(finished(report.ok.unwrap_or(true)));
        }
        let published = self.publish_all(&channel, bodies).await;
        if published.is_ok() || is_kept(&published) {
            self.show(&channel, activity(&operation, &report)).await?;
            let under_way = Some(operation).filter(|_| !report.done);
            self.memory
                .set_operation(&self.who.member, &channel, under_way);
        }
        published?;
        Ok(match report.done {
            true => format!("People see in `{channel}` that this is over."),
            false => format!("People see this in `{channel}`."),
        })
    }

    /// Publishes them all, also when the relay is away: then they are kept, and the first says so. Ends
    /// with one that is lost.
    async fn publish_all(&self, channel: &ChannelId, bodies: Vec<Body>) -> Result<(), Fault> {
        let mut outcome = Ok(());
        for body in bodies {
            let published = self.backend.publish(&self.who, channel, body).await;
            let published = published.map(|_| ());
            if published.is_err() && !is_kept(&published) {
                return published;
            }
            outcome = outcome.and(published);
        }
        outcome
    }

    pub(super) async fn report_file_access(&self, report: arguments::ReportFileAccess) -> Outcome {
        let channel = self.channel(report.channel.as_deref())?;
        let body = Body::FileAccessed(FileAccessed {
            path: report.path,
            access: access(report.access),
            tool: report.tool,
            duration_ms: report.duration_ms,
            extra: Extra::new(),
        });
        self.backend.publish(&self.who, &channel, body).await?;
        Ok(format!("People see this in `{channel}`."))
    }

    /// What this member is at; as the channel knows it, when this is the first that is heard of it.
    async fn current_operation(&self, channel: &ChannelId) -> Result<Option<String>, Fault> {
        if let Some(operation) = self.memory.operation(&self.who.member, channel) {
            return Ok(Some(operation));
        }
        let call = ApiCall::get(&["channels", channel.as_str()], &[]);
        let summary = match self.backend.call(&self.who, call).await {
            Ok(summary) => summary,
            // The report itself makes the channel, or waits for the relay.
            Err(Fault::Refused(_) | Fault::Unreachable(_)) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let operation = serde_json::from_value::<Operation>(summary["operation"].clone());
        let own = operation
            .ok()
            .filter(|operation| operation.author.member == self.who.member);
        Ok(own.map(|operation| operation.operation))
    }

    async fn show(&self, channel: &ChannelId, op: Op) -> Result<(), Fault> {
        let key = SignalKey::new(format!("activity/{}", self.who.member))?;
        self.backend.signal(&self.who, channel, key, op).await
    }
}

/// Whether it was not published, but will be.
fn is_kept(published: &Result<(), Fault>) -> bool {
    matches!(published, Err(Fault::Kept(_)))
}

fn started(operation: &str, status: Option<&String>) -> Body {
    Body::OperationStarted(OperationStarted {
        operation: operation.to_owned(),
        status: status.cloned(),
        extra: Extra::new(),
    })
}

fn finished(ok: bool) -> Body {
    let extra = Extra::new();
    Body::OperationFinished(OperationFinished { ok, extra })
}

/// The live value that says how far an operation is.
fn activity(operation: &str, report: &arguments::Report) -> Op {
    if report.done {
        return Op::Clear(True);
    }
    let mut activity = json!({ "operation": operation });
    if let Some(status) = &report.status {
        activity["status"] = Value::from(status.as_str());
    }
    if let Some(progress) = report.progress {
        activity["progress"] = Value::from(progress);
    }
    Op::Set(activity)
}

fn check_progress(progress: Option<f64>) -> Result<(), Fault> {
    match progress {
        Some(progress) if !(0.0..=1.0).contains(&progress) => {
            let message = format!("`progress` is from 0 to 1, not {progress}");
            Err(Fault::Misused(message))
        }
        _ => Ok(()),
    }
}

fn access(access: arguments::Access) -> Access {
    match access {
        arguments::Access::Read => Access::Read,
        arguments::Access::Write => Access::Write,
        arguments::Access::Create => Access::Create,
        arguments::Access::Delete => Access::Delete,
        arguments::Access::Search => Access::Search,
        arguments::Access::Analyze => Access::Analyze,
    }
}
