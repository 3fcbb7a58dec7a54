//! What is too old, and pruning beside publishing.

use std::cell::Cell;

use pilothouse_shared::Snapshot;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::engine::embedded::Embedded;
use crate::engine::embedded::tests::rig::*;
use crate::engine::{Draft, Engine, Stretch};

/// A store in memory with one channel whose events happened at these times.
async fn store(times: &[Millis]) -> Embedded {
    let engine = in_memory();
    engine.create(channel(), epoch(0)).await.unwrap();
    let placed = |(n, at): (usize, &Millis)| Draft {
        id: format!("id-{n}").parse().unwrap(),
        at: *at,
        ..draft(0)
    };
    let drafts = times.iter().enumerate().map(placed).collect();
    append_drafts(&engine, &epoch(0), drafts, &Told::new())
        .await
        .unwrap();
    engine
}

async fn save(engine: &Embedded, seq: u64) {
    let saved = engine.save(channel(), epoch(0), Seq(seq), Snapshot::default());
    saved.await.unwrap();
}

async fn aged_through(engine: &Embedded, before: Millis, now: Millis) -> Option<u64> {
    let aged = engine.aged(before, now).await.unwrap();
    assert!(aged.len() <= 1);
    aged.first().map(|aged| {
        assert_eq!((&aged.channel, &aged.epoch), (&channel(), &epoch(0)));
        aged.through.0
    })
}

#[test]
fn only_a_beginning_is_too_old_whatever_the_clock_did_in_between() {
    let cases: [(&[Millis], Option<u64>); 8] = [
        (&[], None),
        (&[10], None),
        (&[10, 20, 60, 70], Some(2)),
        (&[60, 10, 20, 70], None),
        (&[10, 60, 20, 70], Some(1)),
        (&[10, 20, 30], Some(2)),
        // Times after now are wrong: what follows says how old they are at least.
        (&[900, 10, 60, 70], Some(2)),
        (&[900, 901, 60, 10, 70], None),
    ];
    for (times, through) in cases {
        block_on(async {
            let engine = store(times).await;
            assert_eq!(aged_through(&engine, 50, 100).await, through, "{times:?}");
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_young_goes_by_age_and_little_that_is_old_stays(times in vec(0..150u64, 1..30)) {
        let (before, now) = (50, 100);
        block_on(async {
            let engine = store(&times).await;
            save(&engine, times.len() as u64).await;
            let through = aged_through(&engine, before, now).await.unwrap_or(0) as usize;
            let is_young = |at: &&u64| (before..=now).contains(*at);
            assert_eq!(times[..through].iter().find(is_young), None);
            assert!(through < times.len(), "the newest stays");
            if through > 0 {
                assert!(times[through - 1] < before);
                engine.prune(channel(), epoch(0), Seq(through as u64)).await.unwrap();
            }
            assert_eq!(aged_through(&engine, before, now).await, None, "done in one go");
            let kept = engine.read(channel(), epoch(0), Stretch::After(Seq::ZERO), 99).await.unwrap();
            let kept: Vec<_> = kept.iter().map(|event| event.at).collect();
            assert_eq!(kept, times[through..]);
        });
    }
}

#[test]
fn a_long_prune_lets_publishers_in_between() {
    block_on(async {
        let n = 20 * BATCH;
        let engine = store(&vec![1; usize::try_from(n).unwrap()]).await;
        save(&engine, n).await;
        // The turn after the one that stored them all is an ordinary one.
        let first = engine.prune(channel(), epoch(0), Seq(1)).await.unwrap();
        let base = Cell::new(first);
        let pruning = async {
            while base.get() < Seq(n) {
                base.set(engine.prune(channel(), epoch(0), Seq(n)).await.unwrap());
            }
        };
        let publishing = async {
            append(&engine, &epoch(0), &[1], &Told::new())
                .await
                .unwrap();
            // Not asked of the store, which would be further by the time it answers.
            base.get()
        };
        let ((), base_then) = tokio::join!(pruning, publishing);
        assert!(base_then < Seq(n), "{base_then} is the end");
        let left = engine
            .read(channel(), epoch(0), Stretch::After(Seq::ZERO), 9)
            .await;
        assert_eq!(left.unwrap().len(), 1);
    });
}

#[test]
fn pruning_outruns_publishing() {
    assert_eq!(
        [0, 1, 128, 129, 5000].map(batch),
        [256, 256, 256, 258, 10_000]
    );
}

#[test]
fn nothing_goes_that_no_saved_state_has_folded() {
    block_on(async {
        let engine = store(&[1; 9]).await;
        let base = engine.prune(channel(), epoch(0), Seq(9)).await.unwrap();
        assert_eq!(base, Seq::ZERO);
        save(&engine, 4).await;
        let base = engine.prune(channel(), epoch(0), Seq(9)).await.unwrap();
        assert_eq!(base, Seq(4));
    });
}
