//! The description of the HTTP API is valid and complete.

use pilothouse_tests::{Agent, InProcess, python};
use reqwest::Method;
use serde_json::Value;

/// Reads a document on standard input, and says what is wrong with it.
const VALIDATE: &str =
    "import json, sys, openapi_spec_validator as v; v.validate(json.load(sys.stdin))";

/// Every call that PROTOCOL.md lists.
const CALLS: [(&str, &str); 30] = [
    ("get", "/api/channels"),
    ("post", "/api/channels"),
    ("get", "/api/channels/{}"),
    ("delete", "/api/channels/{}"),
    ("get", "/api/channels/{}/events"),
    ("post", "/api/channels/{}/events"),
    ("get", "/api/channels/{}/snapshot"),
    ("get", "/api/channels/{}/export"),
    ("get", "/api/channels/{}/stream"),
    ("put", "/api/channels/{}/signals/{}"),
    ("post", "/api/channels/{}/join"),
    ("post", "/api/channels/{}/leave"),
    ("get", "/api/channels/{}/hints"),
    ("post", "/api/channels/{}/hints/{}/acknowledge"),
    ("post", "/api/channels/{}/requests"),
    ("get", "/api/channels/{}/requests/{}"),
    ("post", "/api/channels/{}/requests/{}/resolve"),
    ("get", "/api/addresses"),
    ("get", "/api/addresses/qr.svg"),
    ("get", "/embed.js"),
    ("get", "/embed/{}"),
    ("post", "/hooks/claude-code"),
    ("post", "/hooks/codex"),
    ("post", "/hooks/json"),
    ("post", "/v1/logs"),
    ("post", "/v1/metrics"),
    ("get", "/health"),
    ("get", "/ready"),
    ("get", "/metrics"),
    ("get", "/openapi.json"),
];

async fn document() -> String {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "any", "claude");
    let response = agent.request(Method::GET, "/openapi.json").send().await;
    let response = response.unwrap().error_for_status().unwrap();
    response.text().await.unwrap()
}

#[tokio::test]
async fn a_validator_that_is_not_ours_accepts_it() {
    let validated = python(&["-c", VALIDATE], &document().await).await;
    assert!(validated.status.success(), "{}", validated.stderr);
}

#[tokio::test]
async fn it_describes_every_call() {
    let document: Value = serde_json::from_str(&document().await).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let described: Vec<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            let path = without_names(path);
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| (method.clone(), path.clone()))
        })
        .collect();
    for (method, path) in CALLS {
        let call = (method.to_owned(), path.to_owned());
        assert!(described.contains(&call), "{call:?} is not described");
    }
}

/// `/a/{b}/c` without the names that a path gives its variables.
fn without_names(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.starts_with('{') {
        true => "{}",
        false => part,
    });
    parts.collect::<Vec<_>>().join("/")
}
