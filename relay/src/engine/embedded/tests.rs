//! The store against a plain list, over any sequence of what a relay does with it.

pub(super) mod rig;

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use self::rig::*;
use super::*;

/// One channel as a list.
#[derive(Debug, Default)]
struct Model {
    n_epochs: u32,
    /// Every id by its seq; those below the base are forgotten.
    events: BTreeMap<u64, u8>,
    head: u64,
    base: u64,
    saved: u64,
}

impl Model {
    fn append(&mut self, ids: &[u8]) -> Vec<(u64, bool)> {
        let store = |id: &u8| {
            let held = self.events.iter().find(|(_, held)| *held == id);
            if let Some((seq, _)) = held {
                return (*seq, true);
            }
            self.head += 1;
            self.events.insert(self.head, *id);
            (self.head, false)
        };
        ids.iter().map(store).collect()
    }

    fn read(&self, stretch: Stretch, limit: usize) -> Vec<(u64, u8)> {
        let all = self.events.iter().map(|(seq, id)| (*seq, *id));
        match stretch {
            Stretch::After(after) => all.filter(|(seq, _)| *seq > after.0).take(limit).collect(),
            Stretch::Before(before) => {
                let mut newest: Vec<_> = all
                    .rev()
                    .filter(|(seq, _)| *seq < before.0)
                    .take(limit)
                    .collect();
                newest.reverse();
                newest
            }
        }
    }

    fn prune(&mut self, through: u64) {
        self.base = through.min(self.saved).max(self.base);
        self.events = self.events.split_off(&(self.base + 1));
    }
}

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<u8>),
    /// What comes from a channel of an epoch that is over.
    Late(u8),
    Read(Stretch, usize),
    Save(u64),
    Prune(u64),
    Remove,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let seq = || 0..40u64;
    prop_oneof![
        8 => vec(0..24u8, 0..6).prop_map(Step::Append),
        1 => (0..24u8).prop_map(Step::Late),
        4 => (seq(), 0..9usize).prop_map(|(seq, limit)| Step::Read(Stretch::After(Seq(seq)), limit)),
        4 => (seq(), 0..9usize).prop_map(|(seq, limit)| Step::Read(Stretch::Before(Seq(seq)), limit)),
        2 => seq().prop_map(Step::Save),
        2 => seq().prop_map(Step::Prune),
        1 => Just(Step::Remove),
        1 => Just(Step::Reopen),
    ]
}

struct Trial {
    folder: tempfile::TempDir,
    engine: Embedded,
    model: Model,
    told: Arc<Told>,
}

impl Trial {
    async fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path());
        let (model, told) = (Model::default(), Arc::default());
        engine.create(channel(), epoch(0)).await.unwrap();
        Self {
            folder,
            engine,
            model,
            told,
        }
    }

    async fn take(&mut self, step: Step) {
        let (engine, model) = (&self.engine, &mut self.model);
        match step {
            Step::Append(ids) => {
                let stored = append(engine, &epoch(model.n_epochs), &ids, &self.told)
                    .await
                    .unwrap();
                let found = stored.iter().map(|stored| (stored.seq.0, stored.duplicate));
                assert_eq!(found.collect::<Vec<_>>(), model.append(&ids));
            }
            Step::Late(id) => self.take_late(id).await,
            Step::Read(stretch, limit) => {
                let here = epoch(model.n_epochs);
                let read = engine.read(channel(), here, stretch, limit);
                let read = read.await.unwrap();
                for event in &read {
                    assert_eq!(event.prev.0 + 1, event.seq.0);
                }
                let found = read
                    .iter()
                    .map(|event| (event.seq.0, u8::try_from(event.at).unwrap()));
                assert_eq!(found.collect::<Vec<_>>(), model.read(stretch, limit));
            }
            Step::Save(seq) => {
                let seq = seq.min(model.head);
                engine
                    .save(
                        channel(),
                        epoch(model.n_epochs),
                        Seq(seq),
                        Snapshot::default(),
                    )
                    .await
                    .unwrap();
                model.saved = model.saved.max(seq);
            }
            Step::Prune(through) => {
                let base = engine
                    .prune(channel(), epoch(model.n_epochs), Seq(through))
                    .await
                    .unwrap();
                model.prune(through);
                assert_eq!(base.0, model.base);
            }
            Step::Remove => self.remove().await,
            Step::Reopen => {
                engine.close().await;
                self.engine = open(self.folder.path());
            }
        }
    }

    async fn take_late(&self, id: u8) {
        let (over, seq) = (epoch(u32::MAX), Seq(u64::from(id)));
        let late = append(&self.engine, &over, &[id], &self.told).await;
        assert!(matches!(late, Err(StoreError::Removed)));
        let save = self
            .engine
            .save(channel(), over.clone(), seq, Snapshot::default());
        assert!(matches!(save.await, Err(StoreError::Removed)));
        let prune = self.engine.prune(channel(), over.clone(), seq);
        assert!(matches!(prune.await, Err(StoreError::Removed)));
        let read = self
            .engine
            .read(channel(), over.clone(), Stretch::After(Seq::ZERO), 9);
        assert!(matches!(read.await, Err(StoreError::Removed)));
        let remove = self.engine.remove(channel(), over);
        assert!(matches!(remove.await, Err(StoreError::Removed)));
    }

    async fn remove(&mut self) {
        let engine = &self.engine;
        let here = epoch(self.model.n_epochs);
        engine.remove(channel(), here.clone()).await.unwrap();
        assert!(engine.was_removed(channel()).await.unwrap());
        let read = engine.read(channel(), here, Stretch::After(Seq::ZERO), 9);
        assert!(matches!(read.await, Err(StoreError::Removed)));
        let late = append(engine, &epoch(self.model.n_epochs), &[0], &self.told).await;
        assert!(matches!(late, Err(StoreError::Removed)));
        let n_epochs = self.model.n_epochs + 1;
        self.model = Model {
            n_epochs,
            ..Model::default()
        };
        engine.create(channel(), epoch(n_epochs)).await.unwrap();
        let again = engine.create(channel(), epoch(n_epochs)).await;
        assert!(matches!(again, Err(StoreError::Exists)));
        self.told = Arc::default();
    }

    async fn check(&self) {
        let found = self.engine.channels().await.unwrap();
        assert_eq!(found.len(), 1);
        let Found {
            epoch: found_epoch,
            head,
            base,
            snapshot,
            ..
        } = &found[0];
        let model = &self.model;
        assert_eq!(*found_epoch, epoch(model.n_epochs));
        assert_eq!((head.0, base.0), (model.head, model.base));
        let saved = snapshot.as_ref().unwrap().as_ref();
        let saved = saved.map_or(0, |(seq, _)| seq.0);
        assert_eq!(saved, model.saved);
        for (seq, id) in &model.events {
            let id = EventId::new(format!("id-{id}")).unwrap();
            assert_eq!(
                self.engine.find(channel(), id).await.unwrap(),
                Some(Seq(*seq))
            );
        }
        assert_eq!(
            self.told.seqs(),
            (1..=model.head).collect::<Vec<_>>(),
            "each told once"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_store_answers_as_a_list_would(steps in vec(step(), 1..40)) {
        block_on(async {
            let mut trial = Trial::begin().await;
            for step in steps {
                trial.take(step).await;
            }
            trial.check().await;
        });
    }
}

#[test]
fn a_commit_that_fails_stores_nothing_tells_nobody_and_leaves_the_seqs_whole() {
    block_on(async {
        let trial = Trial::begin().await;
        let (engine, told) = (&trial.engine, &trial.told);
        append(engine, &epoch(0), &[1, 2], told).await.unwrap();
        let other = rusqlite::Connection::open(trial.folder.path().join(FILE)).unwrap();
        let full = "CREATE TRIGGER full BEFORE INSERT ON events WHEN NEW.id = 'id-9' \
                    BEGIN SELECT RAISE(ABORT, 'full'); END";
        other.execute_batch(full).unwrap();
        // The first of a batch fits, the second does not: neither is stored.
        let refused = append(engine, &epoch(0), &[3, 9], told).await;
        assert!(matches!(refused, Err(StoreError::Failed(_))));
        let stored = append(engine, &epoch(0), &[3], told).await.unwrap();
        assert_eq!((stored[0].seq, stored[0].duplicate), (Seq(3), false));
        other.execute_batch("DROP TRIGGER full").unwrap();
        append(engine, &epoch(0), &[9], told).await.unwrap();
        assert_eq!(told.seqs(), [1, 2, 3, 4]);
        let read = engine
            .read(channel(), epoch(0), Stretch::After(Seq::ZERO), 9)
            .await
            .unwrap();
        assert_eq!(
            read.iter().map(|event| event.at).collect::<Vec<_>>(),
            [1, 2, 3, 9]
        );
    });
}

#[test]
fn an_older_state_does_not_replace_a_newer_one() {
    block_on(async {
        let trial = Trial::begin().await;
        let engine = &trial.engine;
        append(engine, &epoch(0), &[1, 2, 3], &trial.told)
            .await
            .unwrap();
        engine
            .save(channel(), epoch(0), Seq(3), Snapshot::default())
            .await
            .unwrap();
        engine.prune(channel(), epoch(0), Seq(3)).await.unwrap();
        // It was on its way while the newer one was saved and history went.
        engine
            .save(channel(), epoch(0), Seq(1), Snapshot::default())
            .await
            .unwrap();
        let found = engine.channels().await.unwrap();
        let saved = found[0].snapshot.as_ref().unwrap().as_ref();
        assert_eq!(saved.unwrap().0, Seq(3));
    });
}

#[test]
fn a_store_that_has_stopped_says_so() {
    block_on(async {
        let trial = Trial::begin().await;
        trial.engine.close().await;
        assert!(matches!(
            trial.engine.ready().await,
            Err(StoreError::Failed(_))
        ));
        let late = append(&trial.engine, &epoch(0), &[1], &trial.told).await;
        assert!(matches!(late, Err(StoreError::Failed(_))));
    });
}

#[test]
fn a_store_of_a_newer_relay_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async { open(folder.path()).close().await });
    let file = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    file.pragma_update(None, "user_version", 99).unwrap();
    let refused = Embedded::open(
        Some(folder.path()),
        Durability::Full,
        Arc::new(Metrics::new()),
    );
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("newer relay"), "{refused}");
}
