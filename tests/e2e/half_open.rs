//! Both ends notice a line that carries nothing any more.
//!
//! This takes as long as the protocol's timers: a client that asks waits 10 s, and a relay asks within
//! 25 s and waits as long.

use pilothouse_shared::Replica;
use pilothouse_shared::link::Input;
use pilothouse_tests::{Agent, InProcess, Process, Proxy, Watcher, message};

#[tokio::test]
pub(super) async fn a_client_leaves_a_deaf_line_and_its_relay_forgets_it() {
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
        other.until(&format!("{n} watchers"), counts(n)).await;
    }
}

#[tokio::test]
async fn a_line_that_is_dead_for_a_while_is_noticed_at_both_ends_by_their_timers() {
    let relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.publish(&message("before")).await;
    let proxy = Proxy::to(relay.address()).await;
    let mut watcher = Watcher::connect(&proxy.url(), "build", "ada").await;
    let mut other = Watcher::connect(&relay.url(), "build", "bob").await;
    other.until("two watchers", counts(2)).await;

    proxy.go_dead();
    agent.publish(&message("unheard")).await;
    other.until("the relay to notice", counts(1)).await;
    agent.publish(&message("missed")).await;
    watcher
        .sees("the loss", |seen| seen.closed.first() == Some(&4408))
        .await;
    proxy.recover();
    watcher
        .sees("what was missed", |seen| seen.seqs() == [1, 2, 3, 4])
        .await;
    assert_eq!(watcher.seen().recovered, [false, true]);
    other.until("two watchers again", counts(2)).await;
}

fn counts(n: usize) -> impl Fn(&Replica) -> bool {
    move |replica| {
        let presence = replica.signal(&"presence".parse().unwrap());
        presence.is_some_and(|presence| presence["watchers"] == n)
    }
}
