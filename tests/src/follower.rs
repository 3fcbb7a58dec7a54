//! One of a crowd: it follows a channel, keeps its position, and checks that each event is the next.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::light::{Heard, Light};
use crate::{DEADLINE, until, within};

/// How an event begins. What comes after it is read only if it must be.
const EVENT: &[u8] = b"{\"type\":\"event\",";

/// See the module.
#[derive(Debug)]
pub struct Follower {
    address: SocketAddr,
    channel: String,
    light: Option<Light>,
    epoch: Value,
    seq: u64,
    presence: Bytes,
    n_presence: usize,
}

/// How a connection ended.
#[derive(Debug)]
pub struct Ending {
    /// The `goodbye`, null when there was none.
    pub goodbye: Value,
    /// The close code; 1006 when the socket just ended.
    pub code: u16,
}

impl Follower {
    /// Subscribes to what comes from now on.
    pub async fn join(address: SocketAddr, channel: &str) -> Self {
        Self::start(address, channel, false).await
    }

    /// The same, with buffers so small that one who does not read is stuck at once.
    pub async fn join_narrow(address: SocketAddr, channel: &str) -> Self {
        Self::start(address, channel, true).await
    }

    async fn start(address: SocketAddr, channel: &str, is_narrow: bool) -> Self {
        let mut follower = Self {
            address,
            channel: channel.to_owned(),
            light: None,
            epoch: Value::Null,
            seq: 0,
            presence: Bytes::new(),
            n_presence: 0,
        };
        let reply = follower.subscribe(&Value::Null, is_narrow).await;
        follower.epoch = reply["position"]["epoch"].clone();
        follower.seq = reply["position"]["seq"].as_u64().unwrap();
        follower
    }

    /// The last seq it was given.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// How often it was told of presence.
    #[must_use]
    pub fn n_presence(&self) -> usize {
        self.n_presence
    }

    /// Breaks its connection.
    pub fn leave(&mut self) {
        self.light = None;
    }

    /// Connects as soon as there is a relay, and resumes.
    ///
    /// # Panics
    /// When the relay does not recover its position.
    pub async fn come_back(&mut self) {
        let after = json!({"epoch": self.epoch, "seq": self.seq});
        let reply = self.subscribe(&after, false).await;
        assert_eq!(reply["recovered"], true, "{reply}");
    }

    /// Reads until it has this event.
    ///
    /// # Panics
    /// When an event comes twice or not in its turn, or the socket closes.
    pub async fn read_to(&mut self, seq: u64) {
        while self.seq < seq {
            match within(2 * DEADLINE, "an event", self.hear()).await {
                Heard::Frame(_) => {}
                ended => panic!("{ended:?} after {} of {seq}", self.seq),
            }
        }
    }

    /// Reads on until it has the event that `goal` names in the end; [`u64::MAX`] until that is known.
    /// One that waits without reading would be sent more than it takes: presence, again and again.
    ///
    /// # Panics
    /// As [`Self::read_to`].
    pub async fn read_on(&mut self, mut goal: watch::Receiver<u64>) {
        loop {
            let seq = *goal.borrow_and_update();
            if self.seq >= seq {
                return;
            }
            tokio::select! {
                () = self.read_to(seq) => {}
                changed = goal.changed() => changed.expect("there will be a goal"),
            }
        }
    }

    /// Reads until the presence signal is as wanted.
    pub async fn read_to_presence(&mut self, is_wanted: impl Fn(&Value) -> bool) {
        loop {
            let signal: Value = serde_json::from_slice(&self.presence).unwrap_or_default();
            if is_wanted(&signal["op"]["set"]) {
                return;
            }
            match within(2 * DEADLINE, "presence", self.hear()).await {
                Heard::Frame(_) => {}
                ended => panic!("{ended:?}"),
            }
        }
    }

    /// Reads what is left until the connection ends.
    pub async fn read_to_end(&mut self) -> Ending {
        let mut goodbye = Value::Null;
        loop {
            let code = match within(DEADLINE, "the end", self.hear()).await {
                Heard::Frame(frame) if frame.starts_with(b"{\"type\":\"goodbye\"") => {
                    goodbye = serde_json::from_slice(&frame).unwrap();
                    continue;
                }
                Heard::Frame(_) => continue,
                Heard::Closed(code) => code,
                Heard::Gone => 1006,
            };
            self.leave();
            return Ending { goodbye, code };
        }
    }

    async fn subscribe(&mut self, after: &Value, is_narrow: bool) -> Value {
        let address = self.address;
        let light = until("a socket to open", || open(address, is_narrow)).await;
        let mut subscribe =
            json!({"type": "subscribe", "ref": "1", "channel": self.channel, "history": 0});
        if !after.is_null() {
            subscribe["after"] = after.clone();
        }
        let light = self.light.insert(light);
        light.say(&subscribe).await.unwrap();
        loop {
            match within(DEADLINE, "the answer", light.hear()).await {
                Heard::Frame(frame) if frame.starts_with(b"{\"type\":\"subscribed\"") => {
                    return serde_json::from_slice(&frame).unwrap();
                }
                Heard::Frame(_) => {}
                ended => panic!("{ended:?} instead of an answer"),
            }
        }
    }

    async fn hear(&mut self) -> Heard {
        let light = self.light.as_mut().expect("it is connected");
        let heard = light.hear().await;
        if let Heard::Frame(frame) = &heard {
            self.take(frame);
        }
        heard
    }

    fn take(&mut self, frame: &Bytes) {
        if frame.starts_with(EVENT) {
            let seq = seq(frame);
            assert_eq!(seq, self.seq + 1, "each event comes once and in order");
            self.seq = seq;
        } else if frame.starts_with(b"{\"type\":\"signal\"") {
            // Nobody sets another. Read only by those who ask: it is long, and they are many.
            self.presence = frame.clone();
            self.n_presence += 1;
        }
    }
}

/// A relay that restarts refuses for a while.
async fn open(address: SocketAddr, is_narrow: bool) -> Option<Light> {
    let opened: io::Result<_> = match is_narrow {
        true => Light::open_narrow(address).await,
        false => Light::open(address).await,
    };
    opened.ok()
}

/// An event's seq, without the rest: the channel's name is short, so it comes early.
fn seq(event: &[u8]) -> u64 {
    const KEY: &[u8] = b"\"seq\":";
    let at = event.windows(KEY.len()).position(|bytes| bytes == KEY);
    let digits = event[at.unwrap() + KEY.len()..].iter();
    digits
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |seq, digit| seq * 10 + u64::from(digit - b'0'))
}
