//! An agent in a few lines: it reports an operation with its progress, asks before it acts, and takes
//! the hints that people give it meanwhile.
//!
//! Start a relay with `pilothouse serve`, then `cargo run --example agent`, and open the dashboard at
//! <http://127.0.0.1:8420/c/example>: answer the permission and give it a hint. It ends with the hint
//! `stop`. Another relay is named by the first argument.

use std::error::Error;
use std::time::Duration;

use pilothouse_relay::client::Agent;
use pilothouse_shared::{
    Body, ChannelId, Extra, Hello, Hint, HintEntry, MemberKind, Op, OperationFinished,
    OperationStarted, Outcome, PermissionRequested, SignalKey,
};
use serde_json::json;

/// How long to wait for the last acknowledgements.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1);
    work(url.as_deref().unwrap_or("http://127.0.0.1:8420")).await
}

/// What the agent does, from beginning to end.
pub(crate) async fn work(url: &str) -> Result<(), Box<dyn Error>> {
    let hello = Hello {
        member: Some("example-agent".parse()?),
        name: Some("Example agent".to_owned()),
        kind: MemberKind::Agent,
        token: None,
    };
    let agent = Agent::connect(url, hello)?;
    let channel: ChannelId = "example".parse()?;
    // An event: stored once, whatever happens to the connection meanwhile.
    let started = OperationStarted {
        operation: "Counting files".to_owned(),
        status: None,
        extra: Extra::new(),
    };
    agent
        .publish(&channel, Body::OperationStarted(started))
        .await?;
    let answer = ask(&agent, &channel).await?;
    let ok = answer == Outcome::Allowed;
    if ok {
        count(&agent, &channel).await?;
    }
    let finished = OperationFinished {
        ok,
        extra: Extra::new(),
    };
    agent
        .publish(&channel, Body::OperationFinished(finished))
        .await?;
    agent.close(CLOSE_WITHIN).await;
    Ok(())
}

/// Asks people, and waits as long as they take.
async fn ask(agent: &Agent, channel: &ChannelId) -> Result<Outcome, Box<dyn Error>> {
    let ask = PermissionRequested {
        // The same id after a restart would go on waiting for the same request.
        request: format!("count-{}", std::process::id()).parse()?,
        tool: "Bash".to_owned(),
        input: json!({"command": "find . -type f | wc -l"}),
        suggestions: None,
        expires_at: None,
        waits: Some(true),
        extra: Extra::new(),
    };
    Ok(agent.ask_permission(channel, ask).await?.outcome)
}

/// Works until a hint says `stop`, and shows how far it is.
async fn count(agent: &Agent, channel: &ChannelId) -> Result<(), Box<dyn Error>> {
    let activity: SignalKey = format!("activity/{}", agent.member().await?).parse()?;
    let mut second = tokio::time::interval(Duration::from_secs(1));
    for n in 0_u32.. {
        // A live value: only the latest counts, and it is told again after a reconnect.
        let value = json!({"operation": "Counting files", "progress": f64::from(n % 11) / 10.0});
        agent.signal(channel, activity.clone(), Op::Set(value))?;
        tokio::select! {
            _ = second.tick() => {}
            hints = agent.take_hints(channel, None) => {
                for hint in hints? {
                    agent.acknowledge(channel, &hint.id, Some("understood".to_owned())).await?;
                    if says_stop(&hint) {
                        return Ok(());
                    }
                }
            }
        }
    }
    Ok(())
}

fn says_stop(hint: &HintEntry) -> bool {
    match &hint.hint {
        Hint::Text { text, .. } => text == "stop",
        Hint::Cancel { .. } => true,
        _ => false,
    }
}
