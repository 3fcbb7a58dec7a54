//! Idle: subscribed connections to which nothing happens.

use std::io;
use std::time::{Duration, Instant};

use super::arrival::Arrival;
use super::followers::Followers;
use super::publisher::Publisher;
use super::{Bench, CHANNEL};
use crate::bench::plan::{Figure, figure};

/// Any body will do: nothing is published but what makes the channel.
const BODY_BYTES: usize = 100;

/// Measures resident memory for each connection, and CPU time while only pings go round.
pub(super) fn measure(
    bench: &mut Bench<'_>,
    connections: usize,
    seconds: u64,
) -> io::Result<Vec<Figure>> {
    let Bench { crowd, gauge, plan } = bench;
    let publisher = Publisher::join(crowd, plan, CHANNEL, BODY_BYTES)?;
    let empty_kib = gauge.resident_kib()?;
    let say = plan.dialect.subscribe(CHANNEL);
    let arrival = Arrival::gather(crowd, plan, connections, Some(&say))?;
    let mut followers = Followers::of(crowd, &arrival, publisher.base, 0)?;
    let before = gauge.read()?;
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(seconds) {
        crowd.turn(Duration::from_millis(100), &mut followers)?;
    }
    let used = gauge.since(before)?;
    let each_kib = (gauge.resident_kib()? - empty_kib) / connections as f64;
    Ok(vec![
        figure("KiB/connection", each_kib),
        figure("idle CPU %", used.server_percent()),
        figure("KiB before", empty_kib),
    ])
}
