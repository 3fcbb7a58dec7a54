//! The tools' way to a relay in another process: what is published and shown goes through a link, so
//! that a relay that restarts loses none of it; questions go over HTTP, and again when it is back.

mod loan;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::Method;
use pilothouse_shared::{
    Author, Body, ChannelId, ErrorCode, Hello, HintEntry, MemberKind, Op, Refusal, SignalKey,
};
use reqwest::Client as Http;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::task::TaskTracker;

use crate::access::Speaker;
use crate::adapters::mcp::{
    ApiCall, Backend, Fault, Here, Lease, Published, Taken, answered, unreadable,
};
use crate::client::{Agent, Refused, RelayUrl, Subscription};
use loan::OnLoan;

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

impl Remote {
    pub(super) fn new(url: RelayUrl) -> Result<Self, String> {
        let http = url.http()?;
        Ok(Self(Arc::new(Inner {
            url,
            http,
            agent: OnceLock::new(),
            shown: Mutex::default(),
            tasks: TaskTracker::new(),
            away: Mutex::default(),
        })))
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

    /// The same; tries a relay that is away at once.
    async fn awake(&self, who: &Author) -> &Agent {
        let agent = self.agent(who);
        if !agent.is_connected() {
            agent.retry().await;
        }
        agent
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
    async fn call(&self, who: &Arc<Speaker>, call: ApiCall) -> Result<Value, Fault> {
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
        who: &Arc<Speaker>,
        channel: &ChannelId,
        body: Body,
    ) -> Result<Published, Fault> {
        let agent = self.awake(who).await;
        // A moment at least: the relay may be back.
        let deadline = self.patience().max(Instant::now() + MOMENT);
        let submitted = timeout_at(deadline, agent.submit(channel, body)).await;
        let Ok(receipt) = submitted else {
            let message = "too much waits to be sent already, so this is lost".to_owned();
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
                Err(Fault::Kept(message))
            }
        }
    }

    async fn publish_patiently(
        &self,
        who: &Arc<Speaker>,
        channel: &ChannelId,
        body: Body,
        over: Option<Body>,
    ) -> Result<Published, Fault> {
        let agent = self.awake(who).await.clone();
        let receipt = agent.submit(channel, body).await;
        let id = receipt.id().clone();
        let (told, stored) = oneshot::channel();
        let place = channel.clone();
        // At most as many as the link has under way.
        self.0.tasks.spawn(async move {
            let left = told.send(receipt.stored().await);
            // Not before: the relay refuses the end of what it does not know.
            if let (Err(Ok(_)), Some(over)) = (left, over)
                && let Err(why) = agent.publish(&place, over).await
            {
                tracing::debug!(%why, "not withdrawn");
            }
        });
        let seq = stored.await.unwrap_or(Err(Refused::Closed));
        let seq = seq.map_err(refused)?;
        self.answers(true);
        self.show(who, channel).await;
        Ok(Published { id, seq })
    }

    /// The link tells it again to a relay that was restarted, which has forgotten it.
    async fn signal(
        &self,
        who: &Arc<Speaker>,
        channel: &ChannelId,
        key: SignalKey,
        op: Op,
    ) -> Result<(), Fault> {
        let told = self.agent(who).signal(channel, key, op);
        told.map_err(|error| Fault::Misused(error.to_string()))
    }

    async fn take_hints(
        &self,
        who: &Arc<Speaker>,
        channel: &ChannelId,
        wait: Duration,
    ) -> Result<Taken, Fault> {
        let mut call = ApiCall::get(
            &["channels", channel.as_str(), "leases"],
            &[("wait", wait.as_millis().div_ceil(1000).to_string())],
        );
        call.method = Method::POST;
        let answer = self.call(who, call).await?;
        let leased: Leased = serde_json::from_value(answer).map_err(unreadable)?;
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

    async fn enter(&self, who: &Arc<Speaker>, channel: &ChannelId) -> Result<Here, Fault> {
        self.show(who, channel).await;
        Ok(Box::new(()))
    }
}
