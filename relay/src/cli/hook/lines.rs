//! `pilothouse hook json`: bodies in, hints out.

use std::io;

use pilothouse_shared::limits::MAX_BODY_BYTES;
use reqwest::Client;
use serde_json::{Map, Value};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Stdin, stdin};
use tokio::time::Instant;

use super::{Hook, WITHIN, deliver};
use crate::cli::Failure;
use crate::cli::output::print;
use crate::cli::plain::plain_json;

/// Standard input as a sequence of JSON values, on one line each or over several.
struct Values {
    input: BufReader<Stdin>,
    /// The beginning of a value. At most [`MAX_BODY_BYTES`] and a line.
    begun: Vec<u8>,
}

pub(super) async fn run(args: &Hook) -> Result<(), Failure> {
    let client = deliver::client(&args.relay.url()).map_err(Failure::Failed)?;
    let mut values = Values {
        input: BufReader::new(stdin()),
        begun: Vec::new(),
    };
    loop {
        let said = match values.next().await {
            Ok(Some(Ok(Value::Object(said)))) => said,
            Ok(Some(Ok(_))) => {
                args.explain("what came on standard input is no JSON object");
                continue;
            }
            Ok(Some(Err(error))) => {
                args.explain(&format!("what came on standard input is no JSON: {error}"));
                continue;
            }
            Ok(None) => return Ok(()),
            Err(error) => {
                args.explain(&format!("standard input cannot be read: {error}"));
                return Ok(());
            }
        };
        match tell(&client, args, said).await {
            Ok(hints) => hints
                .iter()
                .try_for_each(|hint| print(plain_json(&hint.to_string())))?,
            Err(why) => args.explain(&why),
        }
    }
}

/// Hands one object over; the hints that came back.
async fn tell(
    client: &Client,
    args: &Hook,
    mut said: Map<String, Value>,
) -> Result<Vec<Value>, String> {
    if let Some(channel) = &args.channel {
        said.insert("channel".to_owned(), channel.as_str().into());
    }
    let channel = said.get("channel").and_then(Value::as_str);
    let channel =
        channel.ok_or("no channel is named: add --channel, or `channel` to the object")?;
    // The same each time, so that one program is one member over all its calls.
    let member = args.member.as_deref().unwrap_or(channel);
    let name = args.name.as_deref().unwrap_or(member);
    let url = args.relay.url().page("/hooks/json");
    let request = client
        .post(&url)
        .header("pilothouse-member", member)
        .header("pilothouse-name", name)
        .header("pilothouse-kind", "agent");
    let body = Value::Object(said).to_string().into_bytes();
    let answer = deliver::post(request, body, Instant::now() + WITHIN).await;
    let answer = answer.map_err(|why| format!("{url} {why}"))?;
    let mut answer = answer.unwrap_or_default();
    match answer.get_mut("hints").map(Value::take) {
        Some(Value::Array(hints)) => Ok(hints),
        _ => Ok(Vec::new()),
    }
}

impl Values {
    /// The next value; `None` at the end. What is no JSON is skipped to the end of its line.
    async fn next(&mut self) -> io::Result<Option<serde_json::Result<Value>>> {
        loop {
            let n_read = self.line().await?;
            if self.begun.trim_ascii().is_empty() {
                self.begun.clear();
                if n_read == 0 {
                    return Ok(None);
                }
                continue;
            }
            let error = match serde_json::from_slice(&self.begun) {
                Ok(value) => {
                    self.begun.clear();
                    return Ok(Some(Ok(value)));
                }
                Err(error) => error,
            };
            let is_open = error.is_eof() && n_read > 0;
            if !is_open || self.begun.len() > MAX_BODY_BYTES {
                self.begun.clear();
                return Ok(Some(Err(error)));
            }
        }
    }

    /// Reads a line, or as much of it as a body may have.
    async fn line(&mut self) -> io::Result<usize> {
        let limit = MAX_BODY_BYTES as u64 + 1;
        let mut input = (&mut self.input).take(limit);
        input.read_until(b'\n', &mut self.begun).await
    }
}
