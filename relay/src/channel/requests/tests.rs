//! Whatever is asked, answered, left and forgotten in whatever order: each request has at most one
//! outcome, and it is the first.

use pilothouse_shared::{
    ChannelId, MemberId, MemberKind, PermissionRequested, QuestionAsked, Visibility,
};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::channel::Proposal;
use crate::channel::presence::Present;
use crate::config::Durability;
use crate::engine::Embedded;
use crate::hub::Hub;
use crate::metrics::Metrics;

const GRACE: Duration = Duration::from_millis(100);

#[derive(Debug, Clone)]
enum Step {
    Ask {
        request: usize,
        is_permission: bool,
        waits: bool,
        lives: Option<Millis>,
    },
    Resolve {
        by: &'static str,
        request: usize,
        outcome: Outcome,
        rule: Option<bool>,
    },
    /// The asker comes or goes.
    Presence(bool),
    Pass(Millis),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let outcome = prop_oneof![
        Just(Outcome::Allowed),
        Just(Outcome::Denied),
        Just(Outcome::Answered),
        Just(Outcome::Elsewhere),
        Just(Outcome::Withdrawn),
    ];
    let lives = || proptest::option::of(1_u64..300);
    let step = prop_oneof![
        3 => (0..4_usize, any::<bool>(), any::<bool>(), lives()).prop_map(
            |(request, is_permission, waits, lives)| Step::Ask { request, is_permission, waits, lives }
        ),
        3 => (prop_oneof![Just("ada"), Just("claude")], 0..4_usize, outcome, proptest::option::of(any::<bool>()))
            .prop_map(|(by, request, outcome, rule)| Step::Resolve { by, request, outcome, rule }),
        1 => any::<bool>().prop_map(Step::Presence),
        2 => (1_u64..80).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 1..40)
}

/// How a request must stand.
#[derive(Debug, Clone, Copy)]
struct Model {
    is_permission: bool,
    waits: bool,
    expires_at: Option<Millis>,
    gone_since: Option<Millis>,
    outcome: Option<Outcome>,
}

struct World {
    channel: Arc<Channel>,
    models: [Option<Model>; 4],
    present: Option<Present>,
    now: Millis,
}

fn member(name: &str) -> Author {
    Author {
        member: MemberId::new(name).unwrap(),
        name: name.to_owned(),
        kind: MemberKind::Agent,
    }
}

fn id(request: usize) -> RequestId {
    RequestId::new(format!("r{request}")).unwrap()
}

fn rule(is_offered: bool) -> serde_json::Value {
    json!({ "offered": is_offered })
}

impl World {
    async fn new() -> Self {
        let metrics = Arc::new(Metrics::new());
        let engine = Embedded::open(None, Durability::Memory, Arc::clone(&metrics)).unwrap();
        let hub = Hub::open(Arc::new(engine), metrics, Arc::default(), 1000)
            .await
            .unwrap();
        let channel = ChannelId::new("c").unwrap();
        Self {
            channel: Arc::new(hub)
                .create(&channel, "c", &member("ada"))
                .await
                .unwrap(),
            models: [None; 4],
            present: None,
            now: 1_000,
        }
    }

    async fn publish(&self, author: &str, body: Body) -> Result<(), Refusal> {
        let proposal = Proposal {
            author: member(author),
            body,
            id: None,
            visibility: Visibility::Public,
        };
        self.channel.publish(vec![proposal]).await.map(drop)
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Ask {
                request,
                is_permission,
                waits,
                lives,
            } => {
                let expires_at = lives.map(|lives| self.now + lives);
                self.ask(request, is_permission, waits, expires_at).await;
            }
            Step::Resolve {
                by,
                request,
                outcome,
                rule,
            } => self.resolve(by, request, outcome, rule).await,
            Step::Presence(true) => {
                self.present = Some(self.channel.enter(Arc::new(member("claude"))));
            }
            Step::Presence(false) => self.present = None,
            Step::Pass(time) => self.now += time,
        }
        self.tick().await;
    }

    async fn ask(
        &mut self,
        request: usize,
        is_permission: bool,
        waits: bool,
        expires_at: Option<Millis>,
    ) {
        let waits_on = Some(waits);
        let body = match is_permission {
            true => Body::PermissionRequested(PermissionRequested {
                request: id(request),
                tool: "Bash".to_owned(),
                input: json!({}),
                suggestions: Some(vec![rule(true)]),
                expires_at,
                waits: waits_on,
                extra: Extra::new(),
            }),
            false => Body::QuestionAsked(QuestionAsked {
                request: id(request),
                text: "?".to_owned(),
                options: None,
                expires_at,
                waits: waits_on,
                extra: Extra::new(),
            }),
        };
        let asked = self.publish("claude", body).await;
        assert_eq!(asked.is_ok(), self.models[request].is_none());
        self.models[request].get_or_insert(Model {
            is_permission,
            waits,
            expires_at,
            gone_since: None,
            outcome: None,
        });
    }

    async fn resolve(
        &mut self,
        by: &'static str,
        request: usize,
        outcome: Outcome,
        offered: Option<bool>,
    ) {
        let resolve = Resolve {
            suggestions: offered.map(|offered| vec![rule(offered)]),
            ..Resolve::with(outcome)
        };
        let body = self.channel.resolution(&member(by), &id(request), resolve);
        let resolved = match body {
            Ok(body) => self.publish(by, body).await,
            Err(refusal) => Err(refusal),
        };
        let Some(model) = &mut self.models[request] else {
            return assert!(resolved.is_err());
        };
        let may_hold = match (model.is_permission, offered) {
            (true, Some(offered)) => offered && outcome == Outcome::Allowed,
            _ => true,
        };
        let fits = match (outcome, model.is_permission) {
            (Outcome::Elsewhere | Outcome::Withdrawn, _) => by == "claude",
            (outcome, true) => matches!(outcome, Outcome::Allowed | Outcome::Denied),
            (outcome, false) => outcome == Outcome::Answered,
        };
        assert_eq!(
            resolved.is_ok(),
            model.outcome.is_none() && may_hold && fits
        );
        if resolved.is_ok() {
            model.outcome = Some(outcome);
        }
    }

    async fn tick(&mut self) {
        let relay = member("pilothouse");
        self.channel
            .expire_requests(&relay, self.now)
            .await
            .unwrap();
        let withdrawn = self.channel.withdraw_abandoned(&relay, self.now, GRACE);
        withdrawn.await.unwrap();
        let grace = u64::try_from(GRACE.as_millis()).unwrap();
        let open = self.models.iter_mut().flatten();
        for model in open.filter(|model| model.outcome.is_none()) {
            if model.expires_at.is_some_and(|at| at <= self.now) {
                model.outcome = Some(Outcome::Expired);
                continue;
            }
            let is_missed = model.waits && self.present.is_none();
            let since = model.gone_since.filter(|_| is_missed).unwrap_or(self.now);
            model.gone_since = is_missed.then_some(since);
            if is_missed && self.now - since >= grace {
                model.outcome = Some(Outcome::Withdrawn);
            }
        }
    }

    fn check(&self) {
        for (request, model) in self.models.iter().enumerate() {
            let entry = self.channel.request(&member("ada"), &id(request));
            let outcome = entry.and_then(|entry| Some(entry.resolution?.outcome));
            assert_eq!(outcome, model.and_then(|model| model.outcome));
        }
    }
}

proptest! {
    #[test]
    fn a_request_has_one_outcome_and_it_is_the_first(steps in steps()) {
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
