//! What agents publish: a mixture of what a session has, at a pace.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pilothouse_tests::Agent;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

/// The event with number `n`: half of them tools, a quarter files, a quarter talk.
pub(crate) fn event(n: u64) -> Value {
    let path = format!("src/part{}/file{}.rs", n % 7, n % 31);
    match n % 4 {
        0 => {
            json!({"type": "tool_started", "call": format!("c{n}"), "tool": "Edit", "input": {"path": path}})
        }
        1 => {
            json!({"type": "file_accessed", "path": path, "access": "write", "tool": "Edit", "duration_ms": 12})
        }
        2 => {
            let call = format!("c{}", n - 2);
            json!({"type": "tool_finished", "call": call, "tool": "Edit", "ok": true, "duration_ms": 12,
                "output": "changed 3 lines, 2 of them in a test"})
        }
        _ => json!({"type": "message", "role": "assistant",
            "text": format!("Step {n}: the cookie is signed with the key of the instance, so I keep the key. @{}@", now_us())}),
    }
}

/// Publishes `per_second` events each second for `seconds`, `per_call` at a time; the last seq.
pub(crate) async fn steady(agent: &Agent, per_second: u64, per_call: u64, seconds: u64) -> u64 {
    let mut pace = interval(Duration::from_micros(1_000_000 * per_call / per_second));
    // Late ones follow at once: the number of events is fixed, not the pace of calls.
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut last = 0;
    for call in 0..(per_second * seconds / per_call) {
        pace.tick().await;
        let events: Vec<Value> = (0..per_call).map(|n| event(call * per_call + n)).collect();
        last = agent.publish(&json!(events)).await.last().copied().unwrap();
    }
    last
}

/// Microseconds since the Unix epoch.
pub(crate) fn now_us() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_micros()
}
