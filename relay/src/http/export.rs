//! A channel to take away: all that is kept of its history, written while it is read.

mod page;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, TryStreamExt, stream};
use pilothouse_shared::{Author, ChannelId, ErrorCode, Event, Refusal, Seq};
use serde::Deserialize;

use super::access::Caller;
use super::error::{HttpError, HttpResult};
use crate::Server;
use crate::access::Action;
use crate::channel::Channel;
use crate::engine::Stretch;

/// Events read at a time. With a page's bound in bytes, that is what an export holds, however slowly it
/// is taken.
const PAGE: usize = 256;

/// In which form.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportQuery {
    /// `ndjson` (the default): an event a line, oldest first. `html`: one file that plays them in a browser,
    /// without a relay or a network.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// The forms there are.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Ndjson,
    Html,
}

/// All that is kept of a channel's history up to now and that the caller may see, as a file. It is cut
/// off before its end where the store fails: then the transfer is broken, not complete.
#[utoipa::path(
    get,
    path = "/api/channels/{channel}/export",
    operation_id = "export_channel",
    tag = "events",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        ExportQuery,
    ),
    responses(
        (
            status = 200,
            description = "The events.",
            body = String,
            content_type = "application/x-ndjson"
        ),
        (status = 404, description = "There is no such channel."),
        (status = 422, description = "There is no such format."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn export(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
    query: Result<Query<ExportQuery>, QueryRejection>,
) -> HttpResult<Response> {
    let Path(channel) = channel?;
    let Query(ExportQuery { format }) = query?;
    let channel = server.hub.entrance(&access).find(Action::Watch, &channel)?;
    match format {
        Format::Ndjson => ndjson(channel, caller).await,
        Format::Html => html(channel, caller).await,
    }
}

async fn ndjson(channel: Arc<Channel>, viewer: Author) -> HttpResult<Response> {
    let name = format!("{}.ndjson", channel.id());
    let mut export = Export::new(channel, viewer);
    // What cannot be read at all is refused while there still is a status to say so with.
    let first = export.page().await?;
    let rest = stream::try_unfold(export, |mut export| async move {
        let page = export.page().await?;
        Ok::<_, Refusal>(page.map(|page| (page, export)))
    });
    let pages = stream::iter(first.map(Ok)).chain(rest);
    let body = Body::from_stream(pages.and_then(async |page| lines(&page)));
    Ok((attachment("application/x-ndjson", &name)?, body).into_response())
}

async fn html(channel: Arc<Channel>, viewer: Author) -> HttpResult<Response> {
    let name = format!("{}.html", channel.id());
    let (before, after) = (page::before(channel.id())?, page::after()?);
    let mut export = Export::new(channel, viewer);
    let first = export.page().await?;
    let is_first = first.as_ref().is_none_or(Vec::is_empty);
    let first = page::events(&first.unwrap_or_default(), true)?;
    let rest = stream::try_unfold((export, is_first), |(mut export, is_first)| async move {
        let Some(events) = export.page().await? else {
            return Ok::<_, Refusal>(None);
        };
        let is_still_first = is_first && events.is_empty();
        Ok(Some((
            page::events(&events, is_first)?,
            (export, is_still_first),
        )))
    });
    let begin = stream::iter([Ok(before), Ok(first)]);
    let body = Body::from_stream(begin.chain(rest).chain(stream::iter([Ok(after)])));
    Ok((attachment("text/html; charset=utf-8", &name)?, body).into_response())
}

/// A file to keep, of this type and name.
fn attachment(
    content_type: &'static str,
    name: &str,
) -> HttpResult<[(HeaderName, HeaderValue); 2]> {
    let disposition = format!("attachment; filename=\"{name}\"");
    let unsound = |_| HttpError::new(ErrorCode::Invalid, "the channel's id names no file");
    Ok([
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).map_err(unsound)?,
        ),
    ])
}

/// The history of a channel from the floor to where the head was when it began. What is pruned before
/// its turn comes is not in it: the next event's `prev` tells.
struct Export {
    channel: Arc<Channel>,
    viewer: Author,
    /// The last seq looked at.
    at: Seq,
    end: Seq,
}

impl Export {
    fn new(channel: Arc<Channel>, viewer: Author) -> Self {
        let (at, end) = (channel.base(), channel.head());
        Self {
            channel,
            viewer,
            at,
            end,
        }
    }

    /// The next events; `None` when there are no more.
    async fn page(&mut self) -> Result<Option<Vec<Event>>, Refusal> {
        if self.at >= self.end {
            return Ok(None);
        }
        let stretch = Stretch::After(self.at);
        let mut reading = self.channel.read(&self.viewer, stretch, PAGE).await?;
        self.at = if reading.more {
            reading.through
        } else {
            self.end
        };
        reading.events.retain(|event| event.seq <= self.end);
        Ok(Some(reading.events))
    }
}

/// An event a line.
fn lines(events: &[Event]) -> Result<Bytes, Refusal> {
    let mut lines = Vec::new();
    for event in events {
        let unreadable = |error: serde_json::Error| {
            Refusal::new(
                ErrorCode::Unavailable,
                format!("event {}: {error}", event.seq),
            )
        };
        serde_json::to_writer(&mut lines, event).map_err(unreadable)?;
        lines.push(b'\n');
    }
    Ok(lines.into())
}
