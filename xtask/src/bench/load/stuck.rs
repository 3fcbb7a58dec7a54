//! Stuck watchers: some subscribers never read, and the others should not feel it.

use std::io;

use super::arrival::{Arrival, settle};
use super::fanout::pace;
use super::followers::Followers;
use super::publisher::Publisher;
use super::{Bench, CHANNEL};
use crate::bench::plan::{Figure, figure};
use crate::bench::statistics::{Times, ratio};

/// Measures the readers' times without and with the stuck ones, one after the other, and by how
/// much the server's memory has to grow for the stuck ones.
pub(super) fn measure(
    bench: &mut Bench<'_>,
    (readers, stuck): (usize, usize),
    (events, per_second): (u64, u64),
    body_bytes: usize,
) -> io::Result<Vec<Figure>> {
    let Bench { crowd, gauge, plan } = bench;
    let mut publisher = Publisher::join(crowd, plan, CHANNEL, body_bytes)?;
    let say = plan.dialect.subscribe(CHANNEL);
    let arrival = Arrival::gather(crowd, plan, readers, Some(&say))?;
    let mut followers = Followers::of(crowd, &arrival, publisher.base, 2 * events)?;

    followers.times = Some(Times::default());
    pace(crowd, &mut publisher, &mut followers, events, per_second)?;
    let mut without = followers
        .times
        .replace(Times::default())
        .unwrap_or_default();
    let peak_kib = gauge.peak_kib()?;

    let arrival = Arrival::gather(crowd, plan, stuck, Some(&say))?;
    settle(crowd, &mut followers)?;
    for who in arrival.first..crowd.len() {
        crowd.ignore(who)?;
    }
    pace(crowd, &mut publisher, &mut followers, events, per_second)?;
    let mut with = followers.times.take().unwrap_or_default();
    let grown_kib = gauge.peak_kib()? - peak_kib;

    let (p50, p99) = (without.percentile_ms(0.5), without.percentile_ms(0.99));
    let (p50_with, p99_with) = (with.percentile_ms(0.5), with.percentile_ms(0.99));
    let mut figures = vec![
        figure("p50 ms without", p50),
        figure("p50 ms with", p50_with),
        figure("p99 ms without", p99),
        figure("p99 ms with", p99_with),
        figure("p99 ratio", ratio(p99_with, p99)),
        figure("KiB grown", grown_kib),
    ];
    figures.extend(followers.figures());
    Ok(figures)
}
