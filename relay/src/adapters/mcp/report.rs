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
        let operation = report.operation.or_else(|| current.clone());
        let Some(operation) = operation.filter(|operation| !operation.trim().is_empty()) else {
            let message = "no operation is under way: say in `operation` what you are doing";
            return Err(Fault::Misused(message.to_owned()));
        };
        if current.as_ref() != Some(&operation) {
            let body = Body::OperationStarted(OperationStarted {
                operation: operation.clone(),
                status: report.status.clone(),
                extra: Extra::new(),
            });
            self.backend.publish(&self.who, &channel, body).await?;
        }
        if report.done {
            let ok = report.ok.unwrap_or(true);
            let extra = Extra::new();
            let body = Body::OperationFinished(OperationFinished { ok, extra });
            self.backend.publish(&self.who, &channel, body).await?;
            self.show(&channel, Op::Clear(True)).await?;
            return Ok(format!("People see in `{channel}` that this is over."));
        }
        let mut activity = json!({ "operation": operation });
        if let Some(status) = report.status {
            activity["status"] = Value::from(status);
        }
        if let Some(progress) = report.progress {
            activity["progress"] = Value::from(progress);
        }
        self.show(&channel, Op::Set(activity)).await?;
        Ok(format!("People see this in `{channel}`."))
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

    /// What this member is at, as the channel knows it: so nothing is lost when this process ends.
    async fn current_operation(&self, channel: &ChannelId) -> Result<Option<String>, Fault> {
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
