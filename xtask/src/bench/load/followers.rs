//! Subscribers, and the proof that each got every event once and in order.

use std::io;

use super::arrival::{Arrival, settle, trouble};
use super::crowd::Crowd;
use super::hear::{Hear, Heard};
use super::message::{self, Message, Reader};
use crate::bench::plan::{Figure, figure};
use crate::bench::statistics::{Times, ratio};

/// See the module.
#[derive(Debug)]
pub(crate) struct Followers {
    reader: Reader,
    /// Number of the first one's connection.
    first: usize,
    base: u64,
    /// The last seq of each.
    last: Vec<u64>,
    slowest: Slowest,
    pub(crate) n_events: u64,
    n_bytes: u64,
    n_lost: u64,
    n_disordered: u64,
    /// From publish to receipt, where that is asked for.
    pub(crate) times: Option<Times>,
}

impl Followers {
    /// `n` connections from number `first` on, whose next event has the seq `base` + 1; they are
    /// never more than `spread` events apart.
    pub(crate) fn new(first: usize, n: usize, base: u64, spread: u64) -> Self {
        Self {
            reader: Reader::default(),
            first,
            base,
            last: vec![base; n],
            slowest: Slowest::new(n, base, spread),
            n_events: 0,
            n_bytes: 0,
            n_lost: 0,
            n_disordered: 0,
            times: None,
        }
    }

    /// The followers that came with `arrival`, when what their coming stirred up has settled.
    pub(crate) fn of(
        crowd: &mut Crowd,
        arrival: &Arrival<'_>,
        base: u64,
        spread: u64,
    ) -> io::Result<Self> {
        let n = crowd.len() - arrival.first;
        let mut followers = Self::new(arrival.first, n, base, spread);
        settle(crowd, &mut followers)?;
        Ok(followers)
    }

    /// How many events the slowest one has.
    pub(crate) fn n_of_slowest(&self) -> u64 {
        self.slowest.seq - self.base
    }

    /// Whether each has `n` events.
    pub(crate) fn have(&self, n: u64) -> bool {
        self.n_of_slowest() >= n
    }

    /// `amount` for each event that came.
    pub(crate) fn each(&self, amount: f64) -> f64 {
        ratio(amount, self.n_events as f64)
    }

    /// Mean length of an event on the wire, and how many were lost or out of order.
    pub(crate) fn figures(&self) -> [Figure; 3] {
        [
            figure(FRAME_BYTES, self.each(self.n_bytes as f64)),
            figure("lost", self.n_lost as f64),
            figure("disordered", self.n_disordered as f64),
        ]
    }

    fn event(&mut self, heard: Heard<'_>) -> io::Result<()> {
        let payload = heard.payload;
        let Some(last) = (heard.who.checked_sub(self.first)).and_then(|at| self.last.get_mut(at))
        else {
            return Ok(());
        };
        let seq = self.reader.seq(payload).ok_or_else(|| trouble(payload))?;
        if seq <= *last {
            self.n_disordered += 1;
            return Ok(());
        }
        self.n_lost += seq - *last - 1;
        self.slowest.moved(*last, seq);
        *last = seq;
        self.n_events += 1;
        self.n_bytes += heard.n_bytes as u64;
        if let Some(times) = &mut self.times {
            let stamp = self.reader.stamp(payload).ok_or_else(|| trouble(payload))?;
            times.add(heard.at_ns.saturating_sub(stamp));
        }
        Ok(())
    }
}

/// Name of the figure that says how long events are on the wire, in bytes.
pub(crate) const FRAME_BYTES: &str = "frame bytes";

impl Hear for Followers {
    fn heard(&mut self, heard: Heard<'_>, _: &mut Vec<u8>) -> io::Result<()> {
        match message::kind(heard.payload) {
            Message::Event => self.event(heard),
            Message::Trouble => Err(trouble(heard.payload)),
            _ => Ok(()),
        }
    }
}

/// The lowest of many numbers that only grow, without looking at all of them.
#[derive(Debug)]
struct Slowest {
    seq: u64,
    /// How many stand at each seq, at the seq modulo the length, a power of two.
    n_at: Vec<u32>,
}

impl Slowest {
    fn new(n: usize, seq: u64, spread: u64) -> Self {
        let length = (spread + 2).next_power_of_two();
        let mut slowest = Self {
            seq,
            n_at: vec![0; length as usize],
        };
        let at = slowest.at(seq);
        slowest.n_at[at] = u32::try_from(n).unwrap_or(u32::MAX);
        slowest
    }

    fn at(&self, seq: u64) -> usize {
        seq as usize & (self.n_at.len() - 1)
    }

    fn moved(&mut self, from: u64, to: u64) {
        let (from, to) = (self.at(from), self.at(to));
        self.n_at[from] -= 1;
        self.n_at[to] += 1;
        while self.n_at[self.at(self.seq)] == 0 {
            self.seq += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::{Followers, Slowest};
    use crate::bench::load::frames::{self, Frame};
    use crate::bench::load::hear::{Hear, Heard};

    fn hear(followers: &mut Followers, who: usize, seq: u64) {
        let mut bytes = Vec::new();
        let event = format!(r#"{{"type":"event","channel":"bench","seq":{seq}}}"#);
        frames::write_server(frames::TEXT, event.as_bytes(), &mut bytes);
        let Frame {
            payload, n_bytes, ..
        } = frames::first(&bytes).unwrap();
        let heard = Heard {
            who,
            payload,
            n_bytes,
            at_ns: 0,
        };
        followers.heard(heard, &mut Vec::new()).unwrap();
    }

    #[test]
    fn what_is_lost_or_comes_twice_is_counted() {
        let mut followers = Followers::new(5, 2, 10, 100);
        for (who, seq) in [(5, 11), (6, 11), (5, 12), (6, 14), (6, 13), (4, 11)] {
            hear(&mut followers, who, seq);
        }
        assert_eq!((followers.n_events, followers.n_of_slowest()), (4, 2));
        assert_eq!((followers.n_lost, followers.n_disordered), (2, 1));
        assert!(followers.have(2) && !followers.have(3));
    }

    proptest! {
        #[test]
        fn the_slowest_is_the_lowest_of_all(steps in proptest::collection::vec(0usize..3, 1..40)) {
            let mut all = [7u64; 3];
            let mut slowest = Slowest::new(3, 7, 64);
            for who in steps {
                slowest.moved(all[who], all[who] + 1);
                all[who] += 1;
                prop_assert_eq!(Some(slowest.seq), all.into_iter().min());
            }
        }
    }
}
