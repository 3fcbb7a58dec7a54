//! The relay's HTTP interface, as far as the dashboard needs it.

use std::pin::Pin;

use js_sys::Promise;
use pilothouse_shared::read::Read;
use pilothouse_shared::{ChannelId, Event, Position, Snapshot, read_fields};
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

use crate::dom::spawn;
use crate::page;
use crate::prefs::Identity;
use crate::view::card::Listing;
use crate::view::json;
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

/// Asks, and hands the answer on.
pub(crate) fn ask(
    who: &Identity,
    method: &str,
    path: &str,
    said: Option<&Value>,
    then: Box<dyn FnOnce(Result<Value, String>)>,
) {
    let sent = send(who, method, path, said);
    spawn(async move { then(hear(sent).await) });
}

/// Every channel in short.
pub(crate) async fn channels(who: &Identity) -> Result<Listing, String> {
    read(who, "/api/channels", None).await
}

/// Where the relay is reached.
pub(crate) async fn addresses(who: &Identity) -> Result<Reach, String> {
    read(who, "/api/addresses", None).await
}

/// The newest events before a seq.
pub(crate) async fn before(
    who: &Identity,
    channel: &ChannelId,
    seq: u64,
    limit: usize,
) -> Result<Page, String> {
    let path = format!("/api/channels/{channel}/events?before={seq}&limit={limit}");
    read(who, &path, None).await
}

/// The oldest events after a seq.
pub(crate) async fn after(
    who: &Identity,
    channel: &ChannelId,
    seq: u64,
    limit: usize,
) -> Result<Page, String> {
    let url = format!("/api/channels/{channel}/events?after={seq}&limit={limit}");
    read(who, &url, None).await
}

/// The state at a seq.
pub(crate) async fn past(who: &Identity, channel: &ChannelId, seq: u64) -> Result<Past, String> {
    let url = format!("/api/channels/{channel}/snapshot?at={seq}");
    read(who, &url, None).await
}

/// Resolves a request.
pub(crate) async fn resolve(
    who: &Identity,
    channel: &ChannelId,
    request: &str,
    answer: &Value,
) -> Result<(), String> {
    let request = String::from(js_sys::encode_uri_component(request));
    let path = format!("/api/channels/{channel}/requests/{request}/resolve");
    read::<Value>(who, &path, Some(answer)).await.map(drop)
}

async fn read<T: Read>(who: &Identity, path: &str, said: Option<&Value>) -> Result<T, String> {
    let method = if said.is_some() { "POST" } else { "GET" };
    let sent = send(who, method, path, said);
    let answer: Pin<Box<dyn Future<Output = Result<Value, String>>>> = Box::pin(hear(sent));
    T::read(answer.await?).map_err(|_| nonsense())
}

/// Asks, or says something when there is something to say.
fn send(
    who: &Identity,
    method: &str,
    path: &str,
    said: Option<&Value>,
) -> Result<Promise, JsValue> {
    let headers = Headers::new()?;
    // Over HTTP a member without these would be taken for an agent.
    headers.set("Pilothouse-Member", who.member.as_str())?;
    // Browsers do not agree on how letters beyond ASCII travel in a header, and refuse most of them.
    let name = String::from(js_sys::encode_uri_component(&who.name));
    headers.set("Pilothouse-Name", &["UTF-8''", &name].concat())?;
    headers.set("Pilothouse-Kind", "human")?;
    if let Some(token) = &who.token {
        headers.set("Authorization", &format!("Bearer {token}"))?;
    }
    let request = RequestInit::new();
    request.set_method(method);
    if let Some(said) = said {
        headers.set("Content-Type", "application/json")?;
        request.set_body(&JsValue::from_str(&json::text(said)));
    }
    request.set_headers(&headers);
    let url = format!("{}{path}", who.relay);
    let window = page::window().ok_or(JsValue::NULL)?;
    Ok(window.fetch_with_str_and_init(&url, &request))
}

/// By way of a value, as frames are read: a second way would double that code.
async fn hear(sent: Result<Promise, JsValue>) -> Result<Value, String> {
    let silent = |_| "The relay does not answer.".to_owned();
    let answer = JsFuture::from(sent.map_err(silent)?)
        .await
        .map_err(silent)?;
    let response: Response = answer.unchecked_into();
    let text = JsFuture::from(response.text().map_err(silent)?).await;
    let text = text.ok().and_then(|text| text.as_string());
    // As bytes, as frames are: reading a text is other code that does the same.
    let answer: Option<Value> = serde_json::from_slice(text.unwrap_or_default().as_bytes()).ok();
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
