//! An OpenAI-compatible endpoint, and one answer of it as a stream. Dropping the stream aborts the request.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use eventsource_stream::{EventStream, EventStreamError, Eventsource};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use pilothouse_relay::config::ApiKey;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, Url};
use serde_json::json;

use super::chunk::{self, Chunk};
use super::context::Turn;
use super::trouble::Trouble;
use crate::cli::Failure;

/// How long a connection may take: the endpoint is on this machine, or near.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Most bytes of one answer's stream. Each token takes some 200, so this is far above any answer.
const MAX_STREAM_BYTES: usize = 16 * 1024 * 1024;

/// Most bytes that are read of a refusal.
const MAX_REFUSAL_BYTES: usize = 4096;

/// See the module.
#[derive(Debug)]
pub(super) struct Endpoint {
    http: Client,
    url: Url,
    model: String,
    key: Option<ApiKey>,
}

/// What comes of a request, in this order: once that it was accepted, then its chunks. It ends with the
/// answer, or with trouble.
#[derive(Debug)]
pub(super) enum Piece {
    Accepted,
    Chunk(Chunk),
}

pub(super) type Pieces = Pin<Box<dyn Stream<Item = Result<Piece, Trouble>> + Send>>;

type Body = Pin<Box<dyn Stream<Item = Result<Bytes, Broken>> + Send>>;

/// Why a body ends early.
#[derive(Debug)]
enum Broken {
    Line(reqwest::Error),
    TooLong,
}

impl Endpoint {
    /// An endpoint that may be silent for at most `patience` at a time.
    pub(super) fn new(
        base: &Url,
        model: &str,
        key: Option<ApiKey>,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let http = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .read_timeout(patience)
            .build()
            .map_err(|error| Failure::Failed(error.to_string()))?;
        let mut url = base.clone();
        url.set_path(&format!(
            "{}/chat/completions",
            base.path().trim_end_matches('/')
        ));
        let model = model.to_owned();
        Ok(Self {
            http,
            url,
            model,
            key,
        })
    }

    pub(super) fn model(&self) -> &str {
        &self.model
    }

    /// Asks for an answer.
    pub(super) fn ask(&self, turns: &[Turn]) -> Pieces {
        let mut request = self.http.post(self.url.clone()).json(&json!({
            "model": self.model,
            "messages": turns,
            "stream": true,
            "stream_options": {"include_usage": true},
        }));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.reveal());
        }
        Box::pin(stream::once(open(request)).try_flatten())
    }
}

async fn open(
    request: RequestBuilder,
) -> Result<impl Stream<Item = Result<Piece, Trouble>>, Trouble> {
    let response = request.send().await.map_err(|error| line(&error))?;
    if !response.status().is_success() {
        return Err(refused(response).await);
    }
    let kind = response.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("text/event-stream") {
        let message =
            "the endpoint does not stream: it is not OpenAI-compatible, or --base-url is wrong";
        return Err(Trouble::lasting(message));
    }
    let mut n_bytes = 0;
    let bytes = response.bytes_stream().map(move |bytes| {
        let bytes = bytes.map_err(Broken::Line)?;
        n_bytes += bytes.len();
        match n_bytes > MAX_STREAM_BYTES {
            true => Err(Broken::TooLong),
            false => Ok(bytes),
        }
    });
    let body: Body = Box::pin(bytes);
    let reading = Reading {
        events: body.eventsource(),
        has_finished: false,
        is_over: false,
    };
    let accepted = stream::once(std::future::ready(Ok(Piece::Accepted)));
    Ok(accepted.chain(stream::unfold(reading, Reading::next)))
}

/// An answer on its way.
struct Reading {
    events: EventStream<Body>,
    /// The model has said why it stopped: an end without `[DONE]` is no cut.
    has_finished: bool,
    is_over: bool,
}

impl Reading {
    async fn next(mut self) -> Option<(Result<Piece, Trouble>, Self)> {
        if self.is_over {
            return None;
        }
        let read = match self.events.next().await {
            Some(Ok(event)) if event.data.trim() == "[DONE]" => return None,
            Some(Ok(event)) => chunk::read(&event.data),
            Some(Err(EventStreamError::Transport(broken))) => Err(cut(&broken)),
            Some(Err(_)) => Err(Trouble::passing(
                "the endpoint streams what is no event stream",
            )),
            None if self.has_finished => return None,
            None => Err(Trouble::passing(
                "the endpoint ended the answer in the middle",
            )),
        };
        self.is_over = read.is_err();
        self.has_finished |= read.as_ref().is_ok_and(|chunk| chunk.finish.is_some());
        Some((read.map(Piece::Chunk), self))
    }
}

fn cut(broken: &Broken) -> Trouble {
    match broken {
        Broken::Line(error) if error.is_timeout() => line(error),
        Broken::Line(_) => Trouble::passing("the endpoint broke off in the middle of the answer"),
        Broken::TooLong => Trouble::lasting("the endpoint does not come to an end"),
    }
}

fn line(error: &reqwest::Error) -> Trouble {
    if error.is_connect() {
        return Trouble::passing("the endpoint cannot be reached; is it running?");
    }
    match error.is_timeout() {
        true => Trouble::passing("the endpoint is silent for too long; see --patience"),
        false => Trouble::passing("the endpoint closed the connection without an answer"),
    }
}

async fn refused(response: Response) -> Trouble {
    let status = response.status();
    let after = response.headers().get(RETRY_AFTER);
    let after = after.and_then(|after| after.to_str().ok()?.trim().parse().ok());
    let mut body = Vec::new();
    let mut bytes = response.bytes_stream();
    while let Some(Ok(more)) = bytes.next().await {
        body.extend_from_slice(&more);
        if body.len() >= MAX_REFUSAL_BYTES {
            break;
        }
    }
    Trouble::status(status, after, &String::from_utf8_lossy(&body))
}
