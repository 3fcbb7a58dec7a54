//! Fan-out cost: events at a steady pace to many subscribers.

use std::io;
use std::time::Duration;

use super::arrival::Arrival;
use super::crowd::Crowd;
use super::followers::Followers;
use super::publisher::Publisher;
use super::{Bench, CHANNEL};
use crate::bench::plan::{Figure, figure};
use crate::bench::statistics::Times;

/// Measures the server's CPU time for each delivery, and the time from publish to receipt.
pub(super) fn measure(
    bench: &mut Bench<'_>,
    subscribers: usize,
    (per_second, seconds): (u64, u64),
    body_bytes: usize,
) -> io::Result<Vec<Figure>> {
    let Bench { crowd, gauge, plan } = bench;
    let n_events = per_second * seconds;
    let mut publisher = Publisher::join(crowd, plan, CHANNEL, body_bytes)?;
    let say = plan.dialect.subscribe(CHANNEL);
    let arrival = Arrival::gather(crowd, plan, subscribers, Some(&say))?;
    let mut followers = Followers::of(crowd, &arrival, publisher.base, n_events)?;
    followers.times = Some(Times::default());
    let before = gauge.read()?;
    pace(crowd, &mut publisher, &mut followers, n_events, per_second)?;
    let used = gauge.since(before)?;
    let mut times = followers.times.take().unwrap_or_default();
    let mut figures = vec![
        figure("CPU µs/delivery", followers.each(used.server_us)),
        figure("p50 ms", times.percentile_ms(0.5)),
        figure("p99 ms", times.percentile_ms(0.99)),
        figure("p99.9 ms", times.percentile_ms(0.999)),
        figure("client CPU %", used.client_percent()),
    ];
    figures.extend(followers.figures());
    Ok(figures)
}

/// Publishes `n_events`, each in its time, and returns when all have all of them.
pub(super) fn pace(
    crowd: &mut Crowd,
    publisher: &mut Publisher,
    followers: &mut Followers,
    n_events: u64,
    per_second: u64,
) -> io::Result<()> {
    let (start_ns, first) = (crowd.now_ns(), publisher.n_sent);
    while publisher.n_sent - first < n_events {
        let due_ns = start_ns + (publisher.n_sent - first) * 1_000_000_000 / per_second;
        let now_ns = crowd.now_ns();
        if due_ns <= now_ns {
            publisher.publish(crowd, 1)?;
        }
        crowd.turn(
            Duration::from_nanos(due_ns.saturating_sub(now_ns)),
            followers,
        )?;
    }
    let n_sent = publisher.n_sent;
    crowd.run(followers, |followers| followers.have(n_sent))
}
