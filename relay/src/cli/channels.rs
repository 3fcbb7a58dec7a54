//! `pilothouse channels`.

use clap::Args;
use pilothouse_relay::client::{RelayUrl, cause, now};
use pilothouse_relay::config::RelayArgs;
use pilothouse_shared::{Millis, Operation, Session};
use serde::Deserialize;
use serde_json::Value;

use super::output::print;
use super::plain::{plain, plain_json};
use super::{Failure, say};

/// Longest cell of the table, in characters.
const MAX_CELL: usize = 36;

/// List the channels of a relay
///
/// WAITING counts the requests that wait for an answer; LAST is when something last happened.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse channels
  pilothouse channels --json | jq -r .id       everything the relay says of each, one a line")]
pub(crate) struct Channels {
    /// Print each channel as one line of JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    relay: RelayArgs,
}

#[derive(Debug, Deserialize)]
struct Listed {
    channels: Vec<Value>,
}

/// What the table shows of a channel.
#[derive(Debug, Deserialize)]
struct Summary {
    id: String,
    #[serde(default)]
    last_at: Option<Millis>,
    #[serde(default)]
    n_events: u64,
    #[serde(default)]
    watchers: u64,
    #[serde(default)]
    session: Option<Session>,
    #[serde(default)]
    operation: Option<Operation>,
    #[serde(default)]
    n_open_requests: u64,
}

pub(super) async fn run(args: Channels) -> Result<(), Failure> {
    let channels = list(&args.relay.url()).await?;
    if args.json {
        return channels
            .iter()
            .try_for_each(|channel| print(plain_json(&channel.to_string())));
    }
    if channels.is_empty() {
        say("there is no channel yet; publish something, see `pilothouse publish --help`");
        return Ok(());
    }
    let now = now();
    let rows = channels.into_iter().map(|channel| {
        let summary: Summary = serde_json::from_value(channel).map_err(unreadable)?;
        Ok(row(&summary, now))
    });
    let rows = rows.collect::<Result<Vec<_>, Failure>>()?;
    table(&rows).into_iter().try_for_each(print)
}

async fn list(url: &RelayUrl) -> Result<Vec<Value>, Failure> {
    let body = get(url, "/api/channels").await?;
    let listed: Listed = serde_json::from_value(body).map_err(unreadable)?;
    Ok(listed.channels)
}

/// What the relay answers at a page.
pub(super) async fn get(url: &RelayUrl, page: &str) -> Result<Value, Failure> {
    let client = url.http().map_err(Failure::Failed)?;
    let request = client.get(url.page(page));
    let response = request.send().await.map_err(|error| {
        let cause = cause(&error);
        Failure::Unreachable(format!(
            "the relay at {url} cannot be reached ({cause}); start one with `pilothouse serve`, or \
             name another with --url"
        ))
    })?;
    let status = response.status();
    let body: Value = response.json().await.map_err(unreadable)?;
    if !status.is_success() {
        let message = body["error"]["message"].as_str().unwrap_or(status.as_str());
        return Err(Failure::Failed(format!(
            "the relay refused: {}",
            plain(message)
        )));
    }
    Ok(body)
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::Failed(format!(
        "the answer cannot be read ({error}); is there a relay at this address?"
    ))
}

fn row(channel: &Summary, now: Millis) -> [String; 7] {
    let session = channel.session.as_ref();
    let agent = session.filter(|session| session.ended.is_none());
    let cell = |text: Option<&str>| shorten(&plain(text.unwrap_or("–")));
    [
        cell(Some(&channel.id)),
        cell(agent.map(|session| session.agent.as_str())),
        cell(channel.operation.as_ref().map(|now| now.operation.as_str())),
        channel.n_events.to_string(),
        channel.watchers.to_string(),
        channel.n_open_requests.to_string(),
        channel
            .last_at
            .map_or_else(|| "–".to_owned(), |at| age(now.saturating_sub(at))),
    ]
}

/// Columns as wide as their widest cell, headings first.
fn table(rows: &[[String; 7]]) -> Vec<String> {
    let headings = [
        "CHANNEL", "AGENT", "DOES", "EVENTS", "WATCHERS", "WAITING", "LAST",
    ];
    let headings = headings.map(str::to_owned);
    let all = || std::iter::once(&headings).chain(rows);
    let width = |column: usize| {
        all()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |row: &[String; 7]| {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all().map(line).collect()
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A time span in the unit people would use.
pub(crate) fn age(ms: Millis) -> String {
    match ms / 1000 {
        0..2 => "now".to_owned(),
        seconds @ 2..120 => format!("{seconds} s ago"),
        seconds @ 120..7200 => format!("{} min ago", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_lines_up_and_says_what_is_not_there() {
        let full = json!({
            "id": "build", "n_events": 12, "watchers": 2, "n_open_requests": 1, "last_at": 1000,
            "operation": {
                "operation": "testing\u{1b}[2J", "started_at": 1,
                "author": {"member": "m", "name": "n", "kind": "agent"},
            },
        });
        let summaries = [full, json!({"id": "new"})];
        let rows = summaries.map(|value| row(&serde_json::from_value(value).unwrap(), 61_000));
        assert_eq!(
            table(&rows),
            [
                "CHANNEL  AGENT  DOES              EVENTS  WATCHERS  WAITING  LAST",
                "build    –      testing\\u{1b}[2J  12      2         1        60 s ago",
                "new      –      –                 0       0         0        –",
            ]
        );
    }

    #[test]
    fn ages_are_told_in_the_unit_people_would_use() {
        let ages = [0, 5_000, 180_000, 7_200_000, 400_000_000].map(age);
        assert_eq!(
            ages,
            ["now", "5 s ago", "3 min ago", "2 h ago", "4 days ago"]
        );
    }
}
