//! The relay's WebSocket against the cases of the Autobahn suite.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_json::json;

use super::libtest::Tally;
use crate::command;
use crate::failure::Failure;
use crate::relay::Relay;
use crate::say;
use crate::setup::autobahn::Suite;
use crate::setup::cache::Cache;
use crate::workspace::Workspace;

/// How the suite's report names the relay.
const NAME: &str = "pilothouse";

/// How one case ended, in the suite's words.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    behavior: String,
    behavior_close: String,
}

/// The cases by number, for each server.
type Index = BTreeMap<String, BTreeMap<String, Case>>;

/// Runs every case against `/echo` of a relay that has it. What the relay does not offer counts
/// neither way: compression, which is groups 12 and 13.
pub(super) fn run(workspace: &Workspace, cache: &Cache) -> Result<Tally, Failure> {
    let Some(suite) = Suite::ready(cache)? else {
        say::note("there is no Python 2.7 with pip: the suite runs where there is one");
        return Ok(Tally::default());
    };
    let build = "build --locked -p pilothouse-relay --features echo --example echo";
    command::run(&mut workspace.cargo(build))?;
    let binary = workspace.target.join("debug/examples/echo");
    let binary = binary.with_extension(std::env::consts::EXE_EXTENSION);
    let mut relay = Relay::start(&mut Command::new(binary))?;
    let reports = workspace.target.join("conformance");
    let ran = match &relay.address {
        Some(address) => fuzz(&suite, address, &reports),
        None => Err(Failure::Missing("the relay did not start".to_owned())),
    };
    relay.kill();
    ran?;
    let path = reports.join("index.json");
    let index = fs::read_to_string(&path).map_err(Failure::file(&path))?;
    let cases = read(&index)?;
    say::note(&format!(
        "{} cases; each one's report is in {}",
        cases.len(),
        reports.display()
    ));
    Ok(count(&cases))
}

fn fuzz(suite: &Suite, address: &str, reports: &Path) -> Result<(), Failure> {
    if reports.exists() {
        fs::remove_dir_all(reports).map_err(Failure::file(reports))?;
    }
    fs::create_dir_all(reports).map_err(Failure::file(reports))?;
    let url = format!("{}/echo", address.replacen("http", "ws", 1));
    let cases = json!({
        "outdir": reports,
        "servers": [{"agent": NAME, "url": url}],
        "cases": ["*"],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let path = reports.join("cases.json");
    fs::write(&path, cases.to_string()).map_err(Failure::file(&path))?;
    let mut fuzz = suite.command();
    // It names every case as it begins; a failure of its own is said on standard error.
    command::output(fuzz.args(["--mode", "fuzzingclient", "--spec"]).arg(&path)).map(drop)
}

fn read(index: &str) -> Result<BTreeMap<String, Case>, Failure> {
    let index: serde_json::Result<Index> = serde_json::from_str(index);
    let cases = index.ok().and_then(|mut index| index.remove(NAME));
    let none = || Failure::Missing("the suite reports no cases".to_owned());
    cases.filter(|cases| !cases.is_empty()).ok_or_else(none)
}

fn count(cases: &BTreeMap<String, Case>) -> Tally {
    let mut tally = Tally::default();
    for (number, case) in cases {
        match is_right(case) {
            Some(true) => tally.add(Tally::ONE_PASSED),
            Some(false) => {
                let Case {
                    behavior,
                    behavior_close,
                } = case;
                say::note(&format!(
                    "case {number}: {behavior}, closed: {behavior_close}"
                ));
                tally.add(Tally::ONE_FAILED);
            }
            None => {}
        }
    }
    tally
}

/// Whether a case ended as it may; `None` when it is about something that was not offered.
fn is_right(case: &Case) -> Option<bool> {
    let is_fine = |word: &str| matches!(word, "OK" | "NON-STRICT" | "INFORMATIONAL");
    match case.behavior.as_str() {
        "UNIMPLEMENTED" => None,
        behavior => Some(is_fine(behavior) && is_fine(&case.behavior_close)),
    }
}

#[cfg(test)]
mod tests {
    use super::{count, read};
    use crate::test::libtest::Tally;

    #[test]
    fn a_case_fails_by_what_it_did_or_by_how_it_closed() {
        let cases = r#"{"pilothouse": {
            "1.1.1": {"behavior": "OK", "behaviorClose": "OK", "duration": 1},
            "6.4.1": {"behavior": "NON-STRICT", "behaviorClose": "OK"},
            "7.1.6": {"behavior": "INFORMATIONAL", "behaviorClose": "INFORMATIONAL"},
            "5.1": {"behavior": "FAILED", "behaviorClose": "OK"},
            "7.1.1": {"behavior": "OK", "behaviorClose": "UNCLEAN"},
            "12.1.1": {"behavior": "UNIMPLEMENTED", "behaviorClose": "OK"}
        }}"#;
        let (n_passed, n_failed) = (3, 2);
        assert_eq!(count(&read(cases).unwrap()), Tally { n_passed, n_failed });
    }

    #[test]
    fn a_report_without_cases_is_a_failure() {
        assert!(read("{}").is_err());
        assert!(read(r#"{"pilothouse": {}}"#).is_err());
        assert!(read("not JSON").is_err());
    }
}
