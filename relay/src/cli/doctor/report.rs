//! What was found, for people and for programs.

use serde::Serialize;
use serde_json::json;

use crate::cli::plain::{plain, plain_json};

/// What was found about one thing.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    name: &'static str,
    checks: Vec<Check>,
}

/// One question and its answer.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    what: &'static str,
    state: State,
    /// What was found.
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Failed,
    /// There is nothing, which is no fault.
    Absent,
}

impl Section {
    pub(super) fn new(name: &'static str, checks: Vec<Check>) -> Self {
        Self { name, checks }
    }
}

impl Check {
    pub(super) fn ok(what: &'static str, detail: impl Into<String>) -> Self {
        Self::new(what, State::Ok, detail)
    }

    pub(super) fn failed(what: &'static str, detail: impl Into<String>) -> Self {
        Self::new(what, State::Failed, detail)
    }

    pub(super) fn absent(what: &'static str, detail: impl Into<String>) -> Self {
        Self::new(what, State::Absent, detail)
    }

    fn new(what: &'static str, state: State, detail: impl Into<String>) -> Self {
        Self {
            what,
            state,
            detail: detail.into(),
            mend: None,
        }
    }

    /// Says what to do about it.
    pub(super) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }

    pub(super) fn is_absent(&self) -> bool {
        self.state == State::Absent
    }
}

/// Whether all that is attached works. A relay that nobody is attached to may be down.
pub(super) fn is_well(sections: &[Section]) -> bool {
    let attached = sections.iter().skip(1);
    let is_attached = attached
        .flat_map(|section| &section.checks)
        .any(|check| check.what == ATTACHED && !check.is_absent());
    let mut checks = sections.iter().flat_map(|section| &section.checks);
    !is_attached || checks.all(|check| check.state != State::Failed)
}

/// The question whether something is attached at all.
pub(super) const ATTACHED: &str = "attached";

/// Lines for a terminal, aligned.
pub(super) fn lines(sections: &[Section]) -> Vec<String> {
    let checks = || sections.iter().flat_map(|section| &section.checks);
    let width = checks().map(|check| check.what.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for section in sections {
        lines.push(section.name.to_owned());
        for check in &section.checks {
            let state = match check.state {
                State::Ok => "ok",
                State::Failed => "failed",
                State::Absent => "–",
            };
            let detail = plain(&check.detail);
            lines.push(format!("  {:<width$}  {state:<6}  {detail}", check.what));
            let indent = width + 12;
            let mend = check.mend.as_deref().map(plain);
            lines.extend(mend.map(|mend| format!("{:indent$}{mend}", "")));
        }
    }
    lines
}

/// All of it as one JSON object.
pub(super) fn json(sections: &[Section]) -> String {
    let report = json!({"ok": is_well(sections), "sections": sections});
    plain_json(&report.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections(relay: Check, agent: Vec<Check>) -> Vec<Section> {
        vec![
            Section::new("relay", vec![relay]),
            Section::new("codex", agent),
        ]
    }

    #[test]
    fn what_is_not_attached_is_no_fault_even_without_a_relay() {
        let down = Check::failed("reachable", "it is not there");
        let nobody = sections(down, vec![Check::absent(ATTACHED, "no")]);
        assert!(is_well(&nobody));
        let down = Check::failed("reachable", "it is not there");
        let somebody = sections(down, vec![Check::ok(ATTACHED, "in hooks.json")]);
        assert!(!is_well(&somebody));
    }

    #[test]
    fn the_report_lines_up_and_says_what_to_do() {
        let up = Check::ok("reachable", "http://127.0.0.1:8420");
        let broken = Check::failed(ATTACHED, "older\u{1b}[2J hooks").mend("install them again");
        assert_eq!(
            lines(&sections(up, vec![broken])),
            [
                "relay",
                "  reachable  ok      http://127.0.0.1:8420",
                "codex",
                "  attached   failed  older\\u{1b}[2J hooks",
                "                     install them again",
            ]
        );
    }
}
