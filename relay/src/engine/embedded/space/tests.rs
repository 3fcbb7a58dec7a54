//! Files get smaller.

use pilothouse_shared::{Body, Custom, Extra, Seq, Snapshot};

use super::*;
use crate::engine::embedded::tests::rig::*;
use crate::engine::embedded::{Embedded, FILE};
use crate::engine::{Draft, Engine, Stretch};

/// Events of a kilobyte that fill a few megabytes.
const MANY: u64 = 6000;

fn size(folder: &Path) -> u64 {
    fs::metadata(folder.join(FILE)).unwrap().len()
}

fn log(folder: &Path) -> u64 {
    fs::metadata(folder.join(format!("{FILE}-wal"))).map_or(0, |log| log.len())
}

fn kilobyte(n: u64) -> Draft {
    let custom = Custom {
        name: "filler".to_owned(),
        data: "x".repeat(1000).into(),
        extra: Extra::new(),
    };
    Draft {
        id: format!("id-{n}").parse().unwrap(),
        body: Body::Custom(custom),
        ..draft(0)
    }
}

async fn fill(engine: &Embedded) {
    for batch in 0..MANY / 1000 {
        let drafts = (batch * 1000..(batch + 1) * 1000).map(kilobyte).collect();
        append_drafts(engine, &epoch(0), drafts, &Told::new())
            .await
            .unwrap();
    }
    engine
        .save(channel(), epoch(0), Seq(MANY), Snapshot::default())
        .await
        .unwrap();
}

async fn prune(engine: &Embedded, through: u64) {
    while engine
        .prune(channel(), epoch(0), Seq(through))
        .await
        .unwrap()
        < Seq(through)
    {}
}

#[test]
fn what_is_pruned_makes_the_file_smaller() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let engine = open(folder.path());
        engine.create(channel(), epoch(0)).await.unwrap();
        fill(&engine).await;
        while engine.tidy().await.unwrap() {}
        let full = size(folder.path());
        assert!(full > MANY * 1000, "{full}");
        prune(&engine, MANY - 100).await;
        assert!(size(folder.path()) >= full, "not while publishers may wait");
        while engine.tidy().await.unwrap() {}
        let left = size(folder.path());
        assert!(left < full / 4, "{left} of {full}");
        let kept = engine
            .read(channel(), epoch(0), Stretch::After(Seq::ZERO), 999)
            .await;
        assert_eq!(kept.unwrap().len(), 100);
    });
}

#[test]
fn a_log_that_has_grown_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let engine = open(folder.path());
        engine.create(channel(), epoch(0)).await.unwrap();
        // A reader that stays makes the log grow, as a backup would.
        let reader = Connection::open(folder.path().join(FILE)).unwrap();
        reader
            .execute_batch("BEGIN; SELECT * FROM channels")
            .unwrap();
        fill(&engine).await;
        fill_more(&engine).await;
        assert!(log(folder.path()) > MAX_LOG);
        assert!(!engine.tidy().await.unwrap(), "nobody waits for the reader");
        assert!(log(folder.path()) > MAX_LOG);
        reader.execute_batch("COMMIT").unwrap();
        engine.tidy().await.unwrap();
        assert_eq!(log(folder.path()), 0);
    });
}

async fn fill_more(engine: &Embedded) {
    let drafts = (MANY..MANY + 1000).map(kilobyte).collect();
    append_drafts(engine, &epoch(0), drafts, &Told::new())
        .await
        .unwrap();
}

#[test]
fn a_file_of_the_first_version_can_shrink_after_one_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = Connection::open(folder.path().join(FILE)).unwrap();
    file.pragma_update(None, "journal_mode", "WAL").unwrap();
    file.execute_batch(super::super::schema::MIGRATIONS[0])
        .unwrap();
    file.pragma_update(None, "user_version", 1).unwrap();
    file.execute_batch(
        "INSERT INTO channels VALUES (1, 'c', 'e0', 0, 0, 0); INSERT INTO snapshots VALUES (1, 0, '{}')",
    )
    .unwrap();
    drop(file);
    block_on(async {
        let engine = open(folder.path());
        let found = engine.channels().await.unwrap();
        // That version did not say how it ended.
        assert_ne!(found[0].epoch, epoch(0));
        engine.close().await;
        drop(engine);
        let file = Connection::open(folder.path().join(FILE)).unwrap();
        let mode: u8 = file
            .pragma_query_value(None, "auto_vacuum", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, 2);
        let version: usize = file
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(version, super::super::schema::MIGRATIONS.len());
    });
}
