//! An agent, or anything else that speaks HTTP.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::{DEADLINE, door, until};

/// A member that speaks HTTP in one channel.
#[derive(Debug, Clone)]
pub struct Agent {
    http: Client,
    base: String,
    channel: String,
    member: String,
    kind: &'static str,
    token: Option<String>,
}

/// What a call was answered with.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body; null when it was empty.
    pub json: Value,
}

impl Answer {
    /// The body of a call that succeeded.
    ///
    /// # Panics
    /// When it did not.
    #[must_use]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.json);
        self.json
    }

    /// The code of a refusal.
    #[must_use]
    pub fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }
}

impl Agent {
    /// An agent called `member`.
    #[must_use]
    pub fn new(url: &str, channel: &str, member: &str) -> Self {
        let http = door::relay_url(url).http().unwrap();
        Self {
            http,
            base: url.to_owned(),
            channel: channel.to_owned(),
            member: member.to_owned(),
            kind: "agent",
            token: None,
        }
    }

    /// A person called `member`.
    #[must_use]
    pub fn person(url: &str, channel: &str, member: &str) -> Self {
        Self {
            kind: "human",
            ..Self::new(url, channel, member)
        }
    }

    /// The same with credentials: the relay then knows by itself who it is.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        let token = Some(token.to_owned());
        Self { token, ..self }
    }

    /// A call to `path`, which begins with a slash.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request
            .header("pilothouse-member", &self.member)
            .header("pilothouse-name", &self.member)
            .header("pilothouse-kind", self.kind)
            .timeout(2 * DEADLINE)
    }

    /// A call about the channel; `path` begins with a slash, or is empty.
    pub fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let channel = &self.channel;
        self.request(method, &format!("/api/channels/{channel}{path}"))
    }

    /// Makes the channel.
    pub async fn create(&self) {
        let body = json!({"id": self.channel, "name": self.channel});
        let call = self.request(Method::POST, "/api/channels").json(&body);
        let _ = answer(call).await.ok();
    }

    /// Publishes one body or an array of them; the seqs.
    pub async fn publish(&self, bodies: &Value) -> Vec<u64> {
        let published = self.try_publish(bodies).await.ok();
        let published = published["published"].as_array().unwrap();
        let seq = |item: &Value| item["seq"].as_u64().unwrap();
        published.iter().map(seq).collect()
    }

    /// Publishes, which may be refused.
    pub async fn try_publish(&self, bodies: &Value) -> Answer {
        answer(self.call(Method::POST, "/events").json(bodies)).await
    }

    /// Publishes one body under an id, again and again until the relay says that it is stored; its
    /// seq.
    pub async fn publish_surely(&self, id: &str, body: &Value) -> u64 {
        until(format!("{id} to be stored"), || async move {
            let call = self.call(Method::POST, "/events").json(body);
            let response = call.header("idempotency-key", id).send().await.ok()?;
            let json: Value = response.error_for_status().ok()?.json().await.ok()?;
            json["published"][0]["seq"].as_u64()
        })
        .await
    }

    /// Changes a signal.
    pub async fn signal(&self, key: &str, op: &Value) {
        let path = format!("/signals/{}", key.replace('/', "%2F"));
        let _ = answer(self.call(Method::PUT, &path).json(op)).await.ok();
    }

    /// Takes the hints that wait, or the first that comes within `wait` seconds.
    pub async fn hints(&self, wait: u64) -> Vec<Value> {
        let call = self.call(Method::GET, &format!("/hints?wait={wait}"));
        list(answer(call).await.ok(), "hints")
    }

    /// Says that a hint has been taken into account.
    pub async fn acknowledge(&self, hint: &str, note: &str) -> Answer {
        let call = self.call(Method::POST, &format!("/hints/{hint}/acknowledge"));
        answer(call.json(&json!({"note": note}))).await
    }

    /// Asks, and waits for the outcome at most `wait` seconds.
    pub async fn ask(&self, body: &Value, wait: u64) -> Answer {
        answer(
            self.call(Method::POST, &format!("/requests?wait={wait}"))
                .json(body),
        )
        .await
    }

    /// The request, as soon as it has an outcome, at most after `wait` seconds.
    pub async fn outcome(&self, request: &str, wait: u64) -> Value {
        let call = self.call(Method::GET, &format!("/requests/{request}?wait={wait}"));
        answer(call).await.ok()
    }

    /// Resolves a request.
    pub async fn resolve(&self, request: &str, resolution: &Value) -> Answer {
        let call = self.call(Method::POST, &format!("/requests/{request}/resolve"));
        answer(call.json(resolution)).await
    }

    /// The events after a seq, at most 1000; waits `wait` seconds for one.
    pub async fn events(&self, after: u64, wait: u64) -> Vec<Value> {
        let path = format!("/events?after={after}&limit=1000&wait={wait}");
        list(answer(self.call(Method::GET, &path)).await.ok(), "events")
    }

    /// The summaries of all channels.
    pub async fn channels(&self) -> Vec<Value> {
        let call = self.request(Method::GET, "/api/channels");
        list(answer(call).await.ok(), "channels")
    }

    /// The channel's summary.
    pub async fn summary(&self) -> Value {
        answer(self.call(Method::GET, "")).await.ok()
    }

    /// What the relay counts under this name.
    pub async fn metric(&self, name: &str) -> Option<f64> {
        let response = self.request(Method::GET, "/metrics").send().await.unwrap();
        let text = response.text().await.unwrap();
        let value = text.lines().find_map(|line| line.strip_prefix(name))?;
        value.trim().parse().ok()
    }

    /// Waits until the relay answers.
    pub async fn until_ready(&self) {
        until("the relay to be ready", || async {
            let call = self.request(Method::GET, "/ready");
            let response = call.timeout(Duration::from_secs(2)).send().await.ok()?;
            response.status().is_success().then_some(())
        })
        .await;
    }
}

/// Sends a call and reads the whole answer.
async fn answer(call: RequestBuilder) -> Answer {
    let response = call.send().await.expect("the relay answers");
    let status = response.status();
    let bytes = response.bytes().await.expect("the answer is whole");
    let json = match bytes.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&bytes).expect("the answer is JSON"),
    };
    Answer { status, json }
}

fn list(mut json: Value, name: &str) -> Vec<Value> {
    match json[name].take() {
        Value::Array(items) => items,
        other => panic!("no list of {name}: {other}"),
    }
}
