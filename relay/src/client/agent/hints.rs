//! Taking hints. A question is open on the relay until there is a hint, also when nobody waits for the
//! answer here any more: what comes then is kept for whoever asks next.

use pilothouse_shared::limits::MAX_SUBSCRIPTIONS;
use pilothouse_shared::link::{Link, State};
use pilothouse_shared::{
    Body, ChannelId, ClientFrame, ConnectionId, ErrorCode, EventId, Extra, HintAcknowledged,
    HintEntry, RelayFrame, Seq, TakeHints,
};

use super::{Agent, Refused};

impl Agent {
    /// Takes the hints that wait in a channel for this agent or for anyone, and with `session` those for
    /// that session; waits for the first. Each is handed over once, and the person who gave it sees
    /// that this agent has it. Cancel-safe. An agent that takes hints is present in the channel.
    ///
    /// # Errors
    /// [`Refused`] when the relay says no, or the link has stopped for good.
    pub async fn take_hints(
        &self,
        channel: &ChannelId,
        session: Option<&str>,
    ) -> Result<Vec<HintEntry>, Refused> {
        let taken = self.until(|link, books| {
            let place = match books.takings.place(channel, session) {
                Ok(place) => place,
                Err(refused) => return Some(Err(refused)),
            };
            if let Some(taken) = place.take() {
                return Some(taken);
            }
            let question = place.question(connection(link)?)?;
            books.send(question);
            self.shared.wake_pump();
            None
        });
        taken.await?
    }

    /// Says that a hint has been taken into account, and with `note` what came of it.
    ///
    /// # Errors
    /// [`Refused`], such as when the hint has expired.
    pub async fn acknowledge(
        &self,
        channel: &ChannelId,
        hint: &EventId,
        note: Option<String>,
    ) -> Result<Seq, Refused> {
        let body = Body::HintAcknowledged(HintAcknowledged {
            hint: hint.clone(),
            note,
            extra: Extra::new(),
        });
        self.publish(channel, body).await
    }
}

/// The connection there is now.
fn connection(link: &Link) -> Option<&ConnectionId> {
    let is_up = matches!(link.state(), State::Replaying | State::Live);
    is_up.then_some(&link.welcome()?.connection)
}

/// Everywhere hints were ever taken; at most [`MAX_SUBSCRIPTIONS`], which is what a relay answers.
#[derive(Debug, Default)]
pub(super) struct Takings(Vec<Place>);

/// A channel, and the session in it.
#[derive(Debug)]
pub(super) struct Place {
    channel: ChannelId,
    session: Option<String>,
    r#ref: String,
    /// Where the question was put. A connection that is gone took it along.
    asked_on: Option<ConnectionId>,
    /// At most one answer, since the next question waits until it is taken.
    answer: Option<Result<Vec<HintEntry>, Refused>>,
}

impl Takings {
    fn place(&mut self, channel: &ChannelId, session: Option<&str>) -> Result<&mut Place, Refused> {
        let is_it =
            |place: &Place| place.channel == *channel && place.session.as_deref() == session;
        let n = self.0.iter().position(is_it).unwrap_or(self.0.len());
        if n == MAX_SUBSCRIPTIONS {
            let message = format!("an agent takes hints in at most {MAX_SUBSCRIPTIONS} places");
            return Err(Refused::relay(ErrorCode::RateLimited, &message));
        }
        if n == self.0.len() {
            self.0.push(Place {
                channel: channel.clone(),
                session: session.map(str::to_owned),
                r#ref: format!("take-{n}"),
                asked_on: None,
                answer: None,
            });
        }
        Ok(&mut self.0[n])
    }

    /// Takes note of an answer.
    pub(super) fn hear(&mut self, frame: &RelayFrame) {
        let (r#ref, answer) = match frame {
            RelayFrame::Hints(hints) => (Some(&hints.r#ref), Ok(hints.hints.clone())),
            RelayFrame::Error(error) => {
                let refused = Refused::relay(error.code, &error.message);
                (error.r#ref.as_ref(), Err(refused))
            }
            _ => return,
        };
        let mut places = self.0.iter_mut();
        if let Some(place) = places.find(|place| Some(&place.r#ref) == r#ref) {
            place.hear(answer);
        }
    }
}

impl Place {
    fn take(&mut self) -> Option<Result<Vec<HintEntry>, Refused>> {
        self.answer.take()
    }

    /// The question, unless it was put on this connection.
    fn question(&mut self, connection: &ConnectionId) -> Option<ClientFrame> {
        if self.asked_on.as_ref() == Some(connection) {
            return None;
        }
        self.asked_on = Some(connection.clone());
        Some(ClientFrame::TakeHints(TakeHints {
            r#ref: self.r#ref.clone(),
            channel: self.channel.clone(),
            session: self.session.clone(),
        }))
    }

    /// A question that was delayed by a new connection may be answered twice: no hint may be lost.
    fn hear(&mut self, answer: Result<Vec<HintEntry>, Refused>) {
        self.asked_on = None;
        match (&mut self.answer, answer) {
            (Some(Ok(hints)), Ok(more)) => hints.extend(more),
            (Some(Ok(_)), Err(_)) => {}
            (kept, answer) => *kept = Some(answer),
        }
    }
}
