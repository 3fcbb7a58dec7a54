//! Channels: making them, being in them, and what was said there.

use pilothouse_shared::{Body, ChannelId, Extra, Message, MessageKind, Position, Role, Seq};
use serde_json::{Map, Value, json};

use super::api::ApiCall;
use super::arguments::{self, Action};
use super::backend::{Backend, Fault};
use super::call::{Call, Outcome};
use super::listen::{Page, said};

/// Most channels in one list.
const MAX_LISTED: usize = 100;

/// Most messages of one page of history, and how many unless told otherwise.
const MAX_MESSAGES: usize = 200;
const DEFAULT_MESSAGES: usize = 50;

/// Most pages of events that one page of messages is looked for in.
const MAX_PAGES: usize = 20;

/// What a model is told of a channel, of all that its summary says.
const TOLD: [&str; 9] = [
    "id",
    "name",
    "created_at",
    "last_at",
    "n_events",
    "watchers",
    "agents",
    "n_open_requests",
    "n_open_hints",
];

impl<B: Backend> Call<'_, B> {
    pub(super) async fn manage(&self, manage: arguments::Channel) -> Outcome {
        if manage.action == Action::List {
            return self.list().await;
        }
        let channel = self.channel(manage.channel.as_deref())?;
        match manage.action {
            Action::List => self.list().await,
            Action::Create => self.create(&channel, manage.name).await,
            Action::Join => self.enter_room(&channel).await,
            Action::Leave => self.leave(&channel).await,
            Action::History => self.history(&channel, manage.limit, manage.before).await,
            Action::Status => self.status(&channel).await,
        }
    }

    async fn list(&self) -> Outcome {
        let answer = self.ask_api(ApiCall::get(&["channels"], &[])).await?;
        let all = answer["channels"].as_array().map_or(&[][..], Vec::as_slice);
        let listed: Vec<_> = all.iter().take(MAX_LISTED).map(in_brief).collect();
        let n_more = all.len() - listed.len();
        Ok(json!({ "channels": listed, "n_more": n_more }).to_string())
    }

    async fn create(&self, channel: &ChannelId, name: Option<String>) -> Outcome {
        let name = name.unwrap_or_else(|| channel.to_string());
        let call = ApiCall::post(&["channels"], json!({ "id": channel, "name": name }));
        self.ask_api(call).await?;
        self.join(channel).await?;
        Ok(format!("`{channel}` is there, and you are in it."))
    }

    /// Joins, and answers what was said last; the rest is left to `listen`.
    async fn enter_room(&self, channel: &ChannelId) -> Outcome {
        self.join(channel).await?;
        let page = self.newest(channel).await?;
        if self.memory.place(&self.who.member, channel).is_none() {
            let place = Some(page.position);
            self.memory.set_place(&self.who.member, channel, place);
        }
        let messages: Vec<_> = page.events.iter().filter_map(said).collect();
        Ok(json!({ "joined": channel, "messages": messages }).to_string())
    }

    async fn leave(&self, channel: &ChannelId) -> Outcome {
        let call = ApiCall::post(&["channels", channel.as_str(), "leave"], Value::Null);
        self.ask_api(call).await?;
        Ok(format!("You have left `{channel}`."))
    }

    async fn status(&self, channel: &ChannelId) -> Outcome {
        let call = ApiCall::get(&["channels", channel.as_str()], &[]);
        let mut status = in_brief(&self.ask_api(call).await?);
        if let Some(place) = self.memory.place(&self.who.member, channel) {
            let heard = self
                .hear(channel, Some(place), std::time::Duration::ZERO)
                .await?;
            status["n_unheard"] = Value::from(heard.n_messages());
        }
        Ok(status.to_string())
    }

    async fn history(
        &self,
        channel: &ChannelId,
        limit: Option<usize>,
        mut before: Option<u64>,
    ) -> Outcome {
        let limit = limit.unwrap_or(DEFAULT_MESSAGES);
        if !(1..=MAX_MESSAGES).contains(&limit) {
            let message = format!("`limit` is from 1 to {MAX_MESSAGES}, not {limit}");
            return Err(Fault::Misused(message));
        }
        let mut newest_first = Vec::new();
        let mut more = true;
        for _ in 0..MAX_PAGES {
            let page = self.before(channel, before).await?;
            for event in page.events.iter().rev() {
                if newest_first.len() < limit {
                    newest_first.extend(said(event));
                    before = Some(event.seq.0);
                }
            }
            let all_taken = page
                .events
                .first()
                .is_none_or(|event| Some(event.seq.0) == before);
            more = page.more || !all_taken;
            if !more || newest_first.len() == limit {
                break;
            }
        }
        newest_first.reverse();
        let before = before.filter(|_| more);
        Ok(json!({ "messages": newest_first, "before": before }).to_string())
    }

    async fn before(&self, channel: &ChannelId, before: Option<u64>) -> Result<Page, Fault> {
        let mut query = vec![("limit", MAX_MESSAGES.to_string())];
        query.extend(before.map(|before| ("before", before.to_string())));
        self.page(channel, &query).await
    }

    pub(super) async fn send_message(&self, message: arguments::SendMessage) -> Outcome {
        let channel = self.channel(message.channel.as_deref())?;
        if message.text.trim().is_empty() {
            return Err(Fault::Misused("say something in `text`".to_owned()));
        }
        self.join(&channel).await?;
        let body = Body::Message(Message {
            role: Role::Assistant,
            text: message.text.clone(),
            kind: MessageKind::Text,
            message: None,
            extra: Extra::new(),
        });
        let published = self.backend.publish(&self.who, &channel, body).await?;
        let sent = json!({
            "id": published.id, "seq": published.seq, "channel": channel,
            "from": self.who.name, "member": self.who.member, "text": message.text,
        });
        Ok(json!({ "sent": sent }).to_string())
    }

    /// Joins; nothing happens when the member is in already.
    pub(super) async fn join(&self, channel: &ChannelId) -> Result<(), Fault> {
        let call = ApiCall::post(&["channels", channel.as_str(), "join"], Value::Null);
        self.ask_api(call).await.map(|_| ())
    }

    pub(super) async fn ask_api(&self, call: ApiCall) -> Result<Value, Fault> {
        self.backend.call(&self.who, call).await
    }

    /// A place that a member has reached, remembered until the result turns out not to have arrived.
    pub(super) fn remember(&self, channel: &ChannelId, place: Position) {
        let before = self.memory.place(&self.who.member, channel);
        let after = Some(place.clone());
        self.memory.set_place(&self.who.member, channel, after);
        let step = super::memory::Step {
            memory: std::sync::Arc::clone(self.memory),
            member: self.who.member.clone(),
            channel: channel.clone(),
            before,
            after: place,
        };
        self.slip.add(Box::new(step));
    }
}

fn in_brief(summary: &Value) -> Value {
    let told = TOLD.iter().filter_map(|field| {
        let value = summary.get(field)?;
        Some(((*field).to_owned(), value.clone()))
    });
    let mut brief: Map<_, _> = told.collect();
    if let Some(operation) = summary.pointer("/operation/operation") {
        brief.insert("operation".to_owned(), operation.clone());
    }
    Value::Object(brief)
}

/// The cursor of `listen` as text.
pub(super) fn cursor(place: &Position) -> String {
    format!("{}:{}", place.epoch, place.seq)
}

/// The place a cursor stands for.
pub(super) fn place(cursor: &str) -> Result<Position, Fault> {
    let parts = cursor.rsplit_once(':').and_then(|(epoch, seq)| {
        let seq = Seq(seq.parse().ok()?);
        let epoch = epoch.parse().ok()?;
        Some(Position { epoch, seq })
    });
    let message = "`cursor` is that of an earlier answer; leave it out to go on where you were";
    parts.ok_or_else(|| Fault::Misused(message.to_owned()))
}
