//! One connection that publishes.

use std::io;

use super::arrival::{Arrival, trouble};
use super::crowd::Crowd;
use super::hear::{Hear, Heard};
use super::message::{self, Message, Reader};
use super::publication::Publication;
use crate::bench::plan::Plan;

/// See the module. The n-th event it publishes has the seq `base` + n.
#[derive(Debug)]
pub(crate) struct Publisher {
    /// The number of its connection.
    pub(crate) who: usize,
    publication: Publication,
    /// Seq of the last event before the first that counts.
    pub(crate) base: u64,
    pub(crate) n_sent: u64,
    out: Vec<u8>,
}

impl Publisher {
    /// Connects; the channel exists then.
    pub(crate) fn join(
        crowd: &mut Crowd,
        plan: &Plan,
        channel: &str,
        body_bytes: usize,
    ) -> io::Result<Self> {
        let mut publisher = Self {
            who: Arrival::publisher(crowd, plan)?,
            publication: Publication::of(plan.dialect, channel, body_bytes, plan.frame_bytes),
            base: 0,
            n_sent: 0,
            out: Vec::new(),
        };
        if plan.dialect.acknowledges() {
            publisher.publish(crowd, 1)?;
            let mut answer = Answer::default();
            crowd.run(&mut answer, |answer| answer.seq.is_some())?;
            publisher.base = answer.seq.unwrap_or_default();
            publisher.n_sent = 0;
        }
        Ok(publisher)
    }

    /// Publishes `n` events that carry the time of now.
    pub(crate) fn publish(&mut self, crowd: &mut Crowd, n: u64) -> io::Result<()> {
        self.out.clear();
        for _ in 0..n {
            self.n_sent += 1;
            let number = self.base + self.n_sent;
            self.publication
                .write(number, crowd.now_ns(), &mut self.out);
        }
        crowd.send(self.who, &self.out)
    }
}

/// The first acknowledgement.
#[derive(Debug, Default)]
struct Answer {
    seq: Option<u64>,
}

impl Hear for Answer {
    fn heard(&mut self, heard: Heard<'_>, _: &mut Vec<u8>) -> io::Result<()> {
        let payload = heard.payload;
        match message::kind(payload) {
            Message::Published => self.seq = Reader::default().seq(payload),
            Message::Trouble => return Err(trouble(payload)),
            _ => {}
        }
        Ok(())
    }
}
