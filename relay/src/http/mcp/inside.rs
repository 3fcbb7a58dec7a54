//! The tools' way to the relay from inside it: the API is called without a socket.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use pilothouse_shared::{Body as EventBody, ChannelId, Op, SignalKey};
use serde_json::{Value, json};
use tower_service::Service;

use crate::Server;
use crate::access::{Action, Speaker};
use crate::adapters::mcp::{
    ApiCall, Backend, Fault, Held, Here, Lease, Published, Taken, VIA, answered, unreadable,
};
use crate::channel::Taker;
use crate::http::access::Caller;
use crate::http::events::wait_over;
use crate::http::handover;

/// Largest answer: a page of events, or a list of all channels.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// See the module.
#[derive(Clone)]
pub(super) struct Inside {
    server: Server,
    api: Router,
}

impl fmt::Debug for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside").finish_non_exhaustive()
    }
}

impl Inside {
    pub(super) fn new(server: Server, api: Router) -> Self {
        Self { server, api }
    }
}

/// Hints of this relay on their way into a result.
#[derive(Debug)]
struct Leased(crate::channel::Lease);

impl Held for Leased {
    fn delivered(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(handover::receipt(self.0, VIA))
    }
}

impl Backend for Inside {
    async fn call(&self, who: &Arc<Speaker>, call: ApiCall) -> Result<Value, Fault> {
        let broken = |error: String| Fault::Misused(format!("this cannot be asked: {error}"));
        let body = match &call.body {
            None | Some(Value::Null) => Body::empty(),
            Some(body) => Body::from(body.to_string()),
        };
        let request = Request::builder()
            .method(call.method)
            .uri(call.target)
            .header(header::CONTENT_TYPE, "application/json")
            .extension(Caller(who.author.clone(), who.access.clone()))
            .body(body)
            .map_err(|error| broken(error.to_string()))?;
        let Ok(response) = self.api.clone().call(request).await;
        let status = response.status();
        let bytes = to_bytes(response.into_body(), MAX_ANSWER_BYTES).await;
        answered(status, &bytes.map_err(|error| broken(error.to_string()))?)
    }

    async fn publish(
        &self,
        who: &Arc<Speaker>,
        channel: &ChannelId,
        body: EventBody,
    ) -> Result<Published, Fault> {
        let call = ApiCall::post(&["channels", channel.as_str(), "events"], json!(body));
        let mut answer = self.call(who, call).await?;
        serde_json::from_value(answer["published"][0].take()).map_err(unreadable)
    }

    async fn signal(
        &self,
        who: &Arc<Speaker>,
        channel: &ChannelId,
        key: SignalKey,
        op: Op,
    ) -> Result<(), Fault> {
        let segments = ["channels", channel.as_str(), "signals", key.as_str()];
        self.call(who, ApiCall::put(&segments, json!(op))).await?;
        Ok(())
    }

    async fn take_hints(
        &self,
        who: &Arc<Speaker>,
        channel: &ChannelId,
        wait: Duration,
    ) -> Result<Taken, Fault> {
        let entrance = self.server.hub.entrance(&who.access);
        let found = entrance.find_or_create(Action::Report, channel, who);
        let channel = found.await?;
        let _present = channel.enter(Arc::new(who.author.clone()));
        let taker = Taker {
            author: who.author.clone(),
            session: None,
        };
        let over = wait_over(&self.server, wait);
        let lease = channel.lease_hints(&taker, over).await?;
        let hints = lease.hints().to_vec();
        let lease = (!hints.is_empty()).then(|| -> Lease { Box::new(Leased(lease)) });
        Ok(Taken { hints, lease })
    }

    async fn enter(&self, who: &Arc<Speaker>, channel: &ChannelId) -> Result<Here, Fault> {
        let entrance = self.server.hub.entrance(&who.access);
        let channel = entrance.find(Action::Join, channel)?;
        Ok(Box::new(channel.enter(Arc::new(who.author.clone()))))
    }
}
