//! OpenTelemetry's intake: OTLP over HTTP, in JSON. What it means is in [`crate::adapters::otlp`].

mod payload;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use pilothouse_shared::limits::MAX_BATCH;
use pilothouse_shared::{Author, Body, ErrorCode, EventId, Outcome, Refusal, Visibility};
use serde_json::{Value, json};

use self::payload::Unread;
use super::access::Caller;
use super::error::HttpResult;
use crate::Server;
use crate::access::{Access, Action};
use crate::adapters::otlp::{self, Decision, News, Origin, Report};
use crate::channel::{Channel, Proposal, Resolve};
use crate::hub::Entrance;

/// Why metrics are taken and left: a log record stands for one call of a model, a metric for a sum of calls
/// that were told already.
const NO_METRICS: &str = "metrics are not recorded, because logs say the same and more: \
    set OTEL_LOGS_EXPORTER=otlp, and OTEL_METRICS_EXPORTER=none to spare the traffic";

/// Takes OpenTelemetry logs (OTLP/HTTP in JSON, plain or gzip): what calls of models cost becomes `usage`, and
/// a permission that was decided in the agent's terminal gets the outcome `elsewhere`. Everything else is
/// passed over. An export that is sent again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/logs",
    operation_id = "take_logs",
    tag = "telemetry",
    request_body(description = "An ExportLogsServiceRequest.", content = Object),
    responses(
        (status = 200, description = "Taken; `partialSuccess` says what was refused.", body = Object),
        (status = 400, description = "The body is not JSON, or not gzip."),
        (status = 413, description = "Larger than a limit."),
        (status = 415, description = "Not JSON: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json."),
        (status = 503, description = "The store cannot do it now: send it again."),
    )
)]
pub(super) async fn logs(
    State(server): State<Server>,
    Caller(_, access): Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Unread> {
    let export = payload::read(&headers, body)?;
    let (n_refused, last) = record(&server.hub.entrance(&access), otlp::read(&export)).await?;
    Ok(Json(match last {
        None => json!({}),
        Some(refusal) => json!({"partialSuccess": {
            "rejectedLogRecords": n_refused.to_string(),
            "errorMessage": refusal.message,
        }}),
    }))
}

/// Takes OpenTelemetry metrics and records nothing of them, so that a sender that exports both goes on.
#[utoipa::path(
    post,
    path = "/v1/metrics",
    operation_id = "take_metrics",
    tag = "telemetry",
    request_body(description = "An ExportMetricsServiceRequest.", content = Object),
    responses(
        (status = 200, description = "Taken and left; `partialSuccess` says why.", body = Object),
        (status = 400, description = "The body is not JSON, or not gzip."),
        (status = 413, description = "Larger than a limit."),
        (status = 415, description = "Not JSON: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json."),
    )
)]
pub(super) async fn metrics(
    _: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Unread> {
    payload::read(&headers, body)?;
    Ok(Json(json!({"partialSuccess": {
        "rejectedDataPoints": "0",
        "errorMessage": NO_METRICS,
    }})))
}

/// Tells each channel its news. What a channel refuses for good is counted, with the last reason; when the
/// store cannot do it now, all of it is to be sent again.
async fn record(hub: &Entrance<'_>, reports: Vec<Report>) -> HttpResult<(usize, Option<Refusal>)> {
    let mut sessions: BTreeMap<Origin, Vec<Report>> = BTreeMap::new();
    for report in reports {
        sessions
            .entry(report.origin.clone())
            .or_default()
            .push(report);
    }
    let (mut n_refused, mut last) = (0, None);
    for (origin, reports) in sessions {
        let n_reports = reports.len();
        match tell(hub, &origin, reports).await {
            Ok(()) => {}
            Err(refusal) if refusal.code == ErrorCode::Unavailable => return Err(refusal.into()),
            Err(refusal) => {
                n_refused += n_reports;
                last = Some(refusal);
            }
        }
    }
    Ok((n_refused, last))
}

async fn tell(hub: &Entrance<'_>, origin: &Origin, reports: Vec<Report>) -> Result<(), Refusal> {
    let own = origin.own_channel().ok_or_else(nameless)?;
    let known = hub.find_by(Action::Report, |id| origin.is_of(id) && *id != own);
    let known = known.or_else(|| hub.find(Action::Report, &own).ok());
    let (mut usages, mut decisions) = (Vec::new(), Vec::new());
    for report in reports {
        match report.news {
            News::Usage(usage) => usages.push((report.id, Body::Usage(usage))),
            News::Decision(decision) => decisions.push(decision),
        }
    }
    if !usages.is_empty() {
        let stranger = hub.access().speaker(origin.author().ok_or_else(nameless)?);
        let channel = match &known {
            Some(channel) => Arc::clone(channel),
            None => hub.find_or_create(Action::Report, &own, &stranger).await?,
        };
        let author = hub.access().speaker(speaker(&channel).unwrap_or(stranger));
        publish(&channel, &author, &usages).await?;
    }
    // A session that nobody knows has asked nobody.
    if let Some(channel) = known {
        for decision in decisions {
            settle(&channel, hub.access(), &decision).await?;
        }
    }
    Ok(())
}

async fn publish(
    channel: &Arc<Channel>,
    author: &Author,
    bodies: &[(Option<EventId>, Body)],
) -> Result<(), Refusal> {
    for some in bodies.chunks(MAX_BATCH) {
        let proposal = |(id, body): &(Option<EventId>, Body)| Proposal {
            author: author.clone(),
            body: body.clone(),
            id: id.clone(),
            visibility: Visibility::Public,
        };
        channel.publish(some.iter().map(proposal).collect()).await?;
    }
    Ok(())
}

/// Ends the request that was decided elsewhere, unless somebody was first.
async fn settle(
    channel: &Arc<Channel>,
    access: &Access,
    decision: &Decision,
) -> Result<(), Refusal> {
    let found = channel.with_replica(|replica| {
        let entry = otlp::settled(decision, &replica.snapshot().requests)?;
        Some((entry.request.clone(), entry.author.clone()))
    });
    let Some((request, asker)) = found else {
        return Ok(());
    };
    let asker = access.speaker(asker);
    let resolve = Resolve {
        outcome: Outcome::Elsewhere,
        message: Some(otlp::message(decision)),
        updated_input: None,
        suggestions: None,
        answer: None,
    };
    let mut body = channel.resolution(&asker, &request, resolve)?;
    if let Body::PermissionResolved(resolved) = &mut body {
        // Whoever sits at the terminal is no member.
        resolved.by = None;
    }
    let proposal = Proposal {
        author: asker,
        body,
        id: None,
        visibility: Visibility::Public,
    };
    match channel.publish(vec![proposal]).await {
        Err(refusal) if refusal.code != ErrorCode::AlreadyResolved => Err(refusal),
        _ => Ok(()),
    }
}

/// Who runs the session of a channel.
fn speaker(channel: &Channel) -> Option<Author> {
    channel.with_replica(|replica| Some(replica.snapshot().session.as_ref()?.author.clone()))
}

fn nameless() -> Refusal {
    let message = "the session has no name that a channel could have; set session.id";
    Refusal::new(ErrorCode::Invalid, message)
}
