//! Whatever order agents come in and break off: each hint is with at most one, and none is lost.

use std::sync::Arc;

use pilothouse_shared::{
    ChannelId, Hint, HintAcknowledged, HintGiven, MemberId, MemberKind, Visibility,
};
use proptest::prelude::*;

use super::*;
use crate::channel::Proposal;
use crate::config::Durability;
use crate::engine::Embedded;
use crate::hub::Hub;
use crate::metrics::Metrics;

/// Something that happens to hints. Numbers name one of what there is.
#[derive(Debug, Clone)]
enum Step {
    Give {
        to: Option<&'static str>,
        session: Option<&'static str>,
    },
    Lease {
        agent: &'static str,
        session: Option<&'static str>,
    },
    Deliver(usize),
    BreakOff(usize),
    KeepFirst(usize),
    Acknowledge(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Waiting,
    Leased,
    Delivered,
    Acknowledged,
}

#[derive(Debug)]
struct Given {
    id: EventId,
    to: Option<&'static str>,
    session: Option<&'static str>,
    stands: Stands,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let agent = || prop_oneof![Just("claude"), Just("codex")];
    let session = || proptest::option::of(prop_oneof![Just("s1"), Just("s2")]);
    let step = prop_oneof![
        3 => (proptest::option::of(agent()), session())
            .prop_map(|(to, session)| Step::Give { to, session }),
        3 => (agent(), session()).prop_map(|(agent, session)| Step::Lease { agent, session }),
        1 => any::<usize>().prop_map(Step::Deliver),
        1 => any::<usize>().prop_map(Step::BreakOff),
        1 => any::<usize>().prop_map(Step::KeepFirst),
        1 => any::<usize>().prop_map(Step::Acknowledge),
    ];
    proptest::collection::vec(step, 1..40)
}

fn member(name: &str, kind: MemberKind) -> Author {
    Author {
        member: MemberId::new(name).unwrap(),
        name: name.to_owned(),
        kind,
    }
}

/// The channel, the hints as they must stand, and the leases under way.
struct World {
    channel: Arc<Channel>,
    given: Vec<Given>,
    leases: Vec<Lease>,
}

impl World {
    async fn new() -> Self {
        let metrics = Arc::new(Metrics::new());
        let engine = Embedded::open(None, Durability::Memory, Arc::clone(&metrics)).unwrap();
        let hub = Hub::open(Arc::new(engine), metrics, Arc::default(), 1000)
            .await
            .unwrap();
        let id = ChannelId::new("c").unwrap();
        let ada = member("ada", MemberKind::Human);
        Self {
            channel: Arc::new(hub).create(&id, "c", &ada).await.unwrap(),
            given: Vec::new(),
            leases: Vec::new(),
        }
    }

    async fn publish(&self, author: Author, body: Body) -> Result<EventId, Refusal> {
        let visibility = Visibility::Public;
        let proposal = Proposal {
            author,
            body,
            id: None,
            visibility,
        };
        let stored = self.channel.publish(vec![proposal]).await?;
        Ok(stored[0].id.clone())
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Give { to, session } => self.give(to, session).await,
            Step::Lease { agent, session } => self.lease(agent, session),
            Step::Deliver(n) => {
                let Some(lease) = self.pick_lease(n) else {
                    return;
                };
                self.mark(lease.hints().to_vec().iter(), Stands::Delivered);
                lease.delivered("test").await.unwrap();
            }
            Step::BreakOff(n) => {
                let Some(lease) = self.pick_lease(n) else {
                    return;
                };
                self.mark(lease.hints().to_vec().iter(), Stands::Waiting);
            }
            Step::KeepFirst(n) => {
                let Some(mut lease) = self.pick_lease(n) else {
                    return;
                };
                let kept = lease.hints().first().map(|entry| entry.id.clone());
                self.mark(
                    lease.hints()[1.min(lease.hints().len())..].iter(),
                    Stands::Waiting,
                );
                lease.keep(|entry| Some(&entry.id) == kept.as_ref());
                self.leases.push(lease);
            }
            Step::Acknowledge(n) => self.acknowledge(n).await,
        }
    }

    async fn give(&mut self, to: Option<&'static str>, session: Option<&'static str>) {
        let body = HintGiven {
            hint: Hint::text("x"),
            to: to.map(|to| MemberId::new(to).unwrap()),
            session: session.map(str::to_owned),
            expires_at: None,
            extra: Extra::new(),
        };
        let ada = member("ada", MemberKind::Human);
        let id = self.publish(ada, Body::HintGiven(body)).await.unwrap();
        let stands = Stands::Waiting;
        self.given.push(Given {
            id,
            to,
            session,
            stands,
        });
    }

    fn lease(&mut self, agent: &'static str, session: Option<&'static str>) {
        let taker = Taker {
            author: member(agent, MemberKind::Agent),
            session: session.map(str::to_owned),
        };
        let lease = self.channel.pending_hints(&taker).unwrap();
        let mut expected = Vec::new();
        for hint in &mut self.given {
            let is_for = hint.to.is_none_or(|to| to == agent)
                && hint.session.is_none_or(|of| session == Some(of));
            if hint.stands == Stands::Waiting && is_for {
                hint.stands = Stands::Leased;
                expected.push(&hint.id);
            }
        }
        let leased: Vec<_> = lease.hints().iter().map(|entry| &entry.id).collect();
        assert_eq!(leased, expected);
        self.leases.push(lease);
    }

    fn pick_lease(&mut self, n: usize) -> Option<Lease> {
        let n_leases = self.leases.len();
        (n_leases > 0).then(|| self.leases.remove(n % n_leases))
    }

    fn mark<'a>(&mut self, entries: impl Iterator<Item = &'a HintEntry>, stands: Stands) {
        for entry in entries {
            for hint in self.given.iter_mut().filter(|hint| hint.id == entry.id) {
                // One that was acknowledged meanwhile stays so.
                if hint.stands == Stands::Leased {
                    hint.stands = stands;
                }
            }
        }
    }

    async fn acknowledge(&mut self, n: usize) {
        if self.given.is_empty() {
            return;
        }
        let n_given = self.given.len();
        let hint = &self.given[n % n_given];
        let body = HintAcknowledged {
            hint: hint.id.clone(),
            note: None,
            extra: Extra::new(),
        };
        let claude = member("claude", MemberKind::Agent);
        let acknowledged = self.publish(claude, Body::HintAcknowledged(body)).await;
        let was_open = hint.stands != Stands::Acknowledged;
        assert_eq!(acknowledged.is_ok(), was_open);
        self.given[n % n_given].stands = Stands::Acknowledged;
    }

    fn check(&self) {
        let stand = self.channel.with_replica(|replica| {
            let hints = &replica.snapshot().hints;
            hints.iter().map(|entry| entry.state).collect::<Vec<_>>()
        });
        let expected = self.given.iter().map(|hint| match hint.stands {
            Stands::Waiting | Stands::Leased => HintState::Accepted,
            Stands::Delivered => HintState::Delivered,
            Stands::Acknowledged => HintState::Acknowledged,
        });
        assert_eq!(stand, expected.collect::<Vec<_>>());
    }
}

proptest! {
    #[test]
    fn a_hint_is_with_one_agent_at_a_time_and_comes_back_until_it_is_delivered(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in steps {
                world.take(step).await;
                world.check();
            }
        });
    }
}

/// A hand-over that broke used to leave the next agent waiting, although the hint was back.
#[tokio::test]
async fn a_hint_that_comes_back_goes_to_the_agent_that_waits() {
    let mut world = World::new().await;
    world.give(None, None).await;
    world.lease("claude", None);
    let lease = world.leases.pop().unwrap();
    let channel = Arc::clone(&world.channel);
    let waiting = tokio::spawn(async move {
        let codex = Taker {
            author: member("codex", MemberKind::Agent),
            session: None,
        };
        let lease = channel.lease_hints(&codex, std::future::pending()).await;
        lease.unwrap().hints().len()
    });
    tokio::task::yield_now().await;
    drop(lease);
    assert_eq!(waiting.await.unwrap(), 1);
}
