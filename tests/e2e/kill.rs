//! Kill −9 at any instant loses no acknowledged event and invents none.
//!
//! One relay and one data folder for all rounds. In each, publishers go on as fast as they are
//! acknowledged, a watcher looks on, and the relay is killed. The next one must hold what was
//! acknowledged where it was acknowledged, and nothing that nobody sent.

mod ledger;
mod publisher;

use std::sync::Arc;
use std::time::Duration;

use pilothouse_tests::{Agent, Chance, Process, Socket, pause_for};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use self::ledger::Ledger;
use self::publisher::{Publisher, Sent};

/// Kills, for each level.
const ROUNDS: usize = 100;

/// Every publisher has one of these.
const CHANNELS: [&str; 2] = ["build", "review"];

/// The longest time from the first acknowledgement to the kill.
const LONGEST_MS: u64 = 60;

/// Acknowledged publishes that are repeated after each kill.
const REPEATS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_kills_of_a_full_relay_lose_nothing_and_invent_nothing() {
    Trial::begin("full").await.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_kills_of_a_normal_relay_lose_nothing_and_invent_nothing() {
    Trial::begin("normal").await.run().await;
}

struct Trial {
    chance: Chance,
    relay: Process,
    ledger: Ledger,
    n_ids: u64,
}

/// A watcher's end: where it stood, and what it was told since the round began.
struct Sighting {
    position: Value,
    events: Vec<Value>,
}

impl Trial {
    async fn begin(durability: &str) -> Self {
        let settings = ["--durability", durability, "--keep-events", "forever"];
        let relay = Process::with(&settings).await;
        for channel in CHANNELS {
            Agent::new(&relay.url(), channel, "maker").create().await;
        }
        Self {
            chance: Chance::new(),
            relay,
            ledger: Ledger::of(&CHANNELS),
            n_ids: 0,
        }
    }

    async fn run(mut self) {
        for _ in 0..ROUNDS {
            let watching = self.watch(None).await.0;
            let sent = self.publish_until_killed().await;
            let sighting = watching.await.unwrap();
            self.relay.restart().await;
            self.check(&sent, sighting).await;
        }
        let (n_acknowledged, n_unsure) = self.ledger.counts();
        assert!(n_acknowledged > 10 * ROUNDS as u64, "{n_acknowledged}");
        assert!(n_unsure > ROUNDS as u64, "the kills came too late");
    }

    async fn publish_until_killed(&mut self) -> Vec<Sent> {
        let begun = Arc::default();
        let mut sockets = Vec::new();
        for _ in CHANNELS {
            sockets.push(Socket::open(self.relay.address()).await);
        }
        let mut publishing = Vec::new();
        for (n, channel) in [0, 1, 2]
            .into_iter()
            .flat_map(|n| CHANNELS.map(|it| (n, it)))
        {
            let prefix = format!("{}", self.n_ids);
            self.n_ids += 1;
            let publisher = Publisher::new(&self.relay, channel, prefix, Arc::clone(&begun));
            publishing.push(match n {
                // Open before the first can be acknowledged, and so before the kill.
                0 => tokio::spawn(publisher.over_websocket(sockets.pop().unwrap())),
                1 => tokio::spawn(publisher.over_http()),
                _ => tokio::spawn(publisher.in_batches()),
            });
        }
        publisher::first(&begun).await;
        pause_for(Duration::from_micros(self.chance.below(LONGEST_MS * 1000))).await;
        self.relay.kill().await;
        let mut sent = Vec::new();
        for publishing in publishing {
            sent.extend(publishing.await.unwrap());
        }
        sent
    }

    async fn check(&mut self, sent: &[Sent], sighting: Sighting) {
        let (watching, recovered) = self.watch(Some(&sighting.position)).await;
        assert_eq!(
            recovered,
            Some(true),
            "the relay was killed, not the machine"
        );
        for channel in CHANNELS {
            let agent = Agent::new(&self.relay.url(), channel, "reader");
            let mut after = self.ledger.head(channel);
            loop {
                let events = agent.events(after, 0).await;
                let Some(last) = events.last() else { break };
                after = last["seq"].as_u64().unwrap();
                self.ledger.follow(channel, &events);
            }
        }
        self.ledger.check(sent);
        self.ledger.check_sighting(CHANNELS[0], &sighting.events);
        self.repeat(sent).await;
        let head = self.publish_last().await;
        let Sighting { events, .. } = self.until_head(watching, head).await;
        let first = sighting.position["seq"].as_u64().unwrap();
        self.ledger.check_rest(CHANNELS[0], first, &events);
    }

    /// Publishes again what was sent: all whose fate nobody was told, and some that were acknowledged.
    async fn repeat(&mut self, sent: &[Sent]) {
        let unsure = sent.iter().filter(|sent| sent.acknowledged.is_none());
        let skipped = self.chance.below(1 + sent.len() as u64);
        let skipped = usize::try_from(skipped).unwrap();
        let sure = sent.iter().filter(|sent| sent.acknowledged.is_some());
        let again: Vec<_> = unsure.chain(sure.skip(skipped).take(REPEATS)).collect();
        for sent in again {
            let answer = sent.again(&self.relay).await;
            self.ledger.repeated(sent, &answer);
        }
    }

    /// Publishes to the watched channel, so that its end is known.
    async fn publish_last(&mut self) -> u64 {
        let agent = Agent::new(&self.relay.url(), CHANNELS[0], "maker");
        let id = format!("last-{}", self.n_ids);
        let seq = agent.publish_surely(&id, &publisher::body(&id)).await;
        self.ledger.also(CHANNELS[0], seq, &id);
        seq
    }

    /// Subscribes, at a position or at the head, and listens until the relay is gone or told to stop;
    /// says whether it recovered.
    async fn watch(&self, after: Option<&Value>) -> (JoinHandle<Sighting>, Option<bool>) {
        let mut socket = Socket::open(self.relay.address()).await;
        let mut subscribe = json!({"type": "subscribe", "ref": "1", "channel": CHANNELS[0]});
        if let Some(after) = after {
            subscribe["after"] = after.clone();
        }
        socket.say(&subscribe).await;
        let reply = socket.hear_type("subscribed").await;
        let mut position = reply["position"].clone();
        let watching = tokio::spawn(async move {
            let mut events = Vec::new();
            while let Some(frame) = socket.try_hear().await {
                if frame["type"] == "event" {
                    assert_eq!(frame["prev"], position["seq"], "{frame}");
                    position["seq"] = frame["seq"].clone();
                    let is_last = frame["id"].as_str().unwrap().starts_with("last-");
                    events.push(frame);
                    if is_last {
                        break;
                    }
                } else {
                    assert_ne!(frame["type"], "gap", "{frame}");
                }
            }
            Sighting { position, events }
        });
        (watching, reply["recovered"].as_bool())
    }

    async fn until_head(&self, watching: JoinHandle<Sighting>, head: u64) -> Sighting {
        let sighting = watching.await.unwrap();
        assert_eq!(sighting.position["seq"], head, "the rest came");
        sighting
    }
}
