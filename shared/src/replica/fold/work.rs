//! Operations, tools, files.

use crate::limits::snapshot::{FILES, TOOLS};
use crate::{
    Access, Author, Body, CancelMark, Event, FileAccessed, FileEntry, Millis, Operation,
    RunningTool, Snapshot,
};

/// What one access adds to a file's heat.
const HEAT_OF_ACCESS: u64 = 1000;

/// After this long a file is half as hot, in milliseconds.
const HEAT_HALVES_AFTER: Millis = 30_000;

pub(super) fn fold(snapshot: &mut Snapshot, event: &Event) -> bool {
    match &event.body {
        Body::OperationStarted(body) => {
            snapshot.operation = Some(Operation {
                operation: body.operation.clone(),
                status: body.status.clone(),
                author: event.author.clone(),
                started_at: event.at,
            });
        }
        Body::OperationFinished(_) => {
            let of = snapshot.operation.take().map(|now| now.author);
            nothing_to_cancel(snapshot, event, of.as_ref());
        }
        Body::ToolStarted(body) => {
            snapshot.tools.retain(|tool| tool.call != body.call);
            snapshot.tools.push(RunningTool {
                call: body.call.clone(),
                tool: body.tool.clone(),
                author: event.author.clone(),
                started_at: event.at,
            });
            super::keep_last(&mut snapshot.tools, TOOLS);
        }
        Body::ToolFinished(body) => {
            snapshot.tools.retain(|tool| tool.call != body.call);
            snapshot.n_tools += 1;
            snapshot.n_failed += u64::from(!body.ok);
        }
        Body::FileAccessed(body) => touched(&mut snapshot.files, event.at, body),
        Body::CancelRequested(_) => {
            snapshot.cancel_requested = Some(CancelMark {
                author: event.author.clone(),
                at: event.at,
            });
        }
        _ => return false,
    }
    true
}

/// Nothing of the session before is running any more.
pub(super) fn stopped(snapshot: &mut Snapshot, event: &Event) {
    snapshot.operation = None;
    let of = snapshot.session.as_ref().map(|now| now.author.clone());
    nothing_to_cancel(snapshot, event, of.as_ref());
    snapshot.tools.clear();
}

/// What the event's author did has ended; `of` is who was known to be at work. A cancellation for nobody
/// in particular is for that one.
fn nothing_to_cancel(snapshot: &mut Snapshot, event: &Event, of: Option<&Author>) {
    let member = &event.author.member;
    let was_at_work = of.is_none_or(|of| of.member == *member);
    if was_at_work {
        snapshot.cancel_requested = None;
    }
    super::steer::nothing_to_cancel(&mut snapshot.hints, member, was_at_work);
}

fn touched(files: &mut Vec<FileEntry>, at: Millis, body: &FileAccessed) {
    let known = files.iter().position(|file| file.path == body.path);
    let before = known.map(|index| files.remove(index));
    let heat = before.as_ref().map_or(0, |file| file.heat_at(at)) + HEAT_OF_ACCESS;
    let changes = matches!(body.access, Access::Write | Access::Create | Access::Delete);
    files.push(FileEntry {
        path: body.path.clone(),
        access: body.access,
        at,
        n_reads: before.as_ref().map_or(0, |file| file.n_reads) + u64::from(!changes),
        n_writes: before.as_ref().map_or(0, |file| file.n_writes) + u64::from(changes),
        heat,
    });
    super::keep_last(files, FILES);
}

impl FileEntry {
    /// The heat at a later time; falls in a straight line between two halvings.
    #[must_use]
    pub fn heat_at(&self, now: Millis) -> u64 {
        let cooled = now.saturating_sub(self.at);
        let halvings = cooled / HEAT_HALVES_AFTER;
        if halvings >= u64::from(u64::BITS) {
            return 0;
        }
        let heat = self.heat >> halvings;
        heat - heat.saturating_mul(cooled % HEAT_HALVES_AFTER) / (2 * HEAT_HALVES_AFTER)
    }
}
