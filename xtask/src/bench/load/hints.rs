//! Hints: from a person's publish to the hand-over to an agent that waits.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::line::{Line, stamp, stamps};
use super::{Bench, CHANNEL, pause_until};
use crate::bench::plan::{Figure, Way, figure};
use crate::bench::statistics::{Times, ratio};

/// Hints before those that count.
const WARM_UP: usize = 10;

/// Measures the time from the publish of a hint, on a socket, until the agent has read it. Hints come one
/// at a time; the agent waits again as soon as it has one.
pub(super) fn measure(
    bench: &mut Bench<'_>,
    way: Way,
    (per_second, seconds): (u64, u64),
) -> io::Result<Vec<Figure>> {
    let Bench { gauge, plan, .. } = bench;
    let n_hints = WARM_UP + usize::try_from(per_second * seconds).unwrap_or(usize::MAX);
    let mut person = Line::socket(plan.target)?;
    let mut agent = Agent::wait(plan.target, way)?;
    let (before, start) = (gauge.read()?, Instant::now());
    let times = thread::scope(|scope| {
        let taking = scope.spawn(move || agent.take(n_hints, start));
        for number in 0..n_hints {
            let after = 1_000_000_000 / per_second * number as u64;
            pause_until(start + Duration::from_nanos(after));
            give(&mut person, start)?;
        }
        taking
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the agent has panicked")))
    })?;
    let used = gauge.since(before)?;
    let mut counted = Times::default();
    times.iter().skip(WARM_UP).for_each(|ns| counted.add(*ns));
    Ok(vec![
        figure("p50 ms", counted.percentile_ms(0.5)),
        figure("p99 ms", counted.percentile_ms(0.99)),
        figure("max ms", counted.percentile_ms(1.0)),
        figure("CPU µs/hint", ratio(used.server_us, n_hints as f64)),
        figure("lost", n_hints.saturating_sub(times.len()) as f64),
    ])
}

/// Gives a hint that carries the time, and waits until it is stored.
fn give(person: &mut Line, start: Instant) -> io::Result<()> {
    let text = stamp(nanoseconds(start));
    let hint = format!(r#"{{"type":"hint","hint":{{"kind":"text","text":"{text}"}}}}"#);
    let publish = format!(r#"{{"type":"publish","ref":"p","channel":"{CHANNEL}","body":{hint}}}"#);
    person.say(&publish)?;
    person.hear("published").map(drop)
}

/// An agent that waits for hints.
#[derive(Debug)]
struct Agent {
    line: Line,
    way: Way,
}

impl Agent {
    fn wait(target: std::net::SocketAddr, way: Way) -> io::Result<Self> {
        let line = match way {
            Way::Poll => Line::open(target)?,
            Way::Socket => {
                let mut line = Line::socket(target)?;
                line.say(r#"{"type":"hello","member":"agent","name":"agent","kind":"agent"}"#)?;
                line.hear("welcome")?;
                line
            }
        };
        Ok(Self { line, way })
    }

    /// Takes `n` hints; how long each was on its way.
    fn take(&mut self, n: usize, start: Instant) -> io::Result<Vec<u64>> {
        let mut times = Vec::with_capacity(n);
        while times.len() < n {
            let answer = self.next()?;
            let now_ns = nanoseconds(start);
            times.extend(stamps(&answer).map(|stamp| now_ns.saturating_sub(stamp)));
        }
        Ok(times)
    }

    fn next(&mut self) -> io::Result<Vec<u8>> {
        match self.way {
            Way::Poll => {
                let what = format!("GET /api/channels/{CHANNEL}/hints?wait=60");
                self.line.call(&what, "Pilothouse-Member: agent\r\n", "")
            }
            Way::Socket => {
                let ask = format!(r#"{{"type":"take_hints","ref":"t","channel":"{CHANNEL}"}}"#);
                self.line.say(&ask)?;
                self.line.hear("hints")
            }
        }
    }
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
