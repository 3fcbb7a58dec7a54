//! The tools' way to a relay in another process: what is published and shown goes through a link, so
//! that a relay that restarts loses none of it; questions go over HTTP, and again when it is back.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::Method;
use pilothouse_shared::{
    Author, Body, ChannelId, ErrorCode, Hello, HintEntry, MemberKind, Op, Refusal, SignalKey,
};
use reqwest::Client as Http;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::task::TaskTracker;

use crate::adapters::mcp::{
    ApiCall, Backend, Fault, Held, Here, Lease, Published, Taken, VIA, answered,
};
use crate::client::{Agent, Refused, RelayUrl, Subscription};

/// How long tools wait for a relay that is away: it may only be restarting. Once it has been away for longer
/// they say so at once.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// Pause between two tries.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// How long a relay that has been away for longer is given to take what is published.
const MOMENT: Duration = Duration::from_secs(1);

/// How long an answer may take: the longest wait a question can ask for, and a while.
const ANSWER_WITHIN: Duration = Duration::from_secs(75);

/// How long what is still under way may take when the process ends.
const END_WITHIN: Duration = Duration::from_secs(2);

/// Most channels the agent is shown in.
const MAX_SHOWN: usize = 64;

/// See the module. Clones are the same way.
#[derive(Debug, Clone)]
pub(super) struct Remote(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    url: RelayUrl,
    http: Http,
    /// Made with the first call, which says who speaks.
    agent: OnceLock<Agent>,
    /// Where the agent is shown; at most [`MAX_SHOWN`].
    shown: Mutex<HashMap<ChannelId, Subscription>>,
    /// Receipts on their way.
    tasks: TaskTracker,
    /// Since when the relay has been away.
    away: Mutex<Option<Instant>>,
}

/// What `leases` answers.
#[derive(Debug, Deserialize)]
struct Leased {
    lease: Option<String>,
    hints: Vec<HintEntry>,
}

/// Hints of the relay on their way into a result.
#[derive(Debug)]
struct OnLoan {
    remote: Remote,
    who: Arc<Author>,
    channel: ChannelId,
    /// Taken when it has been said what became of them.
    lease: Option<String>,
}

impl Remote {
    pub(super) fn new(url: RelayUrl) -> Self {
        Self(Arc::new(Inner {
            url,
            http: Http::new(),
            agent: OnceLock::new(),
            shown: Mutex::default(),
            tasks: TaskTracker::new(),
            away: Mutex::default(),
        }))
    }

    /// Ends the link in order. How many events were not acknowledged.
    pub(super) async fn close(&self) -> usize {
        self.0.tasks.close();
        let _ = timeout(END_WITHIN, self.0.tasks.wait()).await;
        self.shown().clear();
        match self.0.agent.get() {
            Some(agent) => agent.clone().close(END_WITHIN).await,
            None => 0,
        }
    }

    fn agent(&self, who: &Author) -> &Agent {
        self.0.agent.get_or_init(|| {
            let hello = Hello {
                member: Some(who.member.clone()),
                name: Some(who.name.clone()),
                kind: who.kind,
                token: None,
            };
            Agent::start(&self.0.url, hello)
        })
    }

    /// When to give up on a relay that is away now.
    fn patience(&self) -> Instant {
        let since = *self.0.away.lock().unwrap_or_else(PoisonError::into_inner);
        since.unwrap_or_else(Instant::now) + BACK_WITHIN
    }

    /// Remembers whether the relay answered.
    fn answers(&self, does: bool) {
        let mut away = self.0.away.lock().unwrap_or_else(PoisonError::into_inner);
        *away = match does {
            true => None,
            false => Some(away.unwrap_or_else(Instant::now)),
        };
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, HashMap<ChannelId, Subscription>> {
        self.0.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows the agent in a channel that exists, for as long as the process runs.
    async fn show(&self, who: &Author, channel: &ChannelId) {
        let agent = self.agent(who);
        let is_shown = agent.replica(channel, |_| ()).is_some();
        let n_shown = self.shown().len();
        if !is_shown && n_shown < MAX_SHOWN {
            let subscription = agent.subscribe(channel, 0).await;
            self.shown().insert(channel.clone(), subscription);
        }
    }

    async fn ask(&self, who: &Author, call: &ApiCall) -> Result<Value, Fault> {
        let url = self.0.url.page(&call.target);
        let mut request = self.0.http.request(call.method.clone(), url);
        request = request
            .timeout(ANSWER_WITHIN)
            .header("pilothouse-member", who.member.as_str())
            .header("pilothouse-name", who.name.as_bytes())
            .header("pilothouse-kind", kind(who));
        if let Some(body) = call.body.as_ref().filter(|body| !body.is_null()) {
            request = request.json(body);
        }
        let sent = request.send().await;
        let response = sent.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let bytes = response.bytes().await;
        let bytes = bytes.map_err(|error| self.unreachable(&error))?;
        match answered(status, &bytes) {
            // It is stopping, or its disk is full: both pass.
            Err(Fault::Refused(refusal)) if refusal.code == ErrorCode::Unavailable => {
                Err(Fault::Unreachable(refusal.message))
            }
            answer => answer,
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Fault {
        let why = match error {
            error if error.is_timeout() => "it did not answer in time",
            error if error.is_connect() => "nothing answers there",
            _ => "the connection broke",
        };
        let url = &self.0.url;
        Fault::Unreachable(format!("{why} ({url}); is `pilothouse serve` running?"))
    }
}

fn kind(who: &Author) -> &'static str {
    match who.kind {
        MemberKind::Agent => "agent",
        MemberKind::Human => "human",
    }
}

fn refused(refused: Refused) -> Fault {
    match refused {
        Refused::Relay { code, message } => Fault::Refused(Refusal::new(code, message)),
        other => Fault::Unreachable(other.to_string()),
    }
}

impl Backend for Remote {
    async fn call(&self, who: &Arc<Author>, call: ApiCall) -> Result<Value, Fault> {
        loop {
            let answer = self.ask(who, &call).await;
            let is_away = matches!(answer, Err(Fault::Unreachable(_)));
            self.answers(!is_away);
            if !is_away || Instant::now() >= self.patience() {
                return answer;
            }
            sleep(TRY_AGAIN_AFTER).await;
        }
    }

    async fn publish(
        &self,
        who: &Arc<Author>,
        channel: &ChannelId,
        body: Body,
    ) -> Result<Published, Fault> {
        let agent = self.agent(who);
        if !agent.is_connected() {
            agent.retry().await;
        }
        // A moment at least: the relay may be back.
        let deadline = self.patience().max(Instant::now() + MOMENT);
        let submitted = timeout_at(deadline, agent.submit(channel, body)).await;
        let Ok(receipt) = submitted else {
            let message = "and too much waits to be sent already: this is lost".to_owned();
            return Err(Fault::Unreachable(message));
        };
        let id = receipt.id().clone();
        let stored = timeout_at(deadline, receipt.stored()).await;
        self.answers(stored.is_ok());
        match stored {
            Ok(Ok(seq)) => {
                self.show(who, channel).await;
                Ok(Published { id, seq })
            }
            Ok(Err(why)) => Err(refused(why)),
            Err(_) => {
                let url = &self.0.url;
                let message = format!(
                    "this is kept and sent as soon as {url} answers, so do not repeat it; is \
                     `pilothouse serve` running?"
                );
                Err(Fault::Unreachable(message))
            }
        }
    }

    /// The link tells it again to a relay that was restarted, which has forgotten it.
    async fn signal(
        &self,
        who: &Arc<Author>,
        channel: &ChannelId,
        key: SignalKey,
        op: Op,
    ) -> Result<(), Fault> {
        let told = self.agent(who).signal(channel, key, op);
        told.map_err(|error| Fault::Misused(error.to_string()))
    }

    async fn take_hints(
        &self,
        who: &Arc<Author>,
        channel: &ChannelId,
        wait: Duration,
    ) -> Result<Taken, Fault> {
        let mut call = ApiCall::get(
            &["channels", channel.as_str(), "leases"],
            &[("wait", wait.as_millis().div_ceil(1000).to_string())],
        );
        call.method = Method::POST;
        let answer = self.call(who, call).await?;
        let unknown = |error| Fault::Unreachable(format!("its answer cannot be read: {error}"));
        let leased: Leased = serde_json::from_value(answer).map_err(unknown)?;
        let lease = leased.lease.map(|lease| -> Lease {
            Box::new(OnLoan {
                remote: self.clone(),
                who: Arc::clone(who),
                channel: channel.clone(),
                lease: Some(lease),
            })
        });
        let hints = leased.hints;
        Ok(Taken { hints, lease })
    }

    async fn enter(&self, who: &Arc<Author>, channel: &ChannelId) -> Result<Here, Fault> {
        self.show(who, channel).await;
        Ok(Box::new(()))
    }
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
