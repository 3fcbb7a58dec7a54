//! What is said of a folder.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pilothouse_relay::client::{Agent, Happened, Receipt, Refused};
use pilothouse_shared::limits::MAX_LABEL_BYTES;
use pilothouse_shared::{
    Access, Body, ChannelId, Extra, FileAccessed, Message, MessageKind, Role, SessionEnded,
    SessionStarted,
};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::Failure;
use super::known::Change;

/// Files named at once; those beyond are counted.
const MAX_NAMED: usize = 100;

/// How long to wait before asking again for a channel that the relay ended.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// See the module.
pub(super) struct Reports {
    agent: Agent,
    channel: ChannelId,
    /// The relay may have lost what it was told.
    lost: Arc<Notify>,
    following: JoinHandle<Refused>,
}

impl Reports {
    /// Says that observing began, and stays in the channel.
    pub(super) async fn begin(agent: &Agent, channel: ChannelId, root: &Path) -> Self {
        let cwd = root.to_string_lossy().into_owned();
        let body = Body::SessionStarted(SessionStarted {
            agent: "observe".to_owned(),
            cwd: (cwd.len() <= MAX_LABEL_BYTES).then_some(cwd),
            model: None,
            source: None,
            extra: Extra::new(),
        });
        let began = agent.submit(&channel, body).await;
        let lost = Arc::new(Notify::new());
        let follow = follow(agent.clone(), channel.clone(), began, Arc::clone(&lost));
        Self {
            agent: agent.clone(),
            channel,
            lost,
            following: tokio::spawn(follow),
        }
    }

    /// Waits until the relay may have lost what it was told. Cancel-safe.
    pub(super) async fn lost(&self) {
        self.lost.notified().await;
    }

    /// Publishes these. While the relay is away, a hundred wait; then this waits.
    pub(super) async fn publish(
        &self,
        bodies: impl IntoIterator<Item = Body>,
    ) -> Result<(), Failure> {
        for body in bodies {
            drop(self.agent.submit(&self.channel, body).await);
        }
        match self.following.is_finished() {
            true => Err(Failure::Failed(
                "the relay does not let this be published; see its log".to_owned(),
            )),
            false => Ok(()),
        }
    }

    /// Publishes what happened to files.
    pub(super) async fn changes(&self, changes: &[Change]) -> Result<(), Failure> {
        self.publish(bodies(changes)).await
    }

    /// Says that observing ended.
    pub(super) async fn end(&self) {
        let reason = "stopped".to_owned();
        let extra = Extra::new();
        let ended = Body::SessionEnded(SessionEnded { reason, extra });
        // Not waited for: there may be no room, and no relay to make any.
        let submit = self.agent.submit(&self.channel, ended);
        let _ = tokio::time::timeout(ASK_AGAIN_AFTER, submit).await;
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        self.following.abort();
    }
}

/// Stays in the channel, and notices when it began anew; ends when the relay wants nothing.
async fn follow(agent: Agent, channel: ChannelId, began: Receipt, lost: Arc<Notify>) -> Refused {
    if let Err(refused) = began.stored().await {
        return refused;
    }
    let mut following = agent.subscribe(&channel, 0).await;
    loop {
        match following.next().await {
            Ok(Happened::Anew) => lost.notify_one(),
            Ok(Happened::Ended { .. }) => {
                tokio::time::sleep(ASK_AGAIN_AFTER).await;
                following.again().await;
            }
            Ok(Happened::Event(_) | Happened::Missed { .. }) => {}
            Err(refused) => return refused,
        }
    }
}

/// What is published of these changes: the first of them, and how many there were beside.
fn bodies(changes: &[Change]) -> Vec<Body> {
    let is_fit = |change: &&Change| change.path.len() <= MAX_LABEL_BYTES;
    let named = changes.iter().filter(is_fit).take(MAX_NAMED);
    let mut bodies: Vec<_> = named
        .map(|change| {
            Body::FileAccessed(FileAccessed {
                path: change.path.clone(),
                access: change.access,
                tool: None,
                duration_ms: None,
                extra: Extra::new(),
            })
        })
        .collect();
    let left = changes.len() - bodies.len();
    if left > 0 {
        bodies.push(summary(left, changes));
    }
    bodies
}

fn summary(left: usize, changes: &[Change]) -> Body {
    let n = |access: Access| changes.iter().filter(|it| it.access == access).count();
    let text = format!(
        "{left} more files changed at once and are not named here; of all {}, {} were created, {} \
         written and {} deleted.",
        changes.len(),
        n(Access::Create),
        n(Access::Write),
        n(Access::Delete)
    );
    Body::Message(Message {
        role: Role::System,
        text,
        kind: MessageKind::System,
        message: None,
        extra: Extra::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(n: usize) -> Vec<Change> {
        let change = |n: usize| Change {
            path: format!("f{n}"),
            access: Access::Create,
        };
        (0..n).map(change).collect()
    }

    #[test]
    fn a_few_changes_are_all_named() {
        assert_eq!(bodies(&changes(MAX_NAMED)).len(), MAX_NAMED);
        assert_eq!(bodies(&[]), []);
    }

    #[test]
    fn a_storm_is_named_in_part_and_counted() {
        let bodies = bodies(&changes(10_000));
        assert_eq!(bodies.len(), MAX_NAMED + 1);
        let Some(Body::Message(last)) = bodies.last() else {
            panic!("{bodies:?}");
        };
        let counts = "9900 more files changed at once and are not named here; of all 10000, 10000";
        assert!(last.text.starts_with(counts), "{}", last.text);
    }
}
