//! Watchers that do not read cost the others nothing, and lose nothing.

use std::sync::Arc;
use std::time::Duration;

use pilothouse_tests::{Agent, Follower, Process, message, until};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

const CHANNEL: &str = "busy";
const N_READERS: usize = 95;
const N_STUCK: usize = 5;

/// Events published in one call, of 1 KiB each.
const BATCH: usize = 40;
const EVENT_BYTES: usize = 1024;

/// Calls of one phase. Phases with and without watchers that are stuck take turns: what else the
/// machine does hits both.
const CALLS: usize = 25;
const PAIRS: usize = 15;

/// Pairs at most. On a machine that is busy with other things, more of them are needed for the
/// medians to say something.
const MAX_PAIRS: usize = 3 * PAIRS;

/// Bytes that a relay may grow while it serves the second half.
const MAX_GROWTH_KIB: u64 = 32 * 1024;

/// A channel with readers that read, and somebody who publishes to them.
struct Hall {
    relay: Process,
    agent: Agent,
    batch: Value,
    readers: Vec<Follower>,
    head: u64,
}

impl Hall {
    async fn open() -> Self {
        let relay = Process::with(&["--durability", "normal"]).await;
        let agent = Agent::new(&relay.url(), CHANNEL, "claude");
        agent.create().await;
        let joining: JoinSet<_> = (0..N_READERS)
            .map(|_| Follower::join(relay.address(), CHANNEL))
            .collect();
        let readers = joining.join_all().await;
        let text = "x".repeat(EVENT_BYTES);
        let batch = std::iter::repeat_n(message(&text), BATCH).collect();
        let head = readers[0].seq();
        Self {
            relay,
            agent,
            batch,
            readers,
            head,
        }
    }

    /// Watchers that will read nothing, and to whom nothing more can be written.
    async fn stuck(&mut self) -> Vec<Follower> {
        let address = self.relay.address();
        let joining: JoinSet<_> = (0..N_STUCK)
            .map(|_| Follower::join_narrow(address, CHANNEL))
            .collect();
        let stuck = joining.join_all().await;
        // Ten times as much as their buffers hold.
        for _ in 0..10 {
            self.publish().await;
        }
        stuck
    }

    async fn publish(&mut self) {
        self.head = self.agent.publish(&self.batch).await[BATCH - 1];
        let head = self.head;
        for reader in &mut self.readers {
            reader.read_to(head).await;
        }
    }

    /// Publishes a phase's events, each call as soon as the readers have those of the call before.
    /// Says how long the slowest percent took, at best, to have them.
    async fn phase(&mut self) -> Duration {
        let arrived = Arc::new(Semaphore::new(0));
        let mut reading = JoinSet::new();
        for mut reader in self.readers.drain(..) {
            let (arrived, head) = (Arc::clone(&arrived), self.head);
            reading.spawn(async move {
                let mut arrivals = Vec::with_capacity(CALLS);
                for n in 1..=CALLS {
                    reader
                        .read_to(head + u64::try_from(n * BATCH).unwrap())
                        .await;
                    arrivals.push(Instant::now());
                    arrived.add_permits(1);
                }
                (reader, arrivals)
            });
        }
        let mut departures = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            departures.push(Instant::now());
            self.head = self.agent.publish(&self.batch).await[BATCH - 1];
            let all = u32::try_from(N_READERS).unwrap();
            arrived.acquire_many(all).await.unwrap().forget();
        }
        let mut latencies = Vec::with_capacity(CALLS * N_READERS);
        for (reader, arrivals) in reading.join_all().await {
            latencies.extend(
                arrivals
                    .iter()
                    .zip(&departures)
                    .map(|(at, since)| *at - *since),
            );
            self.readers.push(reader);
        }
        percentile(&mut latencies, 99)
    }

    async fn until_watched_by(&self, n: usize) {
        until(format!("{n} watchers"), || async {
            (self.agent.summary().await["watchers"] == n).then_some(())
        })
        .await;
    }
}

fn percentile(values: &mut [Duration], percent: usize) -> Duration {
    values.sort_unstable();
    values[(values.len() - 1) * percent / 100]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_that_never_read_cost_ninety_five_others_no_latency_and_the_relay_no_memory() {
    let mut hall = Hall::open().await;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    let mut at_half_time = 0;
    for n in 1..=MAX_PAIRS {
        without.push(hall.phase().await);
        let stuck = hall.stuck().await;
        with.push(hall.phase().await);
        drop(stuck);
        hall.until_watched_by(N_READERS).await;
        if n == PAIRS / 2 {
            at_half_time = hall.relay.resident_kib();
        }
        if n >= PAIRS && ratio(&mut with, &mut without) <= 1.5 {
            break;
        }
    }
    let ratio = ratio(&mut with, &mut without);
    assert!(ratio <= 1.5, "{ratio}: {with:?} with, {without:?} without");
    let grown = hall.relay.resident_kib().saturating_sub(at_half_time);
    assert!(grown <= MAX_GROWTH_KIB, "grew by {grown} KiB");
}

fn ratio(with: &mut [Duration], without: &mut [Duration]) -> f64 {
    percentile(with, 50).as_secs_f64() / percentile(without, 50).as_secs_f64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_closed_for_not_reading_resumes_without_loss() {
    let mut hall = Hall::open().await;
    let mut stuck = hall.stuck().await;
    hall.until_watched_by(N_READERS + N_STUCK).await;
    // The relay gives each 10 s.
    hall.until_watched_by(N_READERS).await;
    let metrics = hall.agent.metric("pilothouse_slow_subscribers_total").await;
    assert_eq!(metrics, Some(5.0));
    hall.publish().await;
    for follower in &mut stuck {
        follower.read_to_end().await;
        assert!(follower.seq() < hall.head);
        follower.come_back().await;
        follower.read_to(hall.head).await;
    }
    hall.until_watched_by(N_READERS + N_STUCK).await;
}
