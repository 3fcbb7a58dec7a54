//! Both ends notice a line that carries nothing any more.
//!
//! This takes as long as the protocol's timers: a client that asks waits 10 s, and a relay asks within
//! 25 s and waits as long.

use pilothouse_shared::Replica;
use pilothouse_shared::link::Input;
use pilothouse_tests::{Agent, InProcess, Proxy, Watcher, message};

#[tokio::test]
async fn a_client_leaves_a_deaf_line_and_its_relay_forgets_it() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.publish(&message("before")).await;
    let proxy = Proxy::to(relay.address()).await;
    let mut watcher = Watcher::connect(&proxy.url(), "build", "ada").await;
    let mut other = Watcher::connect(&relay.url(), "build", "bob").await;

    proxy.go_deaf();
    agent.publish(&message("unheard")).await;
    // As a device that wakes up: the link asks at once whether the relay is still there.
    watcher.handle().send(Input::Online).await;
    watcher
        .sees("the loss", |seen| seen.closed.first() == Some(&4408))
        .await;
    watcher
        .sees("what was missed", |seen| seen.seqs() == [1, 2, 3])
        .await;
    assert_eq!(watcher.seen().recovered, [false, true]);

    // The dead connection counts until the relay has noticed as well.
    for n in [3, 2] {
        let counted = |replica: &Replica| {
            let presence = replica.signal(&"presence".parse().unwrap());
            presence.is_some_and(|presence| presence["watchers"] == n)
        };
        other.until(&format!("{n} watchers"), counted).await;
    }
}
