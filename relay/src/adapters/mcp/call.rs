//! One call of a tool, from its arguments to its result.

use std::sync::Arc;
use std::time::Duration;

use pilothouse_shared::ChannelId;
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, ProgressNotificationParam};
use rmcp::service::{RequestContext, RoleServer};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::interval;

use super::backend::{Backend, Fault};
use super::memory::Memory;
use super::parcel::Slip;
use super::tool::Tool;
use super::visitor::Visitor;
use super::{failed, hints};
use crate::access::Speaker;

/// How often a client that asked for progress is told that a person still thinks. Clients give up a
/// silent call after a minute and more.
const PULSE: Duration = Duration::from_secs(10);

/// What a tool says, for the model.
pub(super) type Outcome = Result<String, Fault>;

/// One call: who makes it, where, and on what.
#[derive(Debug)]
pub(super) struct Call<'a, B> {
    pub(super) backend: &'a Arc<B>,
    pub(super) memory: &'a Arc<Memory>,
    pub(super) who: Arc<Speaker>,
    /// Where it acts unless an argument says otherwise.
    pub(super) channel: ChannelId,
    pub(super) slip: Slip,
    context: &'a RequestContext<RoleServer>,
}

impl<'a, B: Backend> Call<'a, B> {
    pub(super) fn new(
        backend: &'a Arc<B>,
        memory: &'a Arc<Memory>,
        context: &'a RequestContext<RoleServer>,
    ) -> Result<Self, Fault> {
        let client = context.client_info();
        let (who, channel, slip) = Visitor::of(context)?.identify(client.as_ref())?;
        Ok(Self {
            backend,
            memory,
            who,
            channel,
            slip,
            context,
        })
    }

    /// Does what was asked, and adds the hints that wait.
    pub(super) async fn run(self, tool: Tool, arguments: JsonObject) -> CallToolResult {
        let named = arguments.get("channel").and_then(Value::as_str);
        let named = named.and_then(|named| ChannelId::new(named).ok());
        let outcome = self.dispatch(tool, arguments).await;
        let other = named.filter(|named| outcome.is_ok() && *named != self.channel);
        let rides = tool.carries_hints() && !is_cut_off(&outcome);
        let mut result = match outcome {
            Ok(text) => CallToolResult::success(vec![ContentBlock::text(text)]),
            Err(fault) => failed(&fault),
        };
        if rides {
            for channel in [Some(&self.channel), other.as_ref()].into_iter().flatten() {
                let hints = self.hints_that_wait(channel).await;
                result.content.extend(hints.map(ContentBlock::text));
            }
        }
        result
    }

    async fn dispatch(&self, tool: Tool, arguments: JsonObject) -> Outcome {
        match tool {
            Tool::Report => self.report(read(arguments)?).await,
            Tool::ReportFileAccess => self.report_file_access(read(arguments)?).await,
            Tool::CheckHints => self.check_hints(read(arguments)?).await,
            Tool::WaitForHint => self.wait_for_hint(read(arguments)?).await,
            Tool::AcknowledgeHint => self.acknowledge_hint(read(arguments)?).await,
            Tool::AskPermission => self.ask_permission(read(arguments)?).await,
            Tool::AskQuestion => self.ask_question(read(arguments)?).await,
            Tool::SendMessage => self.send_message(read(arguments)?).await,
            Tool::Listen => self.listen(read(arguments)?).await,
            Tool::Channel => self.manage(read(arguments)?).await,
        }
    }

    /// The channel an argument names, or the caller's own.
    pub(super) fn channel(&self, named: Option<&str>) -> Result<ChannelId, Fault> {
        match named {
            Some(named) => Ok(ChannelId::new(named)?),
            None => Ok(self.channel.clone()),
        }
    }

    /// The hints of a channel, as they ride on a result.
    async fn hints_that_wait(&self, channel: &ChannelId) -> Option<String> {
        // Taken and not handed on they would only be away for a moment; not taken is better.
        if !self.slip.is_open() {
            return None;
        }
        let wait = Duration::ZERO;
        let taken = self.backend.take_hints(&self.who, channel, wait).await;
        let taken = taken.ok().filter(|taken| !taken.hints.is_empty())?;
        taken
            .lease
            .into_iter()
            .for_each(|lease| self.slip.add(lease));
        Some(hints::told(channel, &taken.hints))
    }

    /// Does what may take a person's time: tells the client that it goes on, and ends when the caller
    /// no longer waits.
    pub(super) async fn while_waited<T>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let token = self.context.meta.get_progress_token();
        let mut pulse = interval(PULSE);
        let mut n_pulses = 0_u32;
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = self.slip.over() => return Err(Fault::Over),
                () = self.context.ct.cancelled() => return Err(Fault::Over),
                _ = pulse.tick(), if token.is_some() => {
                    n_pulses += 1;
                    let told = token.clone().map(|token| {
                        ProgressNotificationParam::new(token, f64::from(n_pulses)).with_message(what)
                    });
                    if let Some(told) = told {
                        // A client that is gone shows elsewhere.
                        let _ = self.context.peer.notify_progress(told).await;
                    }
                }
            }
        }
    }
}

/// Whether there is no point in asking the relay anything more.
fn is_cut_off(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Err(Fault::Unreachable(_) | Fault::Kept(_) | Fault::Over)
    )
}

fn read<T: DeserializeOwned>(arguments: JsonObject) -> Result<T, Fault> {
    let misused = |error: serde_json::Error| Fault::Misused(format!("mend the arguments: {error}"));
    serde_json::from_value(Value::Object(arguments)).map_err(misused)
}
