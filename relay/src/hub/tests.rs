//! Callers that give up, callers that come together, and history that grows old.

use futures_util::FutureExt;
use futures_util::future::join_all;
use pilothouse_shared::Millis;
use tokio::task::yield_now;

use super::*;
use crate::config::Durability;
use crate::engine::Embedded;

async fn hub() -> Arc<Hub> {
    let metrics = Arc::new(Metrics::new());
    let engine = Embedded::open(None, Durability::Memory, Arc::clone(&metrics)).unwrap();
    Arc::new(
        Hub::open(Arc::new(engine), metrics, Arc::default(), 100)
            .await
            .unwrap(),
    )
}

fn id(text: &str) -> ChannelId {
    ChannelId::new(text).unwrap()
}

/// A day in milliseconds.
const DAY: Millis = 86_400_000;

/// A channel with the events 1 to `head`.
async fn channel_with(hub: &Arc<Hub>, name: &str, head: u64) -> Arc<Channel> {
    let author = relay_author();
    let channel = hub.create(&id(name), name, &author).await.unwrap();
    for _ in 1..head {
        let body = pilothouse_shared::CancelRequested::default();
        channel
            .announce(author.clone(), Body::CancelRequested(body))
            .await
            .unwrap();
    }
    channel
}

/// The oldest seq held.
fn floor(channel: &Channel) -> u64 {
    channel.summary(&relay_author()).floor.0
}

/// Looks until it is so. Everything else runs in between.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        yield_now().await;
    }
}

#[tokio::test]
async fn a_channel_whose_creator_gave_up_is_made_all_the_same() {
    let (hub, author) = (hub().await, relay_author());
    assert!(hub.create(&id("c"), "c", &author).now_or_never().is_none());
    until(|| {
        hub.find(&id("c"))
            .is_ok_and(|channel| channel.summary(&author).head == Seq(1))
    })
    .await;
    let again = hub.create(&id("c"), "c", &author).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::AlreadyExists);
    hub.find_or_create(&id("c"), &author).await.unwrap();
}

#[tokio::test]
async fn a_channel_whose_remover_gave_up_is_gone_all_the_same() {
    let (hub, author) = (hub().await, relay_author());
    hub.create(&id("c"), "c", &author).await.unwrap();
    assert!(hub.remove(&id("c")).now_or_never().is_none());
    until(|| hub.find(&id("c")).is_err()).await;
    hub.create(&id("c"), "again", &author).await.unwrap();
    assert_eq!(hub.metrics.channels.get(), 1);
}

#[tokio::test]
async fn many_who_create_a_channel_at_once_make_it_once() {
    let (hub, author) = (hub().await, relay_author());
    let c = id("c");
    let made = join_all((0..20).map(|_| hub.create(&c, "c", &author))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    let d = id("d");
    let found = join_all((0..20).map(|_| hub.find_or_create(&d, &author))).await;
    for channel in found {
        assert!(Arc::ptr_eq(&channel.unwrap(), &hub.find(&d).unwrap()));
    }
    assert_eq!(hub.metrics.channels.get(), 2);
}

#[tokio::test]
async fn what_is_too_old_goes_also_when_nobody_publishes_but_the_newest_event_stays() {
    let hub = hub().await;
    let (old, other) = (
        channel_with(&hub, "old", 5).await,
        channel_with(&hub, "other", 1).await,
    );
    let now = clock::now();
    hub.sweep(DAY, now).await.unwrap();
    assert_eq!((floor(&old), floor(&other)), (1, 1), "nothing is a day old");
    hub.sweep(DAY, now + 2 * DAY).await.unwrap();
    assert_eq!((floor(&old), floor(&other)), (5, 1));
    assert_eq!(hub.metrics.pruned.get(), 4);
    let found = hub.engine.channels().await.unwrap();
    let bases = found.iter().map(|found| (found.head.0, found.base.0));
    assert_eq!(bases.collect::<Vec<_>>(), [(5, 4), (1, 0)]);
    let snapshot = found[0].snapshot.as_ref().unwrap().as_ref().unwrap();
    assert_eq!((snapshot.0, snapshot.1.n_events), (Seq(5), 5));
}

#[tokio::test]
async fn forever_is_forever_and_a_clock_that_jumped_back_prunes_nothing() {
    let hub = hub().await;
    let channel = channel_with(&hub, "c", 5).await;
    hub.sweep(Millis::MAX, clock::now() + 365 * DAY)
        .await
        .unwrap();
    hub.sweep(DAY, 0).await.unwrap();
    hub.sweep(DAY, DAY).await.unwrap();
    assert_eq!(floor(&channel), 1);
}

#[tokio::test]
async fn too_many_events_go_when_nobody_publishes() {
    let hub = hub().await;
    let channel = channel_with(&hub, "c", 30).await;
    let metrics = Arc::clone(&hub.metrics);
    // The same store under a lower bound, as after a restart with other settings.
    let lower = Hub::open(Arc::clone(&hub.engine), metrics, Arc::default(), 10)
        .await
        .unwrap();
    assert_eq!(floor(&channel), 1);
    lower.sweep(DAY, clock::now()).await.unwrap();
    let channel = lower.find(&id("c")).unwrap();
    until(|| floor(&channel) == 21).await;
}
