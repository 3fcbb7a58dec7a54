//! PROTOCOL.md is enough to write a client: one in Python, with a library that is not ours.

use pilothouse_tests::{Agent, InProcess, python, texts};

#[tokio::test]
async fn a_client_from_the_document_alone_publishes_follows_and_resumes() {
    let relay = InProcess::start().await;
    let url = format!("ws://{}/ws", relay.address());
    let peer = python(&["peer.py", &url, "parser"], "").await;
    assert!(peer.status.success(), "{}{}", peer.stdout, peer.stderr);
    let said: Vec<_> = peer.stdout.lines().collect();
    assert_eq!(
        said,
        [
            "welcome ada",
            "published 2",
            "published 2 duplicate",
            "subscribed at 2 with 2 events",
            "event 3 second",
            "history 1 2 3",
            "disconnected at 3",
            "recovered at 3 of 5",
            "event 4 missed one",
            "event 5 missed two",
            "signal 0.5",
            "error not_found",
        ]
    );
    let stored = Agent::new(&relay.url(), "parser", "claude")
        .events(1, 0)
        .await;
    assert_eq!(
        texts(&stored),
        ["first", "second", "missed one", "missed two"]
    );
}
