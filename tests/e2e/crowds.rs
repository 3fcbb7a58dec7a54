//! A crowd comes back at once, and is counted exactly.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use pilothouse_tests::{
    Agent, DEADLINE, Ending, Follower, Process, make_room_for, message, pause_for, within,
};
use serde_json::Value;
use tokio::sync::{Barrier, watch};
use tokio::task::JoinSet;

const CHANNEL: &str = "crowd";

/// `n` followers, all subscribed.
async fn gather(address: SocketAddr, n: usize) -> Vec<Follower> {
    // Both ends of every socket, in two processes, and what else is open.
    make_room_for(u64::try_from(n).unwrap() + 500);
    let joining: JoinSet<_> = (0..n).map(|_| Follower::join(address, CHANNEL)).collect();
    within(4 * DEADLINE, "the crowd to join", joining.join_all()).await
}

/// Does the same with each of a crowd, all at once.
async fn each<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    crowd: Vec<Follower>,
    act: impl Fn(Follower) -> F,
) -> Vec<T> {
    let acting: JoinSet<_> = crowd.into_iter().map(act).collect();
    within(4 * DEADLINE, "the crowd", acting.join_all()).await
}

fn counts(n: usize) -> impl Fn(&Value) -> bool {
    move |presence| presence["watchers"] == n
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_come_back_at_once_and_nobody_misses_anything() {
    const N: usize = 2000;
    let relay = Process::with(&["--durability", "normal"]).await;
    let agent = Agent::new(&relay.url(), CHANNEL, "claude");
    agent.create().await;
    let crowd = gather(relay.address(), N).await;
    let mut observer = Follower::join(relay.address(), CHANNEL).await;
    observer.read_to_presence(counts(N + 1)).await;
    let n_before = observer.n_presence();

    let goal = watch::Sender::new(u64::MAX);
    let (all_left, all_back) = (Arc::new(Barrier::new(N + 1)), Arc::new(Barrier::new(N + 1)));
    let (left, back) = (Arc::clone(&all_left), Arc::clone(&all_back));
    let told = goal.clone();
    let returning = tokio::spawn(each(crowd, move |mut follower| {
        let (left, back, goal) = (Arc::clone(&left), Arc::clone(&back), told.subscribe());
        async move {
            follower.leave();
            left.wait().await;
            follower.come_back().await;
            tokio::join!(back.wait(), follower.read_on(goal));
            follower
        }
    }));
    all_left.wait().await;
    let (publishing, agent_too) = (Arc::clone(&all_back), agent.clone());
    let publishing = tokio::spawn(async move {
        let mut is_back = std::pin::pin!(publishing.wait());
        loop {
            let head = agent_too.publish(&message("meanwhile")).await[0];
            if is_back.as_mut().now_or_never().is_some() {
                return head;
            }
        }
    });
    let watched = tokio::spawn(async move {
        observer.read_to_presence(counts(N + 1)).await;
        observer
    });
    let head = publishing.await.unwrap();
    goal.send_replace(head);
    let crowd = returning.await.unwrap();
    let mut observer = watched.await.unwrap();
    observer.read_to(head).await;
    observer.read_to_presence(counts(N + 1)).await;
    let n_told = observer.n_presence() - n_before;
    assert!(n_told <= N / 10, "{n_told} changes of presence were told");
    assert_eq!(agent.summary().await["watchers"], N + 1);
    drop(crowd);
    observer.read_to_presence(counts(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_spreads_the_return_of_a_thousand_and_nobody_misses_anything() {
    const N: usize = 1000;
    let mut relay = Process::with(&["--durability", "normal"]).await;
    let agent = Agent::new(&relay.url(), CHANNEL, "claude");
    agent.create().await;
    let crowd = gather(relay.address(), N).await;
    let before = agent.publish(&message("before")).await[0];

    relay.terminate();
    let goal = watch::Sender::new(u64::MAX);
    let told = goal.clone();
    let returning = tokio::spawn(each(crowd, move |mut follower| {
        let goal = told.subscribe();
        async move {
            let ending = follower.read_to_end().await;
            let after_ms = ending.goodbye["after_ms"].as_u64().unwrap();
            pause_for(Duration::from_millis(after_ms)).await;
            follower.come_back().await;
            follower.read_on(goal).await;
            (follower, ending)
        }
    }));
    assert!(relay.ended().await.success());
    relay.restart().await;
    let after = agent.publish(&message("after")).await[0];
    assert_eq!(after, before + 1);
    goal.send_replace(after);
    let back = returning.await.unwrap();
    assert_eq!(agent.summary().await["watchers"], N);

    let mut quarters = [0_usize; 4];
    for (_, Ending { goodbye, code }) in &back {
        assert_eq!((*code, &goodbye["retry"]), (4503, &true.into()));
        let after_ms = usize::try_from(goodbye["after_ms"].as_u64().unwrap()).unwrap();
        quarters[after_ms / 500] += 1;
    }
    // 250 are expected in each; 100 are 7 standard deviations.
    assert!(
        quarters.iter().all(|n| n.abs_diff(N / 4) < 100),
        "{quarters:?}"
    );
}

/// A relay once took what it was started with: 1024 files, so about a thousand watchers.
#[tokio::test]
async fn a_relay_takes_as_many_sockets_as_the_system_allows_not_as_many_as_is_usual() {
    let few = ["sh", "-c", "ulimit -S -n 64 && exec \"$0\" \"$@\""];
    let relay = Process::inside(&few, &["--durability", "memory"]).await;
    let agent = Agent::new(&relay.url(), CHANNEL, "claude");
    agent.create().await;
    let crowd = gather(relay.address(), 200).await;
    assert_eq!(agent.summary().await["watchers"], crowd.len());
}
