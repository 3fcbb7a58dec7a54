//! Acknowledgements, counted for each connection.

use std::io;

use super::arrival::trouble;
use super::hear::{Hear, Heard};
use super::message::{self, Message};
use crate::bench::statistics::Times;

/// See the module.
#[derive(Debug)]
pub(crate) struct Acknowledged {
    n_of: Vec<u64>,
    /// From publish to acknowledgement: the `ref` of a publish is its time.
    pub(crate) times: Times,
}

impl Acknowledged {
    pub(crate) fn new(n_connections: usize) -> Self {
        Self {
            n_of: vec![0; n_connections],
            times: Times::default(),
        }
    }

    /// How many connection `who` has had.
    pub(crate) fn n_of(&self, who: usize) -> u64 {
        self.n_of[who]
    }

    /// How many there have been.
    pub(crate) fn n(&self) -> u64 {
        self.n_of.iter().sum()
    }
}

impl Hear for Acknowledged {
    fn heard(&mut self, heard: Heard<'_>, _: &mut Vec<u8>) -> io::Result<()> {
        let payload = heard.payload;
        match message::kind(payload) {
            Message::Published => {
                let stamp = message::text(payload, "ref").and_then(|text| text.parse().ok());
                let stamp: u64 = stamp.ok_or_else(|| trouble(payload))?;
                self.times.add(heard.at_ns.saturating_sub(stamp));
                self.n_of[heard.who] += 1;
                Ok(())
            }
            Message::Trouble => Err(trouble(payload)),
            _ => Ok(()),
        }
    }
}
