//! Who is up to date is offered what comes; who is not is left to its own task; nobody gets anything
//! twice.

use std::sync::atomic::AtomicUsize;

use pilothouse_shared::{Author, Body, ChannelId, MemberId, MemberKind, Seq};
use serde_json::json;

use super::*;
use crate::Server;
use crate::channel::{Item, Opening, Outlet, Subscription};
use crate::config::{Config, Durability};

/// Takes as many frames as it was told to.
#[derive(Debug, Default)]
struct Mouth {
    room: AtomicUsize,
    taken: AtomicUsize,
    woken: Notify,
}

impl Outlet for Mouth {
    fn encoding(&self) -> Encoding {
        Encoding::Json
    }

    fn offer(&self, batch: &Batch, start: usize) -> usize {
        let room = self.room.load(Ordering::Acquire);
        let n = room.min(batch.len() - start);
        self.room.fetch_sub(n, Ordering::AcqRel);
        self.taken.fetch_add(n, Ordering::AcqRel);
        n
    }

    fn wake(&self) {
        self.woken.notify_one();
    }
}

impl Mouth {
    /// Waits until the subscriber's task is asked to fetch.
    async fn woken(&self) {
        self.woken.notified().await;
    }
}

struct Scene {
    _server: Server,
    channel: Arc<Channel>,
    mouth: Arc<Mouth>,
    subscription: Subscription,
}

fn ada() -> Author {
    Author {
        member: MemberId::new("ada").unwrap(),
        name: "Ada".to_owned(),
        kind: MemberKind::Human,
    }
}

async fn subscribed() -> Scene {
    let config = Config {
        durability: Durability::Memory,
        ..Config::default()
    };
    let server = Server::new(config).await.unwrap();
    let id = ChannelId::new("c").unwrap();
    let channel = server.hub.create(&id, "c", &ada()).await.unwrap();
    let mouth = Arc::new(Mouth::default());
    let outlet = Arc::clone(&mouth) as Arc<dyn Outlet>;
    let viewer = Arc::new(ada());
    let opened = channel
        .subscribe(&viewer, &Opening::default(), outlet)
        .await;
    let (subscription, _) = opened.unwrap();
    Scene {
        _server: server,
        channel,
        mouth,
        subscription,
    }
}

impl Scene {
    async fn publish(&self, n: usize) {
        let body = json!({"type": "message", "role": "user", "text": "x"});
        let body: Body = serde_json::from_value(body).unwrap();
        for _ in 0..n {
            self.channel.announce(ada(), body.clone()).await.unwrap();
        }
    }

    /// Fetches until there is nothing left; the seqs of the events that came.
    async fn fetch(&mut self) -> Vec<u64> {
        let mut seqs = Vec::new();
        loop {
            let items = self.subscription.take().await.unwrap();
            if items.is_empty() {
                return seqs;
            }
            let events = items.iter().filter_map(|item| match item {
                Item::Event(event) => Some(event.seq().0),
                _ => None,
            });
            seqs.extend(events);
        }
    }
}

#[tokio::test]
async fn nothing_is_offered_before_the_subscriber_has_fetched_everything() {
    let mut scene = subscribed().await;
    scene.mouth.room.store(100, Ordering::Release);
    scene.publish(3).await;
    assert_eq!(scene.mouth.taken.load(Ordering::Acquire), 0);
    assert_eq!(scene.fetch().await, [2, 3, 4]);
}

#[tokio::test]
async fn who_takes_only_some_fetches_the_rest_itself() {
    let mut scene = subscribed().await;
    scene.mouth.woken().await;
    assert_eq!(scene.fetch().await, [0; 0]);
    scene.mouth.room.store(2, Ordering::Release);
    scene.publish(5).await;
    scene.mouth.woken().await;
    assert_eq!(scene.mouth.taken.load(Ordering::Acquire), 2);
    assert_eq!(scene.fetch().await, [4, 5, 6]);
}

#[tokio::test]
async fn a_subscription_that_ended_is_offered_nothing() {
    let mut scene = subscribed().await;
    assert_eq!(scene.fetch().await, [0; 0]);
    scene.mouth.room.store(100, Ordering::Release);
    let seat = {
        let core = scene.channel.core();
        core.presence.seats(0, 1).remove(0)
    };
    drop(scene.subscription);
    let news = News::default();
    let cursor = Cursor {
        seq: Seq(1),
        tick: 0,
    };
    let batch = Batch::new(cursor, &news, &seat.viewer, Encoding::Json);
    seat.fall_behind();
    assert_eq!(
        offer(
            &seat,
            &batch,
            Cursor {
                seq: Seq(9),
                tick: 9
            }
        ),
        0
    );
    assert_eq!(scene.mouth.taken.load(Ordering::Acquire), 0);
    assert_eq!(seat.place().state, State::Over);
}
