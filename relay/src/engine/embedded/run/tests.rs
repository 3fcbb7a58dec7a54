//! Which stops keep the epochs.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::engine::embedded::Embedded;
use crate::engine::embedded::tests::rig::*;
use crate::engine::{Engine, StoreError};
use crate::metrics::Metrics;

/// Ends without a word, as by kill −9.
const KILLED: bool = false;
const CLEAN: bool = true;

fn start(folder: &Path, durability: Durability, boot: Option<&str>) -> Embedded {
    Embedded::open_on(boot, Some(folder), durability, Arc::new(Metrics::new())).unwrap()
}

/// Whether an epoch outlives a run at this level that begins on one start of the machine and is followed
/// by a run on another.
fn keeps(durability: Durability, is_clean: bool, boots: [Option<&str>; 2]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let engine = start(folder.path(), durability, boots[0]);
        engine.create(channel(), epoch(0)).await.unwrap();
        append(&engine, &epoch(0), &[1], &Told::new())
            .await
            .unwrap();
        match is_clean {
            true => engine.close().await,
            false => killed(engine, folder.path()).await,
        }
        let engine = start(folder.path(), durability, boots[1]);
        let found = engine.channels().await.unwrap();
        let kept = &found[0].epoch;
        append(&engine, kept, &[2], &Told::new()).await.unwrap();
        if *kept != epoch(0) {
            let late = append(&engine, &epoch(0), &[3], &Told::new()).await;
            assert!(matches!(late, Err(StoreError::Removed)), "{late:?}");
        }
        assert_eq!(
            found[0].head.0, 1,
            "what is there stays, whatever the epoch"
        );
        *kept == epoch(0)
    })
}

/// Ends a store as a killed process would leave it: the end is not written down.
async fn killed(engine: Embedded, folder: &Path) {
    engine.close().await;
    drop(engine);
    let file = rusqlite::Connection::open(folder.join(super::super::FILE)).unwrap();
    file.execute("UPDATE run SET clean = FALSE", []).unwrap();
}

#[test]
fn an_epoch_ends_only_when_the_machine_may_have_taken_what_was_acknowledged() {
    let (one, other) = (Some("boot one"), Some("boot two"));
    let cases = [
        // On disk before it was acknowledged.
        (Durability::Full, KILLED, [one, other], true),
        (Durability::Full, KILLED, [None, None], true),
        // In the hands of a system that still runs.
        (Durability::Normal, KILLED, [one, one], true),
        // Stopped in order, which put everything on disk.
        (Durability::Normal, CLEAN, [one, other], true),
        (Durability::Normal, CLEAN, [None, None], true),
        // Nobody can know.
        (Durability::Normal, KILLED, [one, other], false),
        (Durability::Normal, KILLED, [None, None], false),
        (Durability::Normal, KILLED, [one, None], false),
        (Durability::Normal, KILLED, [None, one], false),
    ];
    for (durability, is_clean, boots, is_kept) in cases {
        let case = format!("{durability:?} {boots:?} clean: {is_clean}");
        assert_eq!(keeps(durability, is_clean, boots), is_kept, "{case}");
    }
}

#[test]
fn a_level_that_is_changed_speaks_for_what_comes_after() {
    let folder = tempfile::tempdir().unwrap();
    let found = async |engine: &Embedded| engine.channels().await.unwrap()[0].epoch.clone();
    block_on(async {
        let engine = start(folder.path(), Durability::Normal, Some("1"));
        engine.create(channel(), epoch(0)).await.unwrap();
        killed(engine, folder.path()).await;
        let engine = start(folder.path(), Durability::Full, Some("1"));
        assert_eq!(found(&engine).await, epoch(0));
        killed(engine, folder.path()).await;
        let engine = start(folder.path(), Durability::Normal, Some("2"));
        assert_eq!(found(&engine).await, epoch(0), "the last run lost nothing");
        killed(engine, folder.path()).await;
        let engine = start(folder.path(), Durability::Full, Some("3"));
        let new = found(&engine).await;
        assert_ne!(new, epoch(0));
        killed(engine, folder.path()).await;
        let engine = start(folder.path(), Durability::Full, Some("4"));
        assert_eq!(found(&engine).await, new, "once is enough");
    });
}

#[test]
fn every_channel_gets_an_epoch_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let engine = start(folder.path(), Durability::Normal, Some("1"));
        for name in ["a", "b"] {
            engine
                .create(name.parse().unwrap(), epoch(0))
                .await
                .unwrap();
        }
        killed(engine, folder.path()).await;
        let engine = start(folder.path(), Durability::Normal, Some("2"));
        let found = engine.channels().await.unwrap();
        assert_ne!(found[0].epoch, found[1].epoch);
        assert_eq!(found[0].epoch.as_str().len(), 32);
    });
}

#[test]
fn linux_says_which_start_of_the_machine_this_is() {
    if cfg!(target_os = "linux") {
        assert_eq!(boot().map(|id| id.len()), Some(36));
        assert_eq!(boot(), boot());
    }
}
