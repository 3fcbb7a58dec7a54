//! Work that moves through stages.

use serde::Serialize;
use serde_with::skip_serializing_none;

use crate::Extra;
use crate::read::read_fields;

/// The whole board; replaces the one before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PipelineChanged {
    /// The stages, first to last.
    pub stages: Vec<Stage>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(PipelineChanged {
    required: [stages],
    optional: [],
    extra
});

/// One item moved or changed.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkItemChanged {
    /// The item.
    pub item: String,
    /// The stage it is in now.
    pub stage: String,
    /// What was done; `removed` takes it off the board.
    pub action: String,
    /// The commit message that did it.
    pub commit: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(WorkItemChanged {
    required: [item, stage, action],
    optional: [commit],
    extra
});

/// A configuration changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfigChanged {
    /// Which one.
    pub what: String,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(ConfigChanged {
    required: [what],
    optional: [],
    extra
});

/// Start-up reconciliation moved on.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReconciliationProgress {
    /// The item it works on.
    pub item: Option<String>,
    /// Such as `checking`, `gates_running`, `advanced`, `skipped`, `failed`, `done`.
    pub status: String,
    /// More about it.
    pub message: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(ReconciliationProgress {
    required: [status],
    optional: [item, message],
    extra
});

/// A stage of the pipeline and what is in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stage {
    /// Its name, unique in the pipeline.
    pub name: String,
    /// Its items, first to last.
    pub items: Vec<WorkItem>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(Stage {
    required: [name, items],
    optional: [],
    extra
});

/// A piece of work.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct WorkItem {
    /// Its id, unique in the pipeline.
    pub item: String,
    /// What people read; the id when absent.
    pub title: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(WorkItem {
    required: [item],
    optional: [title],
    extra
});
