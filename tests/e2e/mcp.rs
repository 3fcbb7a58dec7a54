//! Agents attach through the Model Context Protocol, with clients that are not ours, both ways and in both
//! revisions.

mod door;
mod restart;
mod rooms;
mod steering;
mod tools;

use pilothouse_tests::{Agent, until};
use reqwest::Method;
use serde_json::Value;

/// A person's view of the channel an agent works in.
struct Person(Agent);

impl Person {
    fn new(relay: &str, channel: &str) -> Self {
        Self(Agent::person(relay, channel, "ada"))
    }

    /// Gives a hint; its id.
    async fn hint(&self, text: &str) -> String {
        let seq = self.0.publish(&pilothouse_tests::hint(text)).await[0];
        let event = self.0.events(seq - 1, 0).await.remove(0);
        event["id"].as_str().unwrap().to_owned()
    }

    /// The first event of this type, as soon as there is one, and a channel to look in.
    async fn event(&self, kind: &str) -> Value {
        self.event_with(kind, |_| true).await
    }

    /// The same of those with such a body.
    async fn event_with(&self, kind: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
        until(format!("a {kind}"), async || {
            let page = self.0.call(Method::GET, "/events?after=0&limit=1000");
            let page: Value = page.send().await.ok()?.json().await.ok()?;
            let mut events = page["events"].as_array()?.iter();
            let is_it = |body: &Value| body["type"] == kind && is_meant(body);
            events.find(|event| is_it(&event["body"])).cloned()
        })
        .await
    }

    /// Waits until so many agents are connected to the channel.
    async fn sees_agents(&self, n: u64) {
        until(format!("{n} agents"), async || {
            let summary = self.0.call(Method::GET, "").send().await.ok()?;
            let summary: Value = summary.json().await.ok()?;
            (summary["agents"] == n).then_some(())
        })
        .await;
    }

    /// The request that is asked, as soon as there is one.
    async fn asked(&self, kind: &str) -> Value {
        self.event(kind).await["body"].clone()
    }
}

fn id(request: &Value) -> &str {
    request["request"].as_str().unwrap()
}
