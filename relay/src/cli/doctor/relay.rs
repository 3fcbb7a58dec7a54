//! The relay, asked over HTTP as any program would.

use std::time::Duration;

use pilothouse_relay::client::{RelayUrl, cause, now};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::report::Check;
use crate::cli::channels::age;

/// How long an answer may take, but for long polls.
const WITHIN: Duration = Duration::from_secs(5);

/// How long a receipt may take, in seconds.
const RECEIPT_SECONDS: u64 = 5;

/// The member that gives the hints of a round trip.
const DOCTOR: &str = "pilothouse-doctor";

/// The member that gets them, where the agent does not say itself who it is.
const PATIENT: &str = "pilothouse-doctor-agent";

/// See the module.
#[derive(Debug)]
pub(super) struct Relay {
    http: Client,
    url: RelayUrl,
}

impl Relay {
    pub(super) fn new(url: &RelayUrl) -> Result<Self, String> {
        let http = url.http_with(|client| client.timeout(WITHIN + WITHIN))?;
        let url = url.clone();
        Ok(Self { http, url })
    }

    pub(super) fn url(&self) -> &RelayUrl {
        &self.url
    }

    /// A call to a page, as the person who examines.
    pub(super) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.call_as(DOCTOR, "human", method, path)
    }

    /// A call to a page, as the agent that is examined.
    pub(super) fn call_as_agent(&self, method: Method, path: &str) -> RequestBuilder {
        self.call_as(PATIENT, "agent", method, path)
    }

    fn call_as(&self, member: &str, kind: &str, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, self.url.page(path))
            .header("pilothouse-member", member)
            .header("pilothouse-name", "pilothouse doctor")
            .header("pilothouse-kind", kind)
    }

    /// Its version.
    pub(super) async fn health(&self) -> Result<String, String> {
        let health = answer(self.call(Method::GET, "/health")).await?;
        match health["version"].as_str() {
            Some(version) => Ok(version.to_owned()),
            None => Err(format!(
                "there is something else than a relay at {}",
                self.url
            )),
        }
    }

    pub(super) async fn channels(&self) -> Result<Vec<Value>, String> {
        let mut list = answer(self.call(Method::GET, "/api/channels")).await?;
        match list.get_mut("channels").map(Value::take) {
            Some(Value::Array(channels)) => Ok(channels),
            _ => Err("the relay does not list its channels".to_owned()),
        }
    }

    /// When a session of this agent last said something.
    pub(super) async fn last_heard(&self, agent: &str) -> Check {
        const WHAT: &str = "last event";
        let channels = match self.channels().await {
            Ok(channels) => channels,
            Err(why) => return Check::failed(WHAT, why),
        };
        let of_agent = channels.iter().filter(|channel| {
            channel["session"]["agent"] == agent && channel["session"]["cwd"] != super::trip::FOLDER
        });
        let last = of_agent.max_by_key(|channel| channel["last_at"].as_u64());
        let at = last.and_then(|channel| channel["last_at"].as_u64());
        match (last, at) {
            (Some(channel), Some(at)) => {
                let id = channel["id"].as_str().unwrap_or_default();
                let age = age(now().saturating_sub(at));
                Check::ok(WHAT, format!("{age}, in {id}"))
            }
            _ => Check::absent(
                WHAT,
                "none yet: no session has started since it is attached",
            ),
        }
    }

    /// Gives a hint to whoever works in a channel; its id.
    pub(super) async fn give_hint(&self, channel: &str, text: &str) -> Result<String, String> {
        let path = format!("/api/channels/{channel}/events");
        let hint = json!({"type": "hint", "hint": {"kind": "text", "text": text}});
        let given = answer(self.call(Method::POST, &path).json(&hint)).await?;
        let id = given["published"][0]["id"].as_str();
        id.map(str::to_owned)
            .ok_or_else(|| "the relay did not take a hint".to_owned())
    }

    /// Waits until the relay says that the hint was delivered.
    pub(super) async fn receipt(&self, channel: &str, hint: &str) -> Result<(), String> {
        let mut after = 0;
        for _ in 0..RECEIPT_SECONDS {
            let path = format!("/api/channels/{channel}/events?after={after}&limit=1000&wait=1");
            let mut list = answer(self.call(Method::GET, &path)).await?;
            let events = list.get_mut("events").map(Value::take);
            for event in events.iter().filter_map(Value::as_array).flatten() {
                after = event["seq"].as_u64().unwrap_or(after);
                let body = &event["body"];
                if body["type"] == "hint_delivered" && body["hint"] == hint {
                    return Ok(());
                }
            }
        }
        Err("a hint was handed over, but the relay shows no receipt".to_owned())
    }

    /// Removes a channel, if it is there.
    pub(super) async fn remove(&self, channel: &str) {
        let path = format!("/api/channels/{channel}");
        // A channel too many is no reason to say that an attachment does not work.
        let _ = self.call(Method::DELETE, &path).send().await;
    }
}

/// The JSON of an answer; null when it is empty.
pub(super) async fn answer(request: RequestBuilder) -> Result<Value, String> {
    let failed = |error: reqwest::Error| {
        let cause = cause(&error);
        let url = error.url().map_or_else(String::new, ToString::to_string);
        format!("{url} cannot be reached ({cause})")
    };
    let response = request.timeout(WITHIN).send().await.map_err(failed)?;
    let (url, status) = (response.url().to_string(), response.status());
    let text = response.text().await.map_err(failed)?;
    if !status.is_success() {
        return Err(format!("{url} answered {status}: {}", text.trim()));
    }
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    let answer = serde_json::from_str(&text);
    answer.map_err(|_| format!("{url} answered with something that is not JSON"))
}
