//! Following a channel.

use pilothouse_shared::ChannelId;

use super::cursor::{Cursor, Happened};
use super::{Agent, Refused};

/// A channel that is followed until this is dropped. The agent is present in the channel meanwhile.
#[derive(Debug)]
pub struct Subscription {
    agent: Agent,
    channel: ChannelId,
    cursor: Cursor,
    history: usize,
    /// Said once.
    has_ended: bool,
}

impl Agent {
    /// Follows a channel, beginning with its last `history` events. One channel may be followed more
    /// than once; those that come later begin with what is known by then.
    pub async fn subscribe(&self, channel: &ChannelId, history: usize) -> Subscription {
        self.shared.books().follow(channel);
        let subscription = Subscription {
            agent: self.clone(),
            channel: channel.clone(),
            cursor: Cursor::default(),
            history,
            has_ended: false,
        };
        subscription.ask().await;
        subscription
    }
}

impl Subscription {
    /// The channel.
    #[must_use]
    pub fn channel(&self) -> &ChannelId {
        &self.channel
    }

    /// What happens next. Cancel-safe.
    ///
    /// # Errors
    /// [`Refused`] when the link has stopped for good or was closed.
    pub async fn next(&mut self) -> Result<Happened, Refused> {
        let (channel, cursor) = (&self.channel, &mut self.cursor);
        let has_ended = &mut self.has_ended;
        let next = self.agent.until(|link, books| {
            let followed = books.followed(channel)?;
            if let Some(reason) = followed.ended.clone().filter(|_| !*has_ended) {
                *has_ended = true;
                return Some(Happened::Ended { reason });
            }
            cursor.next(link.replica(channel)?, followed.generation)
        });
        next.await
    }

    /// Asks for the channel again after [`Happened::Ended`], such as when it exists by now.
    pub async fn again(&mut self) {
        self.has_ended = false;
        self.agent.shared.books().revive(&self.channel);
        self.ask().await;
    }

    /// Waits until the channel is known, and passes over everything that has happened in it.
    ///
    /// # Errors
    /// [`Refused`] when the link has stopped for good, was closed, or the relay refuses the channel.
    pub async fn skip(&mut self) -> Result<(), Refused> {
        let (channel, cursor) = (&self.channel, &mut self.cursor);
        let skipped = self.agent.until(|link, books| {
            let followed = books.followed(channel)?;
            if let Some(reason) = &followed.ended {
                return Some(Err(Refused::Stopped(reason.clone())));
            }
            let replica = link.replica(channel).filter(|it| it.position().is_some())?;
            cursor.skip(replica, followed.generation);
            Some(Ok(()))
        });
        skipped.await?
    }

    async fn ask(&self) {
        let handle = &self.agent.shared.handle;
        handle.subscribe(self.channel.clone(), self.history).await;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.agent.shared.books().unfollow(&self.channel);
        self.agent.shared.wake_pump();
    }
}
