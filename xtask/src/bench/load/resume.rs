//! Resume: clients that come back after many events.

use std::io;

use super::acknowledged::Acknowledged;
use super::arrival::Arrival;
use super::crowd::Crowd;
use super::followers::Followers;
use super::publisher::Publisher;
use super::speech::subscribe;
use super::{Bench, CHANNEL};
use crate::bench::plan::{Figure, figure};

/// Publishes that are not acknowledged yet.
const OPEN: u64 = 64;

/// Measures the time until all clients have everything, and the server's CPU time for each event.
pub(super) fn measure(
    bench: &mut Bench<'_>,
    clients: usize,
    behind: u64,
    body_bytes: usize,
) -> io::Result<Vec<Figure>> {
    let Bench { crowd, gauge, plan } = bench;
    let mut publisher = Publisher::join(crowd, plan, CHANNEL, body_bytes)?;
    let say = plan.dialect.subscribe(CHANNEL);
    let epoch = Arrival::gather(crowd, plan, 1, Some(&say))?.epoch;
    let epoch = epoch.ok_or_else(|| io::Error::other("no epoch was told"))?;
    publish_all(crowd, &mut publisher, behind)?;
    let arrival = Arrival::gather(crowd, plan, clients, None)?;
    let mut followers = Followers::of(crowd, &arrival, publisher.base, behind)?;
    let say = subscribe(CHANNEL, Some((&epoch, publisher.base)));
    let before = gauge.read()?;
    for who in arrival.first..crowd.len() {
        crowd.send(who, &say)?;
    }
    crowd.run(&mut followers, |followers| followers.have(behind))?;
    let used = gauge.since(before)?;
    let mut figures = vec![
        figure("ms to the last", used.seconds * 1e3),
        figure("CPU µs/delivery", followers.each(used.server_us)),
        figure("client CPU %", used.client_percent()),
    ];
    figures.extend(followers.figures());
    Ok(figures)
}

/// Publishes `n` events and waits until all are durable.
fn publish_all(crowd: &mut Crowd, publisher: &mut Publisher, n: u64) -> io::Result<()> {
    let mut acknowledged = Acknowledged::new(crowd.len());
    while publisher.n_sent < n {
        let n_next = OPEN.min(n - publisher.n_sent);
        publisher.publish(crowd, n_next)?;
        let n_sent = publisher.n_sent;
        crowd.run(&mut acknowledged, |acknowledged| acknowledged.n() == n_sent)?;
    }
    Ok(())
}
