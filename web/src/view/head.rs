//! The head of a channel: who works here, on what, how far, at what price.

use pilothouse_shared::read::Read;
use pilothouse_shared::{FileEntry, Millis, Replica, RunningTool, Snapshot, read_fields};
use serde_json::Value;

use super::number::{compact, dollars};

/// Files the panel shows.
const FILES: usize = 12;

/// The head of a channel.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Head {
    /// What people call the channel.
    pub name: Option<String>,
    /// The agent's program.
    pub agent: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its working folder.
    pub cwd: Option<String>,
    /// When the session began.
    pub since: Option<Millis>,
    /// Why the session ended, if it did.
    pub ended: Option<String>,
    /// What it does, in a few words.
    pub operation: Option<String>,
    /// More about it.
    pub status: Option<String>,
    /// From 0 to 1.
    pub progress: Option<f64>,
    /// Tools that run, oldest first.
    pub tools: Vec<RunningTool>,
    /// Tools that returned.
    pub n_tools: u64,
    /// Tools that failed.
    pub n_failed: u64,
    /// Tokens read and written, for people.
    pub tokens: Option<String>,
    /// Cost, for people.
    pub cost: Option<String>,
    /// When the last event happened.
    pub last_at: Option<Millis>,
    /// Who asked to cancel.
    pub cancelled_by: Option<String>,
}

/// The value of `activity/<member>`.
#[derive(Debug, Default)]
struct Activity {
    operation: Option<String>,
    status: Option<String>,
    progress: Option<f64>,
}

read_fields!(Activity {
    required: [],
    optional: [operation, status, progress]
});

/// A file and how warm it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct WarmFile {
    /// Its path.
    pub path: String,
    /// The last access, for class names.
    pub access: &'static str,
    /// When it was last touched.
    pub at: Millis,
    /// Times it was read and changed.
    pub touched: String,
}

impl Head {
    /// The head of what a snapshot and an `activity` signal say; the signal is newer.
    #[must_use]
    pub fn of(snapshot: &Snapshot, activity: Option<&Value>) -> Self {
        let activity = activity
            .and_then(|value| Activity::read(value.clone()).ok())
            .unwrap_or_default();
        let session = snapshot.session.as_ref();
        let operation = snapshot.operation.as_ref();
        let usage = &snapshot.usage;
        let n_tokens = usage.input_tokens.saturating_add(usage.output_tokens);
        Self {
            name: snapshot.name.clone(),
            agent: session.map(|session| session.agent.clone()),
            model: session.and_then(|session| session.model.clone()),
            cwd: session.and_then(|session| session.cwd.clone()),
            since: session.map(|session| session.started_at),
            ended: session.and_then(|session| Some(session.ended.as_ref()?.reason.clone())),
            operation: activity
                .operation
                .or_else(|| operation.map(|now| now.operation.clone())),
            status: activity
                .status
                .or_else(|| operation.and_then(|now| now.status.clone())),
            progress: activity.progress,
            tools: snapshot.tools.clone(),
            n_tools: snapshot.n_tools,
            n_failed: snapshot.n_failed,
            tokens: (n_tokens > 0).then(|| compact(n_tokens)),
            cost: dollars(usage.cost_usd),
            last_at: snapshot.last_at,
            cancelled_by: snapshot
                .cancel_requested
                .as_ref()
                .map(|mark| mark.author.name.clone()),
        }
    }
}

/// The `activity` signal of whoever does the operation, or of any.
#[must_use]
pub fn activity(replica: &Replica) -> Option<&Value> {
    let operation = replica.snapshot().operation.as_ref();
    let doer = operation.map(|operation| operation.author.member.as_str());
    let mut activities = replica
        .signals()
        .filter_map(|(key, value)| Some((key.strip("activity/")?, value)));
    let first = activities.next();
    let found = first
        .into_iter()
        .chain(activities)
        .find(|(member, _)| Some(*member) == doer);
    found.or(first).map(|(_, value)| value)
}

/// The files touched last, newest first.
#[must_use]
pub fn files(entries: &[FileEntry]) -> Vec<WarmFile> {
    let warm = |file: &FileEntry| WarmFile {
        path: file.path.clone(),
        access: super::row::verb(file.access),
        at: file.at,
        touched: match (file.n_reads, file.n_writes) {
            (reads, 0) => format!("{reads}×"),
            (0, writes) => format!("{writes}×"),
            (reads, writes) => format!("· {}× in all", reads + writes),
        },
    };
    entries.iter().rev().take(FILES).map(warm).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn snapshot() -> Snapshot {
        let author = json!({"member": "a", "name": "Claude", "kind": "agent"});
        serde_json::from_value(json!({
            "session": {"agent": "claude-code", "model": "opus", "author": author, "started_at": 1},
            "operation": {"operation": "Testing", "status": "first run", "author": author, "started_at": 2},
            "usage": {"input_tokens": 1200, "output_tokens": 300, "cost_usd": 0.25},
        }))
        .unwrap()
    }

    #[test]
    fn the_head_says_who_does_what_at_what_price() {
        let head = Head::of(&snapshot(), None);
        assert_eq!(
            (head.agent.as_deref(), head.operation.as_deref()),
            (Some("claude-code"), Some("Testing"))
        );
        assert_eq!(
            (head.tokens.as_deref(), head.cost.as_deref()),
            (Some("1.5k"), Some("$0.25"))
        );
    }

    #[test]
    fn the_activity_signal_is_newer_than_the_history() {
        let activity = json!({"operation": "Fixing", "progress": 0.5});
        let head = Head::of(&snapshot(), Some(&activity));
        assert_eq!(
            (head.operation.as_deref(), head.progress),
            (Some("Fixing"), Some(0.5))
        );
        assert_eq!(head.status.as_deref(), Some("first run"));
    }

    #[test]
    fn a_malformed_activity_is_passed_over() {
        let head = Head::of(&snapshot(), Some(&json!({"progress": "half"})));
        assert_eq!(head.operation.as_deref(), Some("Testing"));
    }
}
