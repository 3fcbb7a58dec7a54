//! The relay's HTTP API, as far as a played agent uses it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use ureq::RequestBuilder;
use ureq::typestate::WithBody;

use super::script::Cast;

/// How much longer than asked an answer may take before the connection counts as lost.
const GRACE: Duration = Duration::from_secs(10);

/// One agent's way to one channel.
#[derive(Debug)]
pub(crate) struct Client {
    http: ureq::Agent,
    channels: String,
    cast: Cast,
}

impl Client {
    /// A client of the relay at `address`; connects when it is used.
    pub(crate) fn new(address: &str, cast: &Cast) -> Self {
        let channels = format!("{address}/api/channels");
        Self {
            http: ureq::Agent::new_with_defaults(),
            channels,
            cast: cast.clone(),
        }
    }

    /// Creates the channel with its title, unless it exists.
    pub(crate) fn create(&self) -> Result<(), ureq::Error> {
        let channel = json!({ "id": self.cast.channel, "name": self.cast.title });
        match self.send(self.http.post(&self.channels), 0, &channel) {
            Err(ureq::Error::StatusCode(409)) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Publishes one body.
    pub(crate) fn publish(&self, body: &Value) -> Result<(), ureq::Error> {
        self.send(self.http.post(self.url("/events")), 0, body)
            .map(drop)
    }

    /// Changes a signal.
    pub(crate) fn signal(&self, key: &str, op: &Value) -> Result<(), ureq::Error> {
        let key = key.replace('/', "%2F");
        self.send(self.http.put(self.url(&format!("/signals/{key}"))), 0, op)
            .map(drop)
    }

    /// Asks people, waits up to `patience` seconds and returns the request as it stands then.
    pub(crate) fn ask(&self, patience: u64, mut body: Value) -> Result<Value, ureq::Error> {
        body["expires_at"] = json!(unix_ms() + 1000 * patience);
        self.send(
            self.http
                .post(self.url(&format!("/requests?wait={patience}"))),
            patience,
            &body,
        )
    }

    /// Waits up to `patience` seconds for hints and takes them.
    pub(crate) fn hints(&self, patience: u64) -> Result<Vec<Value>, ureq::Error> {
        let request = self.http.get(self.url(&format!("/hints?wait={patience}")));
        let mut answer: Value = self
            .named(request, patience)
            .call()?
            .body_mut()
            .read_json()?;
        Ok(answer["hints"]
            .as_array_mut()
            .map(std::mem::take)
            .unwrap_or_default())
    }

    /// Tells people that the hint with this id is taken into account.
    pub(crate) fn acknowledge(&self, hint: &str, note: &str) -> Result<(), ureq::Error> {
        let url = self.url(&format!("/hints/{hint}/acknowledge"));
        self.send(self.http.post(url), 0, &json!({ "note": note }))
            .map(drop)
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{}{path}", self.channels, self.cast.channel)
    }

    fn named<B>(&self, request: RequestBuilder<B>, patience: u64) -> RequestBuilder<B> {
        let limit = GRACE + Duration::from_secs(patience);
        request
            .header("Pilothouse-Member", &self.cast.member)
            .header("Pilothouse-Name", &self.cast.name)
            .header("Pilothouse-Kind", "agent")
            .config()
            .timeout_global(Some(limit))
            .build()
    }

    fn send(
        &self,
        request: RequestBuilder<WithBody>,
        patience: u64,
        body: &Value,
    ) -> Result<Value, ureq::Error> {
        let mut answer = self.named(request, patience).send_json(body)?;
        // Some answers have no content.
        Ok(answer.body_mut().read_json().unwrap_or_default())
    }
}

/// Milliseconds since the Unix epoch.
pub(crate) fn unix_ms() -> u64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
