//! Saturation: as fast as it goes, in a closed loop.
//!
//! The publisher stays at most a window ahead of the slowest subscriber, so nobody falls out of the
//! history and nothing may be lost.

use std::io;
use std::time::{Duration, Instant};

use super::arrival::Arrival;
use super::crowd::Crowd;
use super::followers::Followers;
use super::publisher::Publisher;
use super::{Bench, CHANNEL};
use crate::bench::plan::{Figure, figure};
use crate::bench::statistics::ratio;

/// Published at once, where the window allows it.
const STEP: u64 = 16;
const WARM_UP: Duration = Duration::from_secs(1);

/// Measures deliveries for each second, and for each second of the server's CPU time.
pub(super) fn measure(
    bench: &mut Bench<'_>,
    subscribers: usize,
    (window, seconds): (u64, u64),
    body_bytes: usize,
) -> io::Result<Vec<Figure>> {
    let Bench { crowd, gauge, plan } = bench;
    let mut publisher = Publisher::join(crowd, plan, CHANNEL, body_bytes)?;
    let say = plan.dialect.subscribe(CHANNEL);
    let arrival = Arrival::gather(crowd, plan, subscribers, Some(&say))?;
    let mut followers = Followers::of(crowd, &arrival, publisher.base, window)?;
    keep_full(crowd, &mut publisher, &mut followers, window, WARM_UP)?;
    let (before, n_before) = (gauge.read()?, followers.n_events);
    let measured = Duration::from_secs(seconds);
    keep_full(crowd, &mut publisher, &mut followers, window, measured)?;
    let used = gauge.since(before)?;
    let n_events = (followers.n_events - n_before) as f64;
    let n_sent = publisher.n_sent;
    crowd.run(&mut followers, |followers| followers.have(n_sent))?;
    let mut figures = vec![
        figure("M deliveries/CPU s", ratio(n_events, used.server_us)),
        figure("M deliveries/s", n_events / used.seconds / 1e6),
        figure("server CPU %", used.server_percent()),
        figure("client CPU %", used.client_percent()),
    ];
    figures.extend(followers.figures());
    Ok(figures)
}

/// Keeps the window full for as long as `time`.
fn keep_full(
    crowd: &mut Crowd,
    publisher: &mut Publisher,
    followers: &mut Followers,
    window: u64,
    time: Duration,
) -> io::Result<()> {
    let start = Instant::now();
    while start.elapsed() < time {
        let n_open = publisher.n_sent - followers.n_of_slowest();
        let n_steps = (window - n_open) / STEP;
        if n_steps > 0 {
            publisher.publish(crowd, n_steps * STEP)?;
        }
        crowd.turn(Duration::from_millis(10), followers)?;
    }
    Ok(())
}
