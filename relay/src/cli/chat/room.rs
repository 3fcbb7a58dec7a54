//! A channel as the agent sees it: what waits to be answered there, and everything the agent says in it.

mod steering;
mod voice;

use std::time::Duration;

use pilothouse_relay::client::{Agent, Happened, Refused, Subscription};
use pilothouse_shared::limits::MAX_HISTORY;
use pilothouse_shared::{
    Body, ChannelId, Extra, MemberId, Op, Replica, Seq, SessionEnded, SessionStarted, True,
};
use serde_json::Value;
use tokio::task::JoinSet;

use self::steering::{Cancel, take_hints};
use super::inbox::{Ask, Inbox, Past, SESSION};
use crate::cli::Failure;

/// What `session_started` says of this program.
const AGENT: &str = "pilothouse-chat";

/// How long the end of the program waits for what it has said to be stored.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// See the module.
#[derive(Debug)]
pub(super) struct Room {
    agent: Agent,
    channel: ChannelId,
    me: MemberId,
    model: String,
    session: String,
    feed: Subscription,
    inbox: Inbox,
    cancel: Option<Cancel>,
    /// The channel was made anew, or runs under another epoch: seqs from before mean nothing.
    is_anew: bool,
    /// Takes hints for as long as this lives. What was taken is in the replica, also after a restart.
    _taking: JoinSet<()>,
}

impl Room {
    /// Enters the channel, which is made if need be, and goes on where the agent was before.
    pub(super) async fn enter(
        agent: Agent,
        me: MemberId,
        channel: ChannelId,
        model: &str,
        max_to_agents: usize,
    ) -> Result<Self, Failure> {
        let feed = agent.subscribe(&channel, MAX_HISTORY).await;
        let mut room = Self {
            inbox: Inbox::new(me.clone(), max_to_agents),
            agent,
            channel,
            me,
            model: model.to_owned(),
            session: uuid::Uuid::new_v4().to_string(),
            feed,
            cancel: None,
            is_anew: false,
            _taking: JoinSet::new(),
        };
        room.settle_in().await?;
        let taking = take_hints(
            room.agent.clone(),
            room.channel.clone(),
            room.session.clone(),
        );
        room._taking.spawn(taking);
        Ok(room)
    }

    /// Finds out how far the channel was answered, and says that a session begins or goes on.
    pub(super) async fn settle_in(&mut self) -> Result<(), Failure> {
        self.is_anew = false;
        let is_known = self.feed.skip().await.is_ok();
        let past = self.look(|replica| Past::of(replica.recent(), &self.me));
        let past = past.unwrap_or_default();
        let source = if past.session.is_some() {
            "resume"
        } else {
            "startup"
        };
        self.session = past.session.unwrap_or_else(|| self.session.clone());
        let started = Body::SessionStarted(SessionStarted {
            agent: AGENT.to_owned(),
            cwd: None,
            model: Some(self.model.clone()),
            source: Some(source.to_owned()),
            extra: extra(SESSION, self.session.clone()),
        });
        // Also what makes the channel.
        let began = self.publish(started).await?;
        if !is_known {
            self.feed.again().await;
            self.feed.skip().await.map_err(failed)?;
        }
        self.inbox.answered(past.answered.unwrap_or(began));
        self.forget_streams();
        self.cancel = self
            .look(|replica| self.open_cancel(replica.snapshot()))
            .flatten();
        Ok(())
    }

    /// Streams of a process that was killed stand on the relay until somebody clears them.
    fn forget_streams(&self) {
        let prefix = format!("tokens/{}-", self.session);
        let stale = self.look(|replica| {
            let keys = replica.signals().map(|(key, _)| key);
            let keys = keys.filter(|key| key.strip(&prefix).is_some());
            keys.cloned().collect::<Vec<_>>()
        });
        for key in stale.into_iter().flatten() {
            self.signal(key, Op::Clear(True));
        }
    }

    /// Whether it has to settle in again.
    pub(super) fn is_anew(&self) -> bool {
        self.is_anew
    }

    /// What waits to be answered.
    pub(super) fn due(&self) -> Option<Ask> {
        let due = |replica: &Replica| self.inbox.due(&replica.snapshot().messages);
        self.look(due).flatten()
    }

    /// Everything up to here needs no answer any more.
    pub(super) fn answered(&mut self, through: Seq) {
        self.inbox.answered(through);
    }

    /// What happens next in the channel. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Happened, Refused> {
        self.feed.next().await
    }

    /// Takes note of what happened.
    pub(super) fn hear(&mut self, happened: Result<Happened, Refused>) -> Result<(), Failure> {
        match happened.map_err(failed)? {
            Happened::Event(event) => self.event(&event),
            Happened::Anew | Happened::Ended { .. } => self.is_anew = true,
            Happened::Missed { .. } => {}
        }
        Ok(())
    }

    /// Reads the channel as it is known; `None` before it is.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Replica) -> T) -> Option<T> {
        self.agent.replica(&self.channel, look)
    }

    pub(super) fn me(&self) -> &MemberId {
        &self.me
    }

    /// Waits until the channel is known at least up to here.
    pub(super) async fn known_through(&mut self, seq: Seq) -> Result<(), Failure> {
        let is_known = |replica: &Replica| replica.position().is_some_and(|it| it.seq >= seq);
        while !self.is_anew && self.look(is_known) != Some(true) {
            let happened = self.feed.next().await;
            self.hear(happened)?;
        }
        Ok(())
    }

    /// Says farewell; how many events may not have been stored.
    pub(super) async fn leave(self) -> usize {
        let (reason, extra) = ("stopped".to_owned(), Extra::new());
        let ended = Body::SessionEnded(SessionEnded { reason, extra });
        let _ = self.agent.submit(&self.channel, ended).await;
        self.agent.close(CLOSE_WITHIN).await
    }

    async fn publish(&self, body: Body) -> Result<Seq, Failure> {
        self.agent
            .publish(&self.channel, body)
            .await
            .map_err(failed)
    }
}

fn extra(field: &str, value: impl Into<Value>) -> Extra {
    Extra::from_iter([(field.to_owned(), value.into())])
}

pub(super) fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Failed(error.to_string())
}
