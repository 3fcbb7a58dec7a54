//! OpenTelemetry logs as OTLP/JSON, and what of them is news: what a call of a model cost, and that a
//! permission was decided in the agent's own terminal.
//!
//! Claude Code's events are those of <https://code.claude.com/docs/en/monitoring-usage>, anybody else's the
//! attributes `gen_ai.*` of OpenTelemetry's conventions for generative AI. Everything else is passed over.

mod attributes;
mod channel;
mod decision;
mod usage;

use pilothouse_shared::{EventId, Usage};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub(crate) use channel::Origin;
pub(crate) use decision::{Decision, message, settled};

use attributes::Attributes;

/// Something to tell a channel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    /// Which session said it.
    pub(crate) origin: Origin,
    /// The same for every repetition of an export; absent when a record says nothing that could tell it
    /// from another.
    pub(crate) id: Option<EventId>,
    pub(crate) news: News,
}

/// What a record is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum News {
    /// What a call of a model cost.
    Usage(Usage),
    /// A tool may be used, or may not.
    Decision(Decision),
}

/// The news in an export of logs, in its order: `{"resourceLogs":[{"resource", "scopeLogs":[{"scope",
/// "logRecords":[…]}]}]}`. Whatever has another form is passed over.
pub(crate) fn read(export: &Value) -> Vec<Report> {
    let mut reports = Vec::new();
    for resource in list(export, "resourceLogs") {
        let about = attributes::list(&resource["resource"]);
        for scope in list(resource, "scopeLogs") {
            let name = scope["scope"]["name"].as_str().unwrap_or_default();
            let records = list(scope, "logRecords");
            reports.extend(
                records
                    .iter()
                    .filter_map(|record| report(record, about, name)),
            );
        }
    }
    reports
}

fn report(record: &Value, resource: &[Value], scope: &str) -> Option<Report> {
    let attributes = Attributes::new(record, resource);
    let news = match claude_code_event(record, &attributes, scope) {
        Some("api_request") => News::Usage(usage::of_claude_code(&attributes)),
        Some("tool_decision") => News::Decision(decision::read(&attributes)?),
        Some(_) => return None,
        None => News::Usage(usage::of_conventions(&attributes)?),
    };
    Some(Report {
        origin: channel::origin(&attributes, is_claude_code(&attributes, scope)),
        id: identity(record, &attributes),
        news,
    })
}

/// The bare name of an event of Claude Code; `None` when somebody else speaks.
fn claude_code_event<'a>(
    record: &'a Value,
    attributes: &Attributes<'a>,
    scope: &str,
) -> Option<&'a str> {
    let names = [&record["eventName"], &record["body"]["stringValue"]];
    let mut names = names.into_iter().filter_map(Value::as_str);
    let full = names.find_map(|name| name.strip_prefix("claude_code."));
    let bare = || attributes.word("event.name");
    match is_claude_code(attributes, scope) {
        true => full.or_else(bare).or(Some("")),
        false => full,
    }
}

fn is_claude_code(attributes: &Attributes<'_>, scope: &str) -> bool {
    scope.starts_with("com.anthropic.claude_code")
        || attributes.word("service.name") == Some("claude-code")
}

/// A record that is sent again, because an answer got lost, is the same in every byte; two that only look
/// alike differ in time or number.
fn identity(record: &Value, attributes: &Attributes<'_>) -> Option<EventId> {
    let is_set = |field: &str| match &record[field] {
        Value::String(text) => text.bytes().any(|digit| digit != b'0'),
        Value::Number(number) => number.as_f64() != Some(0.0),
        _ => false,
    };
    let is_timed = is_set("timeUnixNano") || is_set("observedTimeUnixNano");
    if !is_timed && attributes.text("event.sequence").is_none() {
        return None;
    }
    let digest = Sha256::digest(record.to_string());
    let half: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    EventId::new(format!("otlp-{half}")).ok()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
