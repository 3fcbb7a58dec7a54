//! Hooks: an agent that posts each of its calls and waits for the answer, alone and with a crowd that watches.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::arrival::{Arrival, settle, trouble};
use super::hear::{Hear, Heard};
use super::line::Line;
use super::message::{self, Message};
use super::{Bench, pause_until};
use crate::bench::plan::{Dialect, Figure, figure};
use crate::bench::statistics::{Times, ratio};

/// Calls before those that count: the channel is made and every path is warm.
const WARM_UP: u64 = 20;
/// What the tool has returned, in bytes: a screen of text.
const OUTPUT_BYTES: usize = 1024;

/// Measures the time from a call to the end of its answer. The calls come at a steady pace, each after
/// the one before, as an agent's do.
pub(super) fn measure(
    bench: &mut Bench<'_>,
    watchers: usize,
    (per_second, seconds): (u64, u64),
) -> io::Result<Vec<Figure>> {
    let Bench { crowd, gauge, plan } = bench;
    let mut agent = Line::open(plan.target)?;
    post(&mut agent, (0, WARM_UP), u64::MAX)?;
    if watchers > 0 {
        let say = plan.dialect.subscribe(&session(&mut agent, plan.dialect)?);
        Arrival::gather(crowd, plan, watchers, Some(&say))?;
    }
    let mut crowd_hears = Watching::default();
    settle(crowd, &mut crowd_hears)?;
    let before = gauge.read()?;
    let n_calls = per_second * seconds;
    let mut times = thread::scope(|scope| {
        let calls = scope.spawn(|| post(&mut agent, (WARM_UP, n_calls), per_second));
        while !calls.is_finished() {
            crowd.turn(Duration::from_millis(10), &mut crowd_hears)?;
        }
        calls
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the agent has panicked")))
    })?;
    let used = gauge.since(before)?;
    Ok(vec![
        figure("p50 ms", times.percentile_ms(0.5)),
        figure("p99 ms", times.percentile_ms(0.99)),
        figure("max ms", times.percentile_ms(1.0)),
        figure("CPU µs/call", ratio(used.server_us, n_calls as f64)),
        figure("events/call", watched(&crowd_hears, watchers, n_calls)),
        figure("client CPU %", used.client_percent()),
    ])
}

/// Posts `n` calls, from number `first` on, at this pace at most.
fn post(agent: &mut Line, (first, n): (u64, u64), per_second: u64) -> io::Result<Times> {
    let (start, mut times) = (Instant::now(), Times::default());
    for number in 0..n {
        pause_until(start + Duration::from_nanos(number * (1_000_000_000 / per_second)));
        let body = body(first + number);
        let asked = Instant::now();
        agent.call("POST /hooks/claude-code", "", &body)?;
        times.add(u64::try_from(asked.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    Ok(times)
}

/// What Claude Code posts after a tool was used.
fn body(number: u64) -> String {
    let output = "x".repeat(OUTPUT_BYTES);
    format!(
        r#"{{"session_id":"7f3a9c21-5b1e-4c7d-9a44-0d2f6e8b1c55","transcript_path":"/home/ada/t.jsonl","cwd":"/home/ada/website","permission_mode":"default","hook_event_name":"PostToolUse","tool_name":"Bash","tool_input":{{"command":"cargo test"}},"tool_response":{{"stdout":"{output}","stderr":"","interrupted":false}},"tool_use_id":"toolu_{number:012}"}}"#
    )
}

/// The channel that the calls have made: the only one.
fn session(agent: &mut Line, dialect: Dialect) -> io::Result<String> {
    if dialect != Dialect::Pilothouse {
        return Ok(String::new());
    }
    let list = agent.call("GET /api/channels", "", "")?;
    let channel = message::text(&list, "id").map(str::to_owned);
    channel.ok_or_else(|| trouble(&list))
}

fn watched(crowd: &Watching, watchers: usize, n_calls: u64) -> f64 {
    ratio(
        ratio(crowd.n_events as f64, watchers as f64),
        n_calls as f64,
    )
}

/// Those that watch the session.
#[derive(Debug, Default)]
struct Watching {
    n_events: u64,
}

impl Hear for Watching {
    fn heard(&mut self, heard: Heard<'_>, _: &mut Vec<u8>) -> io::Result<()> {
        match message::kind(heard.payload) {
            Message::Event => self.n_events += 1,
            Message::Trouble => return Err(trouble(heard.payload)),
            _ => {}
        }
        Ok(())
    }
}
