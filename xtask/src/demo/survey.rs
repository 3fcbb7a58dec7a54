//! A played agent that reads a whole project, so that the map of files has something to show.

use serde_json::json;

use super::client::Client;
use super::pause;
use super::script::Cast;

/// The files of a made-up shop, one path a line.
const PATHS: &str = include_str!("survey/paths.txt");
/// Seconds between two files.
const FILE_EVERY: f64 = 0.7;
/// Seconds before a relay that did not answer is tried again, and between two passes.
const BETWEEN_PASSES: f64 = 4.0;
/// Every so many files one is written instead of read, and one is searched.
const WRITE_EVERY: usize = 9;
const SEARCH_EVERY: usize = 13;

/// Who reads.
pub(super) fn cast() -> Cast {
    Cast {
        channel: "survey-shop".to_owned(),
        title: "Survey of the shop's code".to_owned(),
        member: "cleo".to_owned(),
        name: "Cleo".to_owned(),
    }
}

/// Reads until the program ends.
pub(super) fn play_for_ever(client: &Client) {
    let mut pass = 0;
    loop {
        // What failed is the connection or the relay; the next pass tries both again.
        let _ = play(client, pass);
        pass += 1;
        pause(BETWEEN_PASSES);
    }
}

fn play(client: &Client, pass: usize) -> Result<(), ureq::Error> {
    client.create()?;
    client.publish(&json!({
        "type": "session_started", "agent": "cleo", "model": "demo-large", "cwd": "~/shop",
    }))?;
    client.publish(&json!({ "type": "operation_started", "operation": "Survey the code" }))?;
    let paths: Vec<&str> = PATHS.lines().collect();
    for (step, path) in walk(&paths, pass).enumerate() {
        let (access, tool) = match step {
            step if step % WRITE_EVERY == WRITE_EVERY - 1 => ("write", "Edit"),
            step if step % SEARCH_EVERY == SEARCH_EVERY - 1 => ("search", "Grep"),
            _ => ("read", "Read"),
        };
        client.publish(&json!({
            "type": "file_accessed", "path": path, "access": access, "tool": tool,
            "duration_ms": 4 + step % 11,
        }))?;
        let progress = step as f64 / paths.len() as f64;
        client.signal(
            "activity/cleo",
            &json!({ "set": {
            "operation": "Survey the code", "status": path, "progress": progress, "files": [path],
        } }),
        )?;
        pause(FILE_EVERY);
    }
    client.publish(&json!({ "type": "operation_finished", "ok": true }))?;
    client.signal("activity/cleo", &json!({ "clear": true }))
}

/// Folder by folder, beginning elsewhere in every pass.
fn walk<'a>(paths: &'a [&'a str], pass: usize) -> impl Iterator<Item = &'a str> {
    let start = pass * 17 % paths.len().max(1);
    paths.iter().cycle().skip(start).take(paths.len()).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{PATHS, walk};

    #[test]
    fn every_pass_reads_every_file_once() {
        let paths: Vec<&str> = PATHS.lines().collect();
        let read: BTreeSet<&str> = walk(&paths, 3).collect();
        assert_eq!(read.len(), paths.len());
        assert!(paths.len() > 60);
    }
}
