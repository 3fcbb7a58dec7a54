//! Reconnect storm: connects all at once.

use std::io;

use super::arrival::Arrival;
use super::publisher::Publisher;
use super::{Bench, CHANNEL};
use crate::bench::plan::{Figure, figure};

const BODY_BYTES: usize = 100;

/// Measures the time until all are welcome and, beside it, until all are subscribed.
///
/// Each subscribes as soon as it is welcome, so the first figure has part of that work in it.
pub(super) fn measure(bench: &mut Bench<'_>, connections: usize) -> io::Result<Vec<Figure>> {
    let Bench { crowd, gauge, plan } = bench;
    Publisher::join(crowd, plan, CHANNEL, BODY_BYTES)?;
    let say = plan.dialect.subscribe(CHANNEL);
    let (before, start_ns) = (gauge.read()?, crowd.now_ns());
    let arrival = Arrival::storm(crowd, plan, connections, Some(&say))?;
    let used = gauge.since(before)?;
    let ms = |at_ns: u64| at_ns.saturating_sub(start_ns) as f64 / 1e6;
    let mut figures = vec![figure("ms to all welcome", ms(arrival.welcome_ns))];
    if plan.dialect.greets() {
        figures.push(figure("ms to all subscribed", ms(arrival.subscribed_ns)));
    }
    figures.push(figure("server CPU ms", used.server_us / 1e3));
    figures.push(figure("client CPU ms", used.client_us / 1e3));
    Ok(figures)
}
