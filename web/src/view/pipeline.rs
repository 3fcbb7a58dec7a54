//! The board of stages: what is where, what was done to it last, and how far reconciliation is.

use std::collections::BTreeMap;

use pilothouse_shared::{Body, Event, Millis, Snapshot, WorkItem};

/// Items drawn of a stage; the last ones, as new ones come at the end.
const MAX_CARDS: usize = 60;

/// Steps of reconciliation that are drawn.
const MAX_STEPS: usize = 6;

/// The board.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pipeline {
    /// Its stages, in their order.
    pub columns: Vec<Column>,
    /// The last steps of reconciliation, oldest first.
    pub steps: Vec<Step>,
    /// The configuration that changed last.
    pub config: Option<Config>,
}

/// A stage.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Items in it.
    pub n_items: usize,
    /// Those that are drawn.
    pub cards: Vec<Card>,
}

/// An item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Card {
    /// Its id.
    pub item: String,
    /// What people read.
    pub title: String,
    /// What was done to it last, as far as one knows.
    pub last: Option<Deed>,
}

/// What was done to an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// Such as `moved`.
    pub action: String,
    /// The commit message that did it.
    pub commit: Option<String>,
    /// When.
    pub at: Millis,
}

/// A step of reconciliation.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The item it was about.
    pub item: Option<String>,
    /// For people, such as `gates running`.
    pub status: String,
    /// For class names: `running`, `good`, `bad` or `done`.
    pub tone: &'static str,
    /// More about it.
    pub message: Option<String>,
    /// When.
    pub at: Millis,
}

/// A configuration that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Which.
    pub what: String,
    /// When.
    pub at: Millis,
}

impl Pipeline {
    /// The board of a snapshot; `recent` events, oldest first, say what was done last.
    pub fn of<'a>(snapshot: &Snapshot, recent: impl Iterator<Item = &'a Event>) -> Self {
        let mut deeds: BTreeMap<&str, Deed> = BTreeMap::new();
        let (mut steps, mut config) = (Vec::new(), None);
        for event in recent {
            match &event.body {
                Body::WorkItemChanged(body) => {
                    let deed = Deed {
                        action: body.action.clone(),
                        commit: body.commit.clone(),
                        at: event.at,
                    };
                    deeds.insert(&body.item, deed);
                }
                Body::ReconciliationProgress(body) => {
                    steps.push(step(&body.item, &body.status, &body.message, event.at));
                }
                Body::ConfigChanged(body) => {
                    let what = body.what.clone();
                    config = Some(Config { what, at: event.at });
                }
                _ => {}
            }
        }
        // The snapshot remembers the last step longer than the events are kept.
        if let (true, Some(last)) = (steps.is_empty(), &snapshot.reconciliation) {
            steps.push(step(&last.item, &last.status, &last.message, last.at));
        }
        let card = |item: &WorkItem| Card {
            item: item.item.clone(),
            title: item.title.clone().unwrap_or_else(|| item.item.clone()),
            last: deeds.get(item.item.as_str()).cloned(),
        };
        let columns = snapshot.pipeline.iter().map(|stage| Column {
            name: stage.name.clone(),
            n_items: stage.items.len(),
            cards: {
                let skipped = stage.items.len().saturating_sub(MAX_CARDS);
                stage.items[skipped..].iter().map(card).collect()
            },
        });
        Self {
            columns: columns.collect(),
            steps: steps.split_off(steps.len().saturating_sub(MAX_STEPS)),
            config,
        }
    }

    /// Whether there is nothing to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.steps.is_empty() && self.config.is_none()
    }
}

fn step(item: &Option<String>, status: &str, message: &Option<String>, at: Millis) -> Step {
    let tone = match status {
        "advanced" => "good",
        "failed" => "bad",
        "done" | "skipped" => "done",
        _ => "running",
    };
    Step {
        item: item.clone(),
        status: status.replace('_', " "),
        tone,
        message: message.clone(),
        at,
    }
}

#[cfg(test)]
mod tests {
    use pilothouse_shared::read::Read;
    use serde_json::{Value, json};

    use super::*;

    fn event(at: Millis, body: &Value) -> Event {
        let author = json!({"member": "c", "name": "Conveyor", "kind": "agent"});
        let event =
            json!({"seq": at, "prev": at - 1, "id": "e", "at": at, "author": author, "body": body});
        Event::read(event).unwrap()
    }

    fn snapshot(n_items: usize) -> Snapshot {
        let items: Vec<_> = (0..n_items)
            .map(|n| json!({"item": n.to_string()}))
            .collect();
        Snapshot::read(
            json!({"pipeline": [{"name": "Doing", "items": items}, {"name": "Done", "items": []}]}),
        )
        .unwrap()
    }

    #[test]
    fn a_card_says_what_was_done_to_it_last() {
        let events = [
            event(
                5,
                &json!({"type": "work_item_changed", "item": "0", "stage": "Doing", "action": "added"}),
            ),
            event(
                9,
                &json!({"type": "work_item_changed", "item": "0", "stage": "Doing", "action": "moved", "commit": "Go"}),
            ),
        ];
        let pipeline = Pipeline::of(&snapshot(2), events.iter());
        let last = pipeline.columns[0].cards[0].last.as_ref().unwrap();
        assert_eq!(
            (last.action.as_str(), last.commit.as_deref(), last.at),
            ("moved", Some("Go"), 9)
        );
        assert_eq!(pipeline.columns[0].cards[1].last, None);
        assert_eq!(
            (pipeline.columns[1].n_items, pipeline.columns[1].cards.len()),
            (0, 0)
        );
    }

    #[test]
    fn a_stage_draws_its_last_items_and_counts_all() {
        let pipeline = Pipeline::of(&snapshot(100), [].into_iter());
        let column = &pipeline.columns[0];
        assert_eq!((column.n_items, column.cards.len()), (100, MAX_CARDS));
        assert_eq!(column.cards[MAX_CARDS - 1].item, "99");
    }

    #[test]
    fn steps_of_reconciliation_are_told_apart() {
        let statuses = [
            "checking",
            "gates_running",
            "advanced",
            "failed",
            "skipped",
            "done",
            "anything",
        ];
        let step = |(n, status): (usize, &&str)| {
            event(
                n as Millis + 1,
                &json!({"type": "reconciliation_progress", "status": status}),
            )
        };
        let events: Vec<_> = statuses.iter().enumerate().map(step).collect();
        let pipeline = Pipeline::of(&Snapshot::default(), events.iter());
        let said: Vec<_> = pipeline
            .steps
            .iter()
            .map(|step| (step.status.as_str(), step.tone))
            .collect();
        let expected = [
            ("gates running", "running"),
            ("advanced", "good"),
            ("failed", "bad"),
            ("skipped", "done"),
            ("done", "done"),
            ("anything", "running"),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn the_snapshot_remembers_the_last_step() {
        let snapshot =
            Snapshot::read(json!({"reconciliation": {"status": "done", "at": 7}})).unwrap();
        assert_eq!(Pipeline::of(&snapshot, [].into_iter()).steps[0].at, 7);
    }
}
