//! Plain text over HTTP: a message a line, published as the lines come, however long the request
//! lasts. What a pipe into `curl -T -` needs.

use std::sync::Arc;

use axum::body::Body;
use futures_util::StreamExt;
use pilothouse_shared::limits::{MAX_BATCH, MAX_BODY_BYTES};
use pilothouse_shared::{ErrorCode, Extra, Message, MessageKind, Role, Seq};
use serde::Serialize;

use super::error::{HttpError, HttpResult};
use super::events::event_id;
use crate::channel::{Channel, Proposal};

/// Longest line, in bytes. Every byte may take six in JSON, so this fits a body.
const MAX_LINE_BYTES: usize = MAX_BODY_BYTES / 8;

/// What became of the lines.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct LinesPublished {
    /// Messages published; empty lines make none.
    n_published: usize,
    /// The seq of the last; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    last: Option<Seq>,
}

/// Publishes every line of `body`. `like` has the author and the visibility; its id, if any, is the
/// first of the ids, so that a repeated request stores nothing twice.
pub(super) async fn publish(
    channel: &Arc<Channel>,
    like: &Proposal,
    body: Body,
) -> HttpResult<LinesPublished> {
    let mut done = LinesPublished {
        n_published: 0,
        last: None,
    };
    let mut rest = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let broken = |_| HttpError::new(ErrorCode::BadFrame, "the request ended within a chunk");
        rest.extend_from_slice(&chunk.map_err(broken)?);
        let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else {
            check_length(&rest, done.n_published)?;
            continue;
        };
        let lines: Vec<u8> = rest.drain(..=end).collect();
        publish_lines(channel, like, &lines, &mut done).await?;
    }
    publish_lines(channel, like, &rest, &mut done).await?;
    Ok(done)
}

async fn publish_lines(
    channel: &Arc<Channel>,
    like: &Proposal,
    lines: &[u8],
    done: &mut LinesPublished,
) -> HttpResult<()> {
    let lines = lines
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    for batch in lines.chunks(MAX_BATCH) {
        let mut proposals = Vec::with_capacity(batch.len());
        for (index, line) in batch.iter().enumerate() {
            check_length(line, done.n_published + index)?;
            proposals.push(message(like, line, done.n_published + index)?);
        }
        let stored = channel.publish(proposals).await?;
        done.n_published += stored.len();
        done.last = stored.last().map(|stored| stored.seq).or(done.last);
    }
    Ok(())
}

fn message(like: &Proposal, line: &[u8], index: usize) -> HttpResult<Proposal> {
    let id = like
        .id
        .as_ref()
        .map(|id| event_id(id.as_str(), index))
        .transpose()?;
    let body = message_body(String::from_utf8_lossy(line).into_owned());
    Ok(Proposal {
        body,
        id,
        ..like.clone()
    })
}

/// A line as what it becomes.
pub(super) fn message_body(text: String) -> pilothouse_shared::Body {
    pilothouse_shared::Body::Message(Message {
        role: Role::Tool,
        text,
        kind: MessageKind::Text,
        message: None,
        extra: Extra::new(),
    })
}

fn check_length(line: &[u8], n_before: usize) -> HttpResult<()> {
    if line.len() <= MAX_LINE_BYTES {
        return Ok(());
    }
    let message = format!(
        "a line has at most {MAX_LINE_BYTES} bytes; {n_before} messages before it were published"
    );
    Err(HttpError::new(ErrorCode::TooLarge, message))
}
