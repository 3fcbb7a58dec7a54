//! Callers that give up, and callers that come together.

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::task::yield_now;

use super::*;
use crate::config::Durability;
use crate::engine::Embedded;

async fn hub() -> Arc<Hub> {
    let metrics = Arc::new(Metrics::new());
    let engine = Embedded::open(None, Durability::Memory, Arc::clone(&metrics)).unwrap();
    Arc::new(Hub::open(Arc::new(engine), metrics, 100).await.unwrap())
}

fn id(text: &str) -> ChannelId {
    ChannelId::new(text).unwrap()
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
