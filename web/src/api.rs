//! The relay's HTTP interface, as far as the dashboard needs it.

use std::pin::Pin;

use gloo_net::http::{Request, RequestBuilder};
use pilothouse_shared::read::Read;
use pilothouse_shared::{ChannelId, Event, Position, Snapshot, read_fields};
use serde_json::Value;

use crate::prefs::Identity;
use crate::view::card::Listing;
use crate::view::reach::Reach;

/// A page of past events, oldest first.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) events: Vec<Event>,
    pub(crate) more: bool,
    /// The newest event that was looked at, be it in the page or hidden.
    pub(crate) position: Option<Position>,
}

read_fields!(Page {
    required: [events, more],
    optional: [position]
});

/// What was known of a channel at one position.
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) position: Position,
    pub(crate) snapshot: Snapshot,
}

read_fields!(Past {
    required: [position, snapshot],
    optional: []
});

/// Every channel in short.
pub(crate) async fn channels(who: &Identity) -> Result<Listing, String> {
    read(signed(Request::get("/api/channels"), who).build()).await
}

/// Where the relay is reached.
pub(crate) async fn addresses(who: &Identity) -> Result<Reach, String> {
    read(signed(Request::get("/api/addresses"), who).build()).await
}

/// The newest events before a seq.
pub(crate) async fn before(
    who: &Identity,
    channel: &ChannelId,
    seq: u64,
    limit: usize,
) -> Result<Page, String> {
    let url = format!("/api/channels/{channel}/events?before={seq}&limit={limit}");
    read(signed(Request::get(&url), who).build()).await
}

/// The oldest events after a seq.
pub(crate) async fn after(
    who: &Identity,
    channel: &ChannelId,
    seq: u64,
    limit: usize,
) -> Result<Page, String> {
    let url = format!("/api/channels/{channel}/events?after={seq}&limit={limit}");
    read(signed(Request::get(&url), who).build()).await
}

/// The state at a seq.
pub(crate) async fn past(who: &Identity, channel: &ChannelId, seq: u64) -> Result<Past, String> {
    let url = format!("/api/channels/{channel}/snapshot?at={seq}");
    read(signed(Request::get(&url), who).build()).await
}

/// Resolves a request.
pub(crate) async fn resolve(
    who: &Identity,
    channel: &ChannelId,
    request: &str,
    answer: &Value,
) -> Result<(), String> {
    let request = String::from(js_sys::encode_uri_component(request));
    let url = format!("/api/channels/{channel}/requests/{request}/resolve");
    read::<Value>(signed(Request::post(&url), who).json(answer))
        .await
        .map(drop)
}

/// Over HTTP a member without these would be taken for an agent.
fn signed(request: RequestBuilder, who: &Identity) -> RequestBuilder {
    request
        .header("Pilothouse-Member", who.member.as_str())
        .header("Pilothouse-Name", &who.name)
        .header("Pilothouse-Kind", "human")
}

async fn read<T: Read>(request: Result<Request, gloo_net::Error>) -> Result<T, String> {
    let answer: Pin<Box<dyn Future<Output = Result<Value, String>>>> = Box::pin(ask(request));
    T::read(answer.await?).map_err(|_| nonsense())
}

/// By way of a value, as frames are read: a second way would double that code.
async fn ask(request: Result<Request, gloo_net::Error>) -> Result<Value, String> {
    let sent = match request {
        Ok(request) => request.send().await,
        Err(error) => Err(error),
    };
    let Ok(response) = sent else {
        return Err("The relay does not answer.".to_owned());
    };
    let text = response.text().await.unwrap_or_default();
    // As bytes, as frames are: reading a text is other code that does the same.
    let answer: Option<Value> = serde_json::from_slice(text.as_bytes()).ok();
    if response.ok() {
        return answer.ok_or_else(nonsense);
    }
    let message = answer
        .as_ref()
        .and_then(|body| body.pointer("/error/message")?.as_str());
    Err(message.map_or_else(
        || format!("The relay refused with status {}.", response.status()),
        str::to_owned,
    ))
}

fn nonsense() -> String {
    "The relay's answer makes no sense here.".to_owned()
}
