//! All figures of one call, as a table and as JSON.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::cases::{Case, Workload};
use super::machine::Machine;
use super::plan::{Figure, Work};
use super::statistics::median;
use super::table;
use crate::cli;
use crate::failure::Failure;
use crate::say;

/// See the module.
#[derive(Debug, Serialize)]
pub(crate) struct Record {
    machine: Machine,
    /// Seconds since the Unix epoch.
    started_at: u64,
    quick: bool,
    workloads: Vec<Measured>,
    /// What could not be had, and why.
    missing: Vec<String>,
    n_failed: usize,
}

/// One workload.
#[derive(Debug, Serialize)]
struct Measured {
    title: &'static str,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    work: Work,
    /// What each run gave, by the figure's name; in the order of the first run.
    #[serde(serialize_with = "with_medians")]
    figures: Vec<(String, Vec<f64>)>,
}

impl Record {
    pub(crate) fn new(machine: Machine, wanted: &cli::Bench, missing: Vec<String>) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            machine,
            started_at: now.unwrap_or_default().as_secs(),
            quick: wanted.quick,
            workloads: Vec::new(),
            missing,
            n_failed: 0,
        }
    }

    /// A workload begins: [`measured`](Self::measured) tells of its cases from now on.
    pub(crate) fn add(&mut self, workload: Workload, cases: &[Case]) {
        let rows = cases.iter().map(|case| Row {
            name: case.row.clone(),
            work: case.work.clone(),
            figures: Vec::new(),
        });
        self.workloads.push(Measured {
            title: workload.title(),
            rows: rows.collect(),
        });
    }

    /// What came of case `number` of the last workload.
    pub(crate) fn measured(&mut self, number: usize, figures: Result<Vec<Figure>, Failure>) {
        let row = self
            .workloads
            .last_mut()
            .and_then(|it| it.rows.get_mut(number));
        match (figures, row) {
            (Ok(figures), Some(row)) => figures.into_iter().for_each(|figure| row.add(figure)),
            (Ok(_), None) => {}
            (Err(failure), _) => {
                self.n_failed += 1;
                say::failed(&failure);
            }
        }
    }

    /// The table of the last workload: medians.
    pub(crate) fn table(&self) -> String {
        let Some(workload) = self.workloads.last() else {
            return String::new();
        };
        let mut columns: Vec<String> = Vec::new();
        for (name, _) in workload.rows.iter().flat_map(|row| &row.figures) {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        let row = |row: &Row| {
            let cells = columns.iter().map(|column| row.cell(column));
            (row.name.clone(), cells.collect())
        };
        let rows: Vec<_> = workload.rows.iter().map(row).collect();
        let table = table::lay_out(workload.title, &columns, &rows);
        let missing = self.missing.iter().map(|note| format!("({note})\n"));
        format!("\n{table}{}", missing.collect::<String>())
    }

    /// Writes all runs and their medians into `folder`; returns the file.
    pub(crate) fn write(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let path = folder.join(format!("{}.json", self.started_at));
        let text = serde_json::to_string_pretty(self).map_err(super::failed)?;
        std::fs::write(&path, text).map_err(Failure::file(&path))?;
        Ok(path)
    }

    /// Whether anything could not be measured.
    pub(crate) fn has_failed(&self) -> bool {
        self.n_failed > 0
    }
}

impl Row {
    fn add(&mut self, Figure { name, value }: Figure) {
        match self.figures.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => self.figures.push((name, vec![value])),
        }
    }

    fn cell(&self, column: &str) -> String {
        let values = self.figures.iter().find(|(name, _)| name == column);
        values.map_or_else(
            || "–".to_owned(),
            |(_, values)| table::number(median(values)),
        )
    }
}

fn with_medians<S: serde::Serializer>(
    figures: &[(String, Vec<f64>)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let entry = |(name, values): &(String, Vec<f64>)| {
        let value = json!({ "median": median(values), "runs": values });
        (name.clone(), value)
    };
    let map: Map<String, Value> = figures.iter().map(entry).collect();
    map.serialize(serializer)
}
