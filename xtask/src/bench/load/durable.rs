//! Durable publish: publishers that wait for acknowledgements.

use std::io;
use std::time::{Duration, Instant};

use super::Bench;
use super::acknowledged::Acknowledged;
use super::publisher::Publisher;
use crate::bench::plan::{Figure, figure};
use crate::bench::statistics::{Times, ratio};

const WARM_UP: Duration = Duration::from_millis(500);

/// Measures acknowledged events for each second and the time from publish to acknowledgement.
/// Each publisher has a channel of its own, as agents have.
pub(super) fn measure(
    bench: &mut Bench<'_>,
    (n_publishers, depth): (usize, u64),
    seconds: u64,
    body_bytes: usize,
) -> io::Result<Vec<Figure>> {
    let Bench { crowd, gauge, plan } = bench;
    let mut publishers = Vec::new();
    for number in 0..n_publishers {
        let channel = format!("bench-{number}");
        publishers.push(Publisher::join(crowd, plan, &channel, body_bytes)?);
    }
    let mut acknowledged = Acknowledged::new(crowd.len());
    let mut work = |acknowledged: &mut Acknowledged, time: Duration| {
        let start = Instant::now();
        while start.elapsed() < time {
            for publisher in &mut publishers {
                let n_open = publisher.n_sent - acknowledged.n_of(publisher.who);
                publisher.publish(crowd, depth - n_open)?;
            }
            crowd.turn(Duration::from_millis(10), acknowledged)?;
        }
        io::Result::Ok(())
    };
    work(&mut acknowledged, WARM_UP)?;
    acknowledged.times = Times::default();
    let (before, n_before) = (gauge.read()?, acknowledged.n());
    work(&mut acknowledged, Duration::from_secs(seconds))?;
    let used = gauge.since(before)?;
    let n_events = acknowledged.n() - n_before;
    Ok(vec![
        figure("events/s", n_events as f64 / used.seconds),
        figure("p50 ms", acknowledged.times.percentile_ms(0.5)),
        figure("p99 ms", acknowledged.times.percentile_ms(0.99)),
        figure("CPU µs/event", ratio(used.server_us, n_events as f64)),
    ])
}
