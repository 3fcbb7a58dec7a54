//! What a played agent does: NDJSON, its first line the cast, every other line one step.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Stands in scripts for a number that differs with every run, so that ids do too.
const RUN: &str = "$run";

/// Who plays, and where.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Cast {
    /// The channel's id.
    pub(crate) channel: String,
    /// What people call the channel.
    pub(crate) title: String,
    /// The agent's member id.
    pub(crate) member: String,
    /// What people call the agent.
    pub(crate) name: String,
}

/// A line of a script.
#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    /// Seconds before it happens.
    pub(crate) after: f64,
    #[serde(flatten)]
    pub(crate) act: Act,
}

/// What happens.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Act {
    /// One body is published.
    Event(Value),
    /// A signal changes.
    Signal { key: String, op: Value },
    /// The agent speaks: word by word as a signal, then as a message.
    Speak { message: String, text: String },
    /// The agent asks people and waits for `patience` seconds (at most 60), then says the text
    /// that fits the outcome; `$answer` in it is the answer.
    Ask {
        patience: u64,
        body: Value,
        then: BTreeMap<String, String>,
    },
}

/// A cast and its lines.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) cast: Cast,
    lines: Vec<&'static str>,
}

impl Script {
    /// Reads the cast; `None` if it or a step cannot be read.
    pub(crate) fn parse(text: &'static str) -> Option<Self> {
        let (cast, steps) = text.split_once('\n')?;
        let script = Self {
            cast: serde_json::from_str(cast).ok()?,
            lines: steps.lines().collect(),
        };
        (script.steps(0).count() == script.lines.len()).then_some(script)
    }

    /// The steps of the run with number `run`.
    pub(crate) fn steps(&self, run: u64) -> impl Iterator<Item = Step> {
        let run = run.to_string();
        self.lines
            .iter()
            .filter_map(move |line| serde_json::from_str(&line.replace(RUN, &run)).ok())
    }
}

#[cfg(test)]
mod tests {
    use pilothouse_shared::{Body, Op};

    use super::{Act, Script};
    use crate::demo::SCRIPTS;

    #[test]
    fn every_script_can_be_read_to_its_last_line() {
        assert!(SCRIPTS.iter().all(|text| Script::parse(text).is_some()));
    }

    #[test]
    fn scripts_speak_in_bodies_and_ops_that_the_contract_knows() {
        let scripts: Vec<Script> = SCRIPTS.into_iter().filter_map(Script::parse).collect();
        for step in scripts.iter().flat_map(|script| script.steps(1)) {
            match step.act {
                Act::Event(body) | Act::Ask { body, .. } => {
                    let read: Body = serde_json::from_value(body.clone()).unwrap();
                    assert!(!matches!(read, Body::Unknown(_)), "{body}");
                }
                Act::Signal { op, .. } => {
                    let read: Result<Op, _> = serde_json::from_value(op.clone());
                    assert!(read.is_ok(), "{op}");
                }
                Act::Speak { .. } => {}
            }
        }
    }

    #[test]
    fn two_runs_ask_under_different_ids() {
        let script = Script::parse(SCRIPTS[0]).unwrap();
        let asked = |run| {
            script.steps(run).find_map(|step| match step.act {
                Act::Ask { body, .. } => Some(body["request"].clone()),
                _ => None,
            })
        };
        assert!(asked(1).is_some());
        assert_ne!(asked(1), asked(2));
    }
}
