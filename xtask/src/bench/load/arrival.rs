//! Connecting, and subscribing where that has to be said.

use std::io;
use std::time::Duration;

use super::crowd::Crowd;
use super::hear::{Hear, Heard};
use super::message::{self, Message};
use super::speech::Role;
use crate::bench::plan::Plan;

/// Handshakes open at the same time where it is not a storm.
const AT_A_TIME: usize = 200;
/// So long without a frame, and what the arrivals stirred up has settled.
const QUIET: Duration = Duration::from_millis(400);

/// Connections on their way.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    plan: &'a Plan,
    /// What to say when welcomed; without it the connection only waits.
    subscribe: Option<&'a [u8]>,
    /// Numbers of the first connection and of the one after the last.
    pub(crate) first: usize,
    n_welcome: usize,
    n_subscribed: usize,
    /// When the last one was welcomed.
    pub(crate) welcome_ns: u64,
    /// When the last one was subscribed.
    pub(crate) subscribed_ns: u64,
    /// The epoch that the last one was told.
    pub(crate) epoch: Option<String>,
}

impl<'a> Arrival<'a> {
    /// Connects `n`, no more than [`AT_A_TIME`] at once, and returns when all are there.
    pub(crate) fn gather(
        crowd: &mut Crowd,
        plan: &'a Plan,
        n: usize,
        subscribe: Option<&'a [u8]>,
    ) -> io::Result<Self> {
        Self::come(crowd, plan, (n, AT_A_TIME), Role::Subscriber, subscribe)
    }

    /// Connects all `n` at once.
    pub(crate) fn storm(
        crowd: &mut Crowd,
        plan: &'a Plan,
        n: usize,
        subscribe: Option<&'a [u8]>,
    ) -> io::Result<Self> {
        Self::come(crowd, plan, (n, n), Role::Subscriber, subscribe)
    }

    /// Connects one that publishes; returns its number.
    pub(crate) fn publisher(crowd: &mut Crowd, plan: &'a Plan) -> io::Result<usize> {
        Ok(Self::come(crowd, plan, (1, 1), Role::Publisher, None)?.first)
    }

    fn come(
        crowd: &mut Crowd,
        plan: &'a Plan,
        (n, at_a_time): (usize, usize),
        role: Role,
        subscribe: Option<&'a [u8]>,
    ) -> io::Result<Self> {
        let request = plan.dialect.upgrade(plan.target, role);
        let mut arrival = Self {
            plan,
            subscribe,
            first: crowd.len(),
            n_welcome: 0,
            n_subscribed: 0,
            welcome_ns: 0,
            subscribed_ns: 0,
            epoch: None,
        };
        let last = arrival.first + n;
        while crowd.len() < last {
            let n_open = crowd.len() - arrival.first - arrival.n_there();
            for _ in n_open..at_a_time.min(n_open + last - crowd.len()) {
                crowd.connect(&request)?;
            }
            let n_before = arrival.n_there();
            crowd.run(&mut arrival, |arrival| arrival.n_there() > n_before)?;
        }
        crowd.run(&mut arrival, |arrival| arrival.n_there() == n)?;
        Ok(arrival)
    }

    fn n_there(&self) -> usize {
        match self.subscribe {
            Some(_) if self.plan.dialect.greets() => self.n_subscribed,
            _ => self.n_welcome,
        }
    }

    fn welcome(&mut self, who: usize, at_ns: u64) {
        if who >= self.first {
            self.n_welcome += 1;
            self.welcome_ns = at_ns;
        }
    }
}

impl Hear for Arrival<'_> {
    fn opened(&mut self, who: usize, at_ns: u64, _: &mut Vec<u8>) {
        if !self.plan.dialect.greets() {
            self.welcome(who, at_ns);
        }
    }

    fn heard(&mut self, heard: Heard<'_>, reply: &mut Vec<u8>) -> io::Result<()> {
        let payload = heard.payload;
        match message::kind(payload) {
            Message::Welcome => {
                self.welcome(heard.who, heard.at_ns);
                reply.extend_from_slice(self.subscribe.unwrap_or_default());
            }
            Message::Subscribed => {
                self.n_subscribed += 1;
                self.subscribed_ns = heard.at_ns;
                self.epoch = message::text(payload, "epoch").map(str::to_owned);
            }
            Message::Event | Message::Published | Message::Aside => {}
            Message::Trouble => return Err(trouble(payload)),
        }
        Ok(())
    }
}

/// Waits until nothing comes for a while: presence, for one, is told some time after an arrival.
pub(crate) fn settle(crowd: &mut Crowd, ear: &mut impl Hear) -> io::Result<()> {
    while crowd.turn(QUIET, ear)? {}
    Ok(())
}

/// The server said something that spoils the measurement.
pub(crate) fn trouble(payload: &[u8]) -> io::Error {
    let text = String::from_utf8_lossy(&payload[..payload.len().min(300)]);
    io::Error::other(format!("the server said: {text}"))
}
