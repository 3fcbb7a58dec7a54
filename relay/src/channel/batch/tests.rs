//! Where a write may stop, and who may begin where.

use pilothouse_shared::{Body, ChannelId, Event, MemberId, MemberKind};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn viewer() -> Author {
    Author {
        member: MemberId::new("ada").unwrap(),
        name: "Ada".to_owned(),
        kind: MemberKind::Human,
    }
}

fn event(seq: u64, text: &str) -> Arc<Prepared> {
    let body = json!({"type": "message", "role": "user", "text": text});
    let _: Body = serde_json::from_value(body.clone()).unwrap();
    let event: Event = serde_json::from_value(json!({
        "seq": seq, "prev": seq - 1, "id": seq.to_string(), "at": 1, "body": body,
        "author": {"member": "a", "name": "a", "kind": "agent"},
    }))
    .unwrap();
    Arc::new(Prepared::new(ChannelId::new("c").unwrap(), event))
}

fn batch(texts: &[String]) -> Batch {
    let numbered = texts.iter().zip(11_u64..);
    let news = News {
        events: numbered.map(|(text, seq)| event(seq, text)).collect(),
        signals: Vec::new(),
    };
    let start = Cursor {
        seq: Seq(10),
        tick: 3,
    };
    Batch::new(start, &news, &viewer(), Encoding::Json)
}

proptest! {
    #[test]
    fn a_write_that_stops_anywhere_is_continued_without_a_byte_lost_or_doubled(
        texts in prop::collection::vec(".{0,40}", 1..10),
        sizes in prop::collection::vec(0_usize..400, 1..60),
    ) {
        let batch = batch(&texts);
        let (mut written, mut next) = (Vec::new(), 0);
        for size in sizes.iter().cycle().take(10_000) {
            let offered = batch.bytes_from(next);
            let n = offered.len().min(*size);
            written.extend_from_slice(&offered[..n]);
            let (n_taken, rest) = batch.cut(next, n);
            prop_assert_eq!(n_taken == 0, n == 0 || offered.is_empty());
            // The rest of a frame that was begun goes out before anything else.
            written.extend_from_slice(rest);
            next += n_taken;
            prop_assert_eq!(batch.next_for(batch.cursor_after(next)), Some(next));
            if next == batch.len() || sizes.iter().all(|size| *size == 0) {
                break;
            }
        }
        prop_assert!(batch.bytes_from(0).starts_with(&written));
        prop_assert!(next < batch.len() || written == batch.bytes_from(0));
    }
}

#[test]
fn a_cursor_that_the_batch_does_not_know_is_told_so() {
    let batch = batch(&["one".to_owned(), "two".to_owned()]);
    let at = |seq, tick| Cursor {
        seq: Seq(seq),
        tick,
    };
    assert_eq!(batch.next_for(at(10, 3)), Some(0));
    assert_eq!(batch.next_for(at(11, 3)), Some(1));
    assert_eq!(batch.next_for(at(12, 3)), Some(2));
    for elsewhere in [at(9, 3), at(11, 2), at(10, 4), at(13, 3)] {
        assert_eq!(batch.next_for(elsewhere), None);
    }
}
