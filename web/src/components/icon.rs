//! Icons: symbols of the sprite in the page.

use crate::dom::{El, svg};

/// A symbol of `icons.svg`; decoration only, the text beside it says the same.
pub(crate) fn icon(name: &str) -> El {
    let symbol = svg("use").attr("href", &format!("#i-{name}"));
    svg("svg")
        .attr("class", "icon")
        .attr("aria-hidden", "true")
        .attr("focusable", "false")
        .add(symbol)
}

/// The symbol for a kind of row.
pub(crate) fn of_kind(kind: &str, is_by_agent: bool) -> &'static str {
    match kind {
        "tool" => "tool",
        "file_accessed" => "file",
        "message" if is_by_agent => "agent",
        "message" => "person",
        "hint" | "hint_delivered" | "hint_acknowledged" | "hint_expired" => "hint",
        "permission_requested" | "permission_resolved" | "question_asked" | "question_answered" => {
            "ask"
        }
        "cancel_requested" => "stop",
        "session_started" | "session_ended" | "channel_created" | "joined" | "left" => "anchor",
        "operation_started" | "operation_finished" => "flag",
        "pipeline" | "work_item_changed" | "reconciliation_progress" => "board",
        "config_changed" | "parameters_declared" => "dial",
        "usage" => "coin",
        "gap" => "gap",
        _ => "dot",
    }
}
