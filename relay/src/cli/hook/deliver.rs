//! From standard input to the relay and back, each bounded in size and time.

use std::time::Duration;

use futures_util::StreamExt;
use pilothouse_relay::client::{RelayUrl, cause};
use pilothouse_shared::limits::MAX_HOOK_BYTES;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use tokio::io::{AsyncReadExt, sink, stdin};
use tokio::time::{Instant, timeout_at};

/// Largest answer, in bytes: far more than an agent accepts as context.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// How long a relay on this machine may take to accept a connection.
const CONNECT_WITHIN: Duration = Duration::from_millis(300);

/// How long one elsewhere may take, which shakes hands for encryption too.
const CONNECT_ELSEWHERE_WITHIN: Duration = Duration::from_secs(2);

/// Reads standard input to its end.
pub(super) async fn read() -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let limit = MAX_HOOK_BYTES as u64 + 1;
    let mut input = stdin().take(limit);
    let read = input.read_to_end(&mut bytes).await;
    read.map_err(|error| format!("standard input cannot be read: {error}"))?;
    if bytes.len() > MAX_HOOK_BYTES {
        // To its end nevertheless, so that the agent does not fail at writing it.
        input.set_limit(u64::MAX);
        let _ = tokio::io::copy(&mut input, &mut sink()).await;
        return Err(format!("the event has more than {MAX_HOOK_BYTES} bytes"));
    }
    Ok(bytes)
}

/// A client for the relay.
pub(super) fn client(url: &RelayUrl) -> Result<Client, String> {
    url.http_with(|client| client.connect_timeout(connect_within(url)))
}

fn connect_within(url: &RelayUrl) -> Duration {
    match url.is_encrypted() {
        true => CONNECT_ELSEWHERE_WITHIN,
        false => CONNECT_WITHIN,
    }
}

/// Posts JSON; what the relay answers, or `None` when that is nothing. An error completes `URL …`.
pub(super) async fn post(
    request: RequestBuilder,
    body: Vec<u8>,
    deadline: Instant,
) -> Result<Option<Value>, String> {
    let request = request.header(CONTENT_TYPE, "application/json").body(body);
    let exchange = timeout_at(deadline, exchange(request)).await;
    let bytes = exchange.map_err(|_| "did not answer in time")??;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let answer = serde_json::from_slice(&bytes).map(Some);
    answer.map_err(|error| format!("answered with something that is not JSON: {error}"))
}

async fn exchange(request: RequestBuilder) -> Result<Vec<u8>, String> {
    let failed = |error: reqwest::Error| format!("cannot be reached: {}", cause(&error));
    let response = request.send().await.map_err(failed)?;
    let status = response.status();
    let mut bytes = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk.map_err(failed)?);
        if bytes.len() > MAX_ANSWER_BYTES {
            return Err(format!("answered with more than {MAX_ANSWER_BYTES} bytes"));
        }
    }
    match status.is_success() {
        true => Ok(bytes),
        false => {
            let said = String::from_utf8_lossy(&bytes);
            Err(format!("refused with {status}: {}", said.trim()))
        }
    }
}
