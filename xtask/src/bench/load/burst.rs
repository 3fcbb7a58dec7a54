//! Burst: events back to back.

use std::io;

use super::arrival::Arrival;
use super::followers::Followers;
use super::publisher::Publisher;
use super::{Bench, CHANNEL};
use crate::bench::plan::{Figure, figure};

/// Measures the time from the first publish to the last delivery.
pub(super) fn measure(
    bench: &mut Bench<'_>,
    subscribers: usize,
    events: u64,
    body_bytes: usize,
) -> io::Result<Vec<Figure>> {
    let Bench { crowd, gauge, plan } = bench;
    let mut publisher = Publisher::join(crowd, plan, CHANNEL, body_bytes)?;
    let say = plan.dialect.subscribe(CHANNEL);
    let arrival = Arrival::gather(crowd, plan, subscribers, Some(&say))?;
    let mut followers = Followers::of(crowd, &arrival, publisher.base, events)?;
    let before = gauge.read()?;
    publisher.publish(crowd, events)?;
    crowd.run(&mut followers, |followers| followers.have(events))?;
    let used = gauge.since(before)?;
    let mut figures = vec![
        figure("ms to the last", used.seconds * 1e3),
        figure("CPU µs/delivery", followers.each(used.server_us)),
        figure("client CPU %", used.client_percent()),
    ];
    figures.extend(followers.figures());
    Ok(figures)
}
