//! Giving one answer: asking the endpoint, showing its tokens, and recording how it ended.

use futures_util::StreamExt;
use pilothouse_shared::{MessageId, Op, True, Usage};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::endpoint::{Endpoint, Piece};
use super::inbox::Ask;
use super::room::{Room, failed};
use super::trouble::{Trouble, short};
use crate::cli::Failure;

/// Longest answer, in bytes of its text: it has to fit an event, also when JSON doubles it.
const MAX_ANSWER_BYTES: usize = 96 * 1024;

/// What answers need.
#[derive(Debug)]
pub(super) struct Answering {
    pub(super) endpoint: Endpoint,
    pub(super) system: Option<String>,
    pub(super) context_bytes: usize,
    pub(super) max_tries: u32,
    /// Cancelled when the program is to end.
    pub(super) stop: CancellationToken,
}

/// An answer as far as it has come.
#[derive(Debug)]
struct Draft {
    message: MessageId,
    text: String,
    usage: Option<Usage>,
    /// Why the model stopped.
    finish: Option<String>,
}

/// How an answer ended.
#[derive(Debug)]
enum End {
    Whole,
    TooLong,
    Cancelled {
        by: Option<String>,
    },
    /// The program is to end.
    Stopped,
    Failed(Trouble),
}

impl Answering {
    /// Answers what is asked, and returns when that is stored, or the program is to end.
    pub(super) async fn answer(&self, room: &mut Room, ask: &Ask) -> Result<(), Failure> {
        let mut draft = Draft {
            message: room.message_id(ask)?,
            text: String::new(),
            usage: None,
            finish: None,
        };
        room.begin(ask).await;
        let end = self.try_on(room, ask, &mut draft).await?;
        self.record(room, ask, draft, end).await
    }

    /// Tries until there is an answer, or no sense in trying.
    async fn try_on(&self, room: &mut Room, ask: &Ask, draft: &mut Draft) -> Result<End, Failure> {
        let mut n_tries = 1;
        loop {
            let trouble = match self.attempt(room, ask, draft).await? {
                End::Failed(trouble) => trouble,
                end => return Ok(end),
            };
            let Some(pause) = trouble.pause(n_tries + 1, self.max_tries) else {
                return Ok(End::Failed(trouble));
            };
            if n_tries == 1 {
                let model = self.endpoint.model();
                let message = &trouble.message;
                room.notice(format!("{model}: {message}. Trying again."))
                    .await;
            }
            n_tries += 1;
            tokio::select! {
                end = self.interruption(room, ask) => return end,
                () = sleep(pause) => {}
            }
            draft.begin_anew(room);
        }
    }

    /// Waits until somebody wants no answer any more.
    async fn interruption(&self, room: &mut Room, ask: &Ask) -> Result<End, Failure> {
        loop {
            if let Some(cancel) = room.cancelled(ask.through) {
                return Ok(End::Cancelled { by: cancel.by });
            }
            tokio::select! {
                () = self.stop.cancelled() => return Ok(End::Stopped),
                happened = room.next() => room.hear(happened)?,
            }
        }
    }

    /// Asks once and reads the answer to its end.
    async fn attempt(&self, room: &mut Room, ask: &Ask, draft: &mut Draft) -> Result<End, Failure> {
        room.hints_at_hand().await?;
        let context = room.look(|replica| {
            let system = self.system.as_deref();
            Context::new(replica.snapshot(), room.me(), system, self.context_bytes)
        });
        let Some(Context {
            turns,
            mut hints,
            unfit,
        }) = context
        else {
            let message = "the channel is gone";
            return Ok(End::Failed(Trouble::lasting(message)));
        };
        room.acknowledge(
            unfit,
            "not used: everybody sees the answer, but not this hint",
        )
        .await;
        // Asks nothing before it is polled.
        let mut pieces = self.endpoint.ask(&turns);
        loop {
            // In this order: who cancels is obeyed before one more token is shown.
            let piece = tokio::select! {
                biased;
                end = self.interruption(room, ask) => return end,
                piece = pieces.next() => piece,
            };
            match piece {
                None => return Ok(End::Whole),
                Some(Err(trouble)) => return Ok(End::Failed(trouble)),
                Some(Ok(Piece::Accepted)) => {
                    let note = format!("told {}", self.endpoint.model());
                    room.acknowledge(std::mem::take(&mut hints), &short(&note))
                        .await;
                }
                Some(Ok(Piece::Chunk(chunk))) => {
                    draft.usage = chunk.usage.or(draft.usage.take());
                    draft.finish = chunk.finish.or(draft.finish.take());
                    if draft.text.len() + chunk.text.len() > MAX_ANSWER_BYTES {
                        return Ok(End::TooLong);
                    }
                    draft.say(room, chunk.text);
                }
            }
        }
    }

    async fn record(
        &self,
        room: &mut Room,
        ask: &Ask,
        draft: Draft,
        end: End,
    ) -> Result<(), Failure> {
        let mark = mark(&end, &draft);
        let text = [draft.text, mark]
            .into_iter()
            .filter(|part| !part.trim().is_empty());
        let text = text.collect::<Vec<_>>().join("\n\n");
        let receipt = match text.is_empty() {
            true => None,
            false => Some(room.record(ask, &draft.message, text).await?),
        };
        if let Some(usage) = draft.usage {
            let model = usage.model.or_else(|| Some(short(self.endpoint.model())));
            room.spent(Usage { model, ..usage }).await;
        }
        match &end {
            End::Cancelled { .. } => room.cancel_obeyed("stopped").await?,
            End::Failed(trouble) => room.notice(self.given_up(trouble)).await,
            End::Whole | End::TooLong | End::Stopped => {}
        }
        room.finish(matches!(end, End::Whole)).await;
        if let Some(receipt) = receipt {
            let stored = async {
                let seq = receipt.stored().await.map_err(failed)?;
                // Not before: the stream stands until the message has taken its place.
                room.stream(&draft.message, Op::Clear(True));
                room.known_through(seq).await
            };
            tokio::select! {
                stored = stored => stored?,
                () = self.stop.cancelled() => room.stream(&draft.message, Op::Clear(True)),
            }
        }
        room.answered(ask.through);
        Ok(())
    }

    fn given_up(&self, trouble: &Trouble) -> String {
        let (model, message) = (self.endpoint.model(), &trouble.message);
        format!("{model}: {message}. No answer; write again to have it tried again.")
    }
}

impl Draft {
    fn say(&mut self, room: &Room, text: String) {
        if !text.is_empty() {
            self.text.push_str(&text);
            room.stream(&self.message, Op::Append(text));
        }
    }

    fn begin_anew(&mut self, room: &Room) {
        if !self.text.is_empty() {
            self.text.clear();
            room.stream(&self.message, Op::Clear(True));
        }
        (self.usage, self.finish) = (None, None);
    }
}

/// What stands below a text that is not all there is.
fn mark(end: &End, draft: &Draft) -> String {
    let is_begun = !draft.text.is_empty();
    match end {
        End::Whole if draft.finish.as_deref() == Some("length") => {
            "[cut: the model reached its limit]".to_owned()
        }
        End::TooLong => format!("[cut: longer than {MAX_ANSWER_BYTES} bytes]"),
        End::Cancelled { by: Some(by) } => format!("[stopped by {by}]"),
        End::Cancelled { by: None } => "[stopped]".to_owned(),
        End::Stopped if is_begun => "[stopped: the agent was ended]".to_owned(),
        End::Failed(trouble) if is_begun => format!("[broken off: {}]", trouble.message),
        // What has not begun is answered after the next start, or when somebody writes again.
        End::Whole | End::Stopped | End::Failed(_) => String::new(),
    }
}
