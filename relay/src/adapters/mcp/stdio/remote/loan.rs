//! What became of hints that a relay in another process handed over.

use std::pin::Pin;
use std::sync::Arc;

use http::Method;
use pilothouse_shared::ChannelId;

use crate::access::Speaker;
use serde_json::json;
use tokio::runtime::Handle;

use super::Remote;
use crate::adapters::mcp::{ApiCall, Backend, Held, VIA};

/// Hints of the relay on their way into a result.
#[derive(Debug)]
pub(super) struct OnLoan {
    pub(super) remote: Remote,
    pub(super) who: Arc<Speaker>,
    pub(super) channel: ChannelId,
    /// Taken when it has been said what became of them.
    pub(super) lease: Option<String>,
}

impl OnLoan {
    /// Tells the relay what became of the hints. If that fails they are back in the queue: better
    /// twice than never.
    fn say(&mut self, call: impl FnOnce(&[&str]) -> ApiCall, last: &[&str]) {
        let Some(lease) = self.lease.take() else {
            return;
        };
        let mut segments = vec!["channels", self.channel.as_str(), "leases", &lease];
        segments.extend(last);
        let call = call(&segments);
        let (remote, who) = (self.remote.clone(), Arc::clone(&self.who));
        let saying = async move {
            if let Err(fault) = remote.call(&who, call).await {
                tracing::warn!(%fault, "the relay does not know what became of hints");
            }
        };
        // A process that ends has none; the relay then takes the hints back by itself.
        if let Ok(runtime) = Handle::try_current() {
            self.remote.0.tasks.spawn_on(saying, &runtime);
        }
    }
}

impl Held for OnLoan {
    fn delivered(mut self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let via = json!({ "via": VIA });
        self.say(|segments| ApiCall::post(segments, via), &["deliver"]);
        Box::pin(std::future::ready(()))
    }
}

impl Drop for OnLoan {
    fn drop(&mut self) {
        let give_back = |segments: &[&str]| ApiCall {
            method: Method::DELETE,
            ..ApiCall::get(segments, &[])
        };
        self.say(give_back, &[]);
    }
}
