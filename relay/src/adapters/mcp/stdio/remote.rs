//! The tools' way to a relay in another process: what is published goes through a link's outbox, so
//! that a relay that restarts loses none of it; questions go over HTTP, and again when it is back.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use pilothouse_shared::link::{Input, SendState, State};
use pilothouse_shared::{Author, Body, ChannelId, EventId, Hello, HintEntry, Refusal, Visibility};
use reqwest::Client as Http;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::adapters::mcp::{ApiCall, Backend, Fault, Here, Published, Taken, answered};
use crate::client::{Client, Handle, RelayUrl};
use crate::clock;

/// How long a tool waits for a relay that is away: it may only be restarting.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// Pause between two tries.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// How long an answer may take: the longest wait a question can ask for, and a while.
const ANSWER_WITHIN: Duration = Duration::from_secs(75);

/// See the module. Clones are the same way.
#[derive(Debug, Clone)]
pub(super) struct Remote(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    url: RelayUrl,
    http: Http,
    /// Made with the first call, which says who speaks.
    line: OnceLock<Line>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

#[derive(Debug)]
struct Line {
    handle: Handle,
    /// Changes with everything that becomes of the link.
    news: watch::Receiver<u64>,
}

impl Remote {
    pub(super) fn new(url: RelayUrl) -> Self {
        Self(Arc::new(Inner {
            url,
            http: Http::new(),
            line: OnceLock::new(),
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Ends the link in order.
    pub(super) async fn close(&self) {
        self.0.closing.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    fn line(&self, who: &Author) -> &Line {
        self.0.line.get_or_init(|| {
            let hello = Hello {
                member: Some(who.member.clone()),
                name: Some(who.name.clone()),
                kind: who.kind,
                token: None,
            };
            let client = Client::start(&self.0.url, hello);
            let (told, news) = watch::channel(0);
            let handle = client.handle();
            self.0
                .tasks
                .spawn(attend(client, told, self.0.closing.clone()));
            Line { handle, news }
        })
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
        let response = request
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let bytes = response
            .bytes()
            .await
            .map_err(|error| self.unreachable(&error))?;
        match answered(status, &bytes) {
            // It is stopping, or its disk is full: both pass.
            Err(Fault::Refused(refusal)) if status.is_server_error() => {
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
        pilothouse_shared::MemberKind::Agent => "agent",
        pilothouse_shared::MemberKind::Human => "human",
    }
}

/// Keeps the link up, and tells that something became of it.
async fn attend(mut client: Client, told: watch::Sender<u64>, closing: CancellationToken) {
    loop {
        tokio::select! {
            () = closing.cancelled() => break,
            update = client.recv() => match update {
                Some(_) => told.send_modify(|n| *n = n.wrapping_add(1)),
                None => break,
            },
        }
    }
    client.close().await;
}

impl Line {
    /// Waits until the link is up, or this is over.
    async fn up(&self, deadline: Instant) {
        let mut news = self.news.clone();
        loop {
            news.borrow_and_update();
            let is_up = |state: &State| matches!(state, State::Live | State::Replaying);
            if self.handle.read(|link| is_up(link.state())) {
                return;
            }
            if !matches!(timeout_at(deadline, news.changed()).await, Ok(Ok(()))) {
                return;
            }
        }
    }

    /// Shows the agent in a channel that exists, for as long as the process runs.
    async fn show(&self, channel: &ChannelId) {
        if self.handle.read(|link| link.replica(channel).is_none()) {
            self.handle.subscribe(channel.clone(), 0).await;
        }
    }

    /// What became of a publish, once that is known; `None` when it is still under way.
    async fn sent(&self, id: &EventId, deadline: Instant) -> Option<SendState> {
        let mut news = self.news.clone();
        loop {
            news.borrow_and_update();
            let state = self.handle.read(|link| {
                let entry = link.outbox().find(|entry| entry.id == *id);
                entry.map(|entry| entry.state.clone())
            });
            match state {
                Some(state) if !state.is_under_way() => return Some(state),
                _ if !matches!(timeout_at(deadline, news.changed()).await, Ok(Ok(()))) => {
                    return None;
                }
                _ => {}
            }
        }
    }
}

impl Backend for Remote {
    async fn call(&self, who: &Arc<Author>, call: ApiCall) -> Result<Value, Fault> {
        let deadline = Instant::now() + BACK_WITHIN;
        loop {
            match self.ask(who, &call).await {
                Err(Fault::Unreachable(_)) if Instant::now() < deadline => {}
                answer => return answer,
            }
            self.line(who).up(deadline).await;
            sleep(TRY_AGAIN_AFTER).await;
        }
    }

    async fn publish(
        &self,
        who: &Arc<Author>,
        channel: &ChannelId,
        body: Body,
    ) -> Result<Published, Fault> {
        let line = self.line(who);
        let id = clock::fresh_in_order(EventId::new);
        let publish = Input::Publish {
            id: id.clone(),
            channel: channel.clone(),
            body,
            visibility: Visibility::Public,
        };
        line.handle.send(publish).await;
        match line.sent(&id, Instant::now() + BACK_WITHIN).await {
            Some(SendState::Accepted { seq }) => {
                line.handle.send(Input::Dismiss { id: id.clone() }).await;
                line.show(channel).await;
                Ok(Published { id, seq })
            }
            Some(SendState::Failed { code, message }) => {
                line.handle.send(Input::Dismiss { id }).await;
                Err(Fault::Refused(Refusal::new(code, message)))
            }
            _ => {
                let url = &self.0.url;
                let message = format!(
                    "what you said is kept and sent as soon as {url} answers; do not say it again"
                );
                Err(Fault::Unreachable(message))
            }
        }
    }

    async fn take_hints(
        &self,
        who: &Arc<Author>,
        channel: &ChannelId,
        wait: Duration,
    ) -> Result<Taken, Fault> {
        let seconds = wait.as_millis().div_ceil(1000).to_string();
        let segments = ["channels", channel.as_str(), "hints"];
        let mut answer = self
            .call(who, ApiCall::get(&segments, &[("wait", seconds)]))
            .await?;
        let unknown = |error| Fault::Unreachable(format!("its answer cannot be read: {error}"));
        let hints: Vec<HintEntry> =
            serde_json::from_value(answer["hints"].take()).map_err(unknown)?;
        Ok(Taken { hints, lease: None })
    }

    async fn enter(&self, who: &Arc<Author>, channel: &ChannelId) -> Result<Here, Fault> {
        self.line(who).show(channel).await;
        Ok(Box::new(()))
    }
}
