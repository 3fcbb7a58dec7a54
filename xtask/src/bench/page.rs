//! `cargo xtask bench page`: what the dashboard costs a browser.
//!
//! A program of the tests' crate drives the browser and prints all figures as JSON; here they are laid out.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::machine::Machine;
use super::{failed, table};
use crate::cli;
use crate::command;
use crate::dashboard;
use crate::failure::Failure;
use crate::relay;
use crate::say;
use crate::setup::browser;
use crate::setup::cache::Cache;
use crate::workspace::Workspace;

/// What was measured together.
#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Table {
    title: String,
    rows: Vec<Row>,
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Row {
    name: String,
    /// Names with their units, and values, in their order.
    figures: Vec<(String, f64)>,
}

/// Measures, prints the tables and writes the record.
pub(super) fn bench(
    workspace: &Workspace,
    cache: &Cache,
    wanted: &cli::Page,
) -> Result<ExitCode, Failure> {
    browser::ready()?;
    let relay = match &wanted.relay {
        Some(relay) => relay.canonicalize().map_err(Failure::file(relay))?,
        None => {
            dashboard::build(workspace, cache)?;
            relay::build(workspace)?
        }
    };
    let machine = Machine::describe();
    say::line(&format!("\n{machine}"));
    let tables = measure(workspace, wanted, relay)?;
    for table in &tables {
        say::line(&format!("\n{}", table.lay_out()));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let name = format!("page-{}.json", now.unwrap_or_default().as_secs());
    let path = workspace.target.join("bench").join(name);
    let record = json!({"machine": machine, "seconds": wanted.seconds, "minutes": wanted.minutes, "tables": tables});
    let text = serde_json::to_string_pretty(&record).map_err(failed)?;
    std::fs::create_dir_all(workspace.target.join("bench")).map_err(Failure::file(&path))?;
    std::fs::write(&path, text).map_err(Failure::file(&path))?;
    say::line(&format!("All figures: {}", path.display()));
    Ok(ExitCode::SUCCESS)
}

fn measure(
    workspace: &Workspace,
    wanted: &cli::Page,
    relay: PathBuf,
) -> Result<Vec<Table>, Failure> {
    const BENCH: &str = "run --quiet --locked -p pilothouse-tests --example page_bench --";
    let mut bench = workspace.cargo(BENCH);
    bench
        .args([wanted.seconds, wanted.minutes].map(|number| number.to_string()))
        .env("PILOTHOUSE_BINARY", relay);
    let mut record = None;
    let succeeded = command::lines(&mut bench, |line| match line.starts_with('[') {
        true => record = Some(line.to_owned()),
        false => say::note(line),
    })?;
    match record.filter(|_| succeeded) {
        Some(record) => serde_json::from_str(&record).map_err(failed),
        None => Err(Failure::Measurement("the browser's part failed".to_owned())),
    }
}

impl Table {
    fn lay_out(&self) -> String {
        let mut columns: Vec<String> = Vec::new();
        for (name, _) in self.rows.iter().flat_map(|row| &row.figures) {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        let row = |row: &Row| {
            let cells = columns.iter().map(|column| row.cell(column));
            (row.name.clone(), cells.collect())
        };
        let rows: Vec<_> = self.rows.iter().map(row).collect();
        table::lay_out(&self.title, &columns, &rows)
    }
}

impl Row {
    fn cell(&self, column: &str) -> String {
        let figure = self.figures.iter().find(|(name, _)| name == column);
        figure.map_or_else(|| "–".to_owned(), |(_, value)| table::number(*value))
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, Table};

    #[test]
    fn a_figure_that_a_row_does_not_have_is_a_dash() {
        let row = |name: &str, figures: &[(&str, f64)]| Row {
            name: name.to_owned(),
            figures: figures
                .iter()
                .map(|(name, value)| ((*name).to_owned(), *value))
                .collect(),
        };
        let table = Table {
            title: "frames".to_owned(),
            rows: vec![
                row("page", &[("p95", 17.0), ("lost", 0.0)]),
                row("floor", &[("p95", 16.7)]),
            ],
        };
        let laid_out = "frames   p95  lost\npage      17     0\nfloor   16.7     –\n";
        assert_eq!(table.lay_out(), laid_out);
    }
}
