//! One call at the channel of its session: what is stored, and what the call is answered.

mod hints;

use std::sync::Arc;
use std::time::Duration;

use pilothouse_shared::{
    Author, Body, ErrorCode, EventId, Extra, Millis, Op, Refusal, Role, SignalKey, Snapshot,
    ToolFinished, True, Visibility,
};

use super::story::{self, Record, Story};
use super::waiting::{Waiting, end_request};
use super::{Answer, Call, Hooks, Terms, Vendor, ask, evidence, invalid, place};
use crate::channel::{Channel, Proposal};
use crate::clock;

/// How long after its time a request may get its outcome: the relay looks twice a second.
const EXPIRES_WITHIN: Duration = Duration::from_secs(2);

/// See the module.
pub(super) struct Visit<'a> {
    hooks: Arc<Hooks>,
    channel: Arc<Channel>,
    /// Who calls: the session's agent or one of its sub-agents.
    author: Author,
    call: &'a Call,
}

impl<'a> Visit<'a> {
    pub(super) fn new(
        hooks: Arc<Hooks>,
        channel: Arc<Channel>,
        call: &'a Call,
    ) -> Result<Self, Refusal> {
        let author = place::author(call).map_err(|error| invalid(&error))?;
        Ok(Self {
            hooks,
            channel,
            author,
            call,
        })
    }

    /// Stores what the call says.
    pub(super) async fn record(&self) -> Result<(), Refusal> {
        let Story {
            records,
            mut signals,
        } = story::tell(self.call);
        let mut all = self.with_snapshot(|snapshot| self.before(snapshot));
        all.extend(records);
        if self.call.event() == "MessageDisplay" {
            self.speak(&mut all, &mut signals);
        }
        self.publish(all).await?;
        for (key, op) in &signals {
            self.signal(key, op);
        }
        Ok(())
    }

    /// What must be said before this call makes sense: that the session began, how tools ended of which
    /// nobody will tell any more, what the agent said last.
    fn before(&self, snapshot: &Snapshot) -> Vec<Record> {
        let mut records: Vec<_> = beginning(self.call, snapshot).into_iter().collect();
        if self.call.ends_turn() {
            records.extend(story::last_words(
                self.call,
                &self.author,
                &snapshot.messages,
                &snapshot.hints,
            ));
            records.extend(unreported(snapshot, &self.author));
        }
        records
    }

    /// A part of a message: live until it is whole, then an event.
    fn speak(&self, records: &mut Vec<Record>, signals: &mut Vec<(SignalKey, Op)>) {
        let Some(spoken) = self.hooks.memory().hear(self.call) else {
            return;
        };
        let key = SignalKey::new(format!("tokens/{}", spoken.message)).ok();
        let is_final = self.call.is("final");
        if is_final && !spoken.text.trim().is_empty() {
            records.push(story::spoken(
                &spoken.message,
                &spoken.text,
                spoken.is_whole,
            ));
        }
        let op = match is_final {
            true => Op::Clear(True),
            false => Op::Append(spoken.news),
        };
        signals.extend(key.map(|key| (key, op)));
    }

    /// Ends the requests that this call shows to be over.
    pub(super) async fn settle(&self) {
        let settled = self.with_snapshot(|snapshot| {
            evidence::settled(self.call, &snapshot.requests, &self.author)
        });
        for (request, outcome) in settled {
            end_request(&self.channel, &self.author, &request, outcome).await;
        }
    }

    /// What the agent is answered.
    pub(super) async fn answer(&self, terms: &Terms) -> Result<Answer, Refusal> {
        let event = self.call.event();
        match event {
            "PermissionRequest" if self.is_alone() => Ok(Answer::nothing()),
            "PermissionRequest" => self.ask(terms, terms.timeout + EXPIRES_WITHIN).await,
            "PreToolUse" if self.is_held(terms) => self.ask(terms, terms.hold).await,
            "Stop" => self.turn_ended("Stop").await,
            "SubagentStop" => self.turn_ended("SubagentStop").await,
            _ => {
                if ["UserPromptSubmit", "SessionEnd"].contains(&event) {
                    self.acknowledge().await;
                }
                match self.call.vendor.reading(event) {
                    Some(event) => self.tell_hints(event),
                    None => Ok(Answer::nothing()),
                }
            }
        }
    }

    /// Whether the terminal is to stay silent for a while, because somebody here may answer.
    fn is_held(&self, terms: &Terms) -> bool {
        ask::is_question(self.call) && !terms.hold.is_zero() && self.channel.n_people() > 0
    }

    /// Whether nobody here could answer an agent whose terminal asks only when its hooks have no answer:
    /// the person there would wait for nothing.
    fn is_alone(&self) -> bool {
        self.call.vendor == Vendor::Codex && self.channel.n_people() == 0
    }

    /// Asks people, and waits for them as long as `wait`.
    async fn ask(&self, terms: &Terms, wait: Duration) -> Result<Answer, Refusal> {
        // The request outlives a wait before the tool: it goes on with the terminal's own dialog.
        let open_for = Millis::try_from(terms.timeout.as_millis()).unwrap_or(Millis::MAX);
        let expires_at = clock::now().saturating_add(open_for);
        let asks = self
            .with_snapshot(|snapshot| ask::asks(self.call, &self.author, snapshot, expires_at))
            .map_err(|error| invalid(&error))?;
        let requests: Vec<_> = asks.iter().map(|(request, _)| request.clone()).collect();
        let waiting = Waiting::new(&self.hooks, &self.channel, &self.author, &requests);
        for (_, body) in asks {
            // One that is open already is waited for.
            match self.publish(vec![Record { id: None, body }]).await {
                Err(refusal) if refusal.code != ErrorCode::AlreadyExists => return Err(refusal),
                _ => {}
            }
        }
        let resolved = waiting.outcome(wait, &terms.stopping).await?;
        Ok(Answer::of(ask::decision(self.call, &resolved)))
    }

    async fn publish(&self, records: Vec<Record>) -> Result<(), Refusal> {
        if records.is_empty() {
            return Ok(());
        }
        let proposals = records.into_iter();
        let person = place::person(self.call).map_err(|error| invalid(&error))?;
        let proposals = proposals.map(|Record { id, body }| match is_prompt(&body) {
            true => proposal(&person, id, body),
            false => proposal(&self.author, id, body),
        });
        self.channel.publish(proposals.collect()).await.map(|_| ())
    }

    fn signal(&self, key: &SignalKey, op: &Op) {
        if let Err(refusal) = self.channel.signal(key, op) {
            tracing::debug!(channel = %self.channel.id(), %key, %refusal, "signal not changed");
        }
    }

    fn with_snapshot<T>(&self, read: impl FnOnce(&Snapshot) -> T) -> T {
        self.channel
            .with_replica(|replica| read(replica.snapshot()))
    }
}

/// The beginning of a session that nobody told of.
fn beginning(call: &Call, snapshot: &Snapshot) -> Option<Record> {
    let after = match &snapshot.session {
        _ if call.event() == "SessionStart" => return None,
        None => String::new(),
        Some(session) => {
            // What is late is not a new beginning.
            let goes_on = ["UserPromptSubmit", "PreToolUse"].contains(&call.event());
            let ended = session.ended.as_ref().filter(|_| goes_on)?;
            ended.at.to_string()
        }
    };
    Some(story::started(call, &after))
}

/// The ends of an agent's tools that still seem to run when its turn is over: of one that is denied in the
/// terminal, or interrupted, no hook tells.
fn unreported(snapshot: &Snapshot, author: &Author) -> Vec<Record> {
    let of_author = snapshot
        .tools
        .iter()
        .filter(|tool| tool.author.member == author.member);
    let ended = of_author.map(|tool| Record {
        id: None,
        body: Body::ToolFinished(ToolFinished {
            call: tool.call.clone(),
            tool: tool.tool.clone(),
            ok: false,
            duration_ms: None,
            output: None,
            error: Some("denied, interrupted, or its end was not reported".to_owned()),
            extra: Extra::new(),
        }),
    });
    ended.collect()
}

fn is_prompt(body: &Body) -> bool {
    matches!(body, Body::Message(message) if message.role == Role::User)
}

fn proposal(author: &Author, id: Option<EventId>, body: Body) -> Proposal {
    Proposal {
        author: author.clone(),
        body,
        id,
        visibility: Visibility::Public,
    }
}
