//! The board and reconciliation.

use crate::limits::snapshot::{ITEMS, STAGES};
use crate::{Body, Event, Reconciliation, Snapshot, Stage, WorkItem, WorkItemChanged};

pub(super) fn fold(snapshot: &mut Snapshot, event: &Event) {
    match &event.body {
        Body::PipelineChanged(body) => {
            snapshot.pipeline = body.stages.iter().take(STAGES).cloned().collect();
            bound_items(&mut snapshot.pipeline);
        }
        Body::WorkItemChanged(body) => {
            moved(&mut snapshot.pipeline, body);
            bound_items(&mut snapshot.pipeline);
        }
        Body::ReconciliationProgress(body) => {
            snapshot.reconciliation = Some(Reconciliation {
                item: body.item.clone(),
                status: body.status.clone(),
                message: body.message.clone(),
                at: event.at,
            });
        }
        _ => {}
    }
}

fn moved(stages: &mut Vec<Stage>, body: &WorkItemChanged) {
    let item = take(stages, &body.item).unwrap_or_else(|| WorkItem {
        item: body.item.clone(),
        ..WorkItem::default()
    });
    if body.action == "removed" {
        return;
    }
    if let Some(stage) = stages.iter_mut().find(|stage| stage.name == body.stage) {
        stage.items.push(item);
    } else if stages.len() < STAGES {
        let stage = Stage {
            name: body.stage.clone(),
            items: vec![item],
            ..Stage::default()
        };
        stages.push(stage);
    }
}

fn take(stages: &mut [Stage], item: &str) -> Option<WorkItem> {
    stages.iter_mut().find_map(|stage| {
        let index = stage.items.iter().position(|held| held.item == item)?;
        Some(stage.items.remove(index))
    })
}

/// The oldest items of the last stages leave first: what is done matters least.
fn bound_items(stages: &mut [Stage]) {
    let mut excess = stages
        .iter()
        .map(|stage| stage.items.len())
        .sum::<usize>()
        .saturating_sub(ITEMS);
    for stage in stages.iter_mut().rev() {
        let leave = excess.min(stage.items.len());
        stage.items.drain(..leave);
        excess -= leave;
    }
}
