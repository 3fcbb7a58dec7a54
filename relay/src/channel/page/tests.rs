//! What a page proves to who goes on from it.

use std::sync::Arc;

use pilothouse_shared::{
    Body, CancelRequested, ChannelId, EventId, MemberId, MemberKind, Visibility,
};

use super::*;
use crate::config::Durability;
use crate::engine::{Append, Draft, Embedded, Engine, Log};
use crate::hub::Hub;
use crate::metrics::Metrics;

/// Tells nobody.
#[derive(Debug)]
struct Silent;

impl Log for Silent {
    fn committed(&self, _events: Vec<Event>) {}
}

fn claude() -> Author {
    Author {
        member: MemberId::new("claude").unwrap(),
        name: "Claude".to_owned(),
        kind: MemberKind::Agent,
    }
}

/// A page had the event; who went on from it was ahead of a channel that did not know it yet, and was
/// told that its position is lost.
#[tokio::test]
async fn a_page_has_nothing_that_is_stored_and_not_told_yet() {
    let metrics = Arc::new(Metrics::new());
    let engine = Embedded::open(None, Durability::Memory, Arc::clone(&metrics)).unwrap();
    let engine: Arc<dyn Engine> = Arc::new(engine);
    let hub = Hub::open(Arc::clone(&engine), metrics, Arc::default(), 100)
        .await
        .unwrap();
    let id = ChannelId::new("c").unwrap();
    let channel = Arc::new(hub).create(&id, "c", &claude()).await.unwrap();
    let draft = Draft {
        id: EventId::new("e").unwrap(),
        at: 1,
        author: claude(),
        visibility: Visibility::Public,
        body: Body::CancelRequested(CancelRequested::default()),
    };
    let append = Append {
        channel: id,
        epoch: channel.epoch().clone(),
        drafts: vec![draft],
        log: Arc::new(Silent),
        keep: Box::new(()),
    };
    let stored = engine.append(append).await.unwrap().stored().await.unwrap();
    assert_eq!(stored[0].seq, Seq(2));
    for stretch in [Stretch::After(Seq::ZERO), Stretch::Before(Seq(9))] {
        let reading = channel.read(&claude(), stretch, 10).await.unwrap();
        assert_eq!((reading.events.len(), reading.more), (1, false));
        assert_eq!((reading.through, reading.follows), (Seq(1), true));
    }
}
