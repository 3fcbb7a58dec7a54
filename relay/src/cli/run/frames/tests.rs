use pilothouse_shared::Display;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn grids() -> impl Strategy<Value = Grid> {
    (1..6u16, 1..5u16).prop_flat_map(|(width, height)| {
        let rows = prop::collection::vec("[ab]{0,3}", usize::from(height));
        rows.prop_map(move |rows| Grid {
            size: Size { width, height },
            rows,
        })
    })
}

proptest! {
    /// A relay that applies every frame shows what the screen shows.
    #[test]
    fn the_frames_add_up_to_the_screen(grids in prop::collection::vec(grids(), 1..20)) {
        let (mut frames, mut shown) = (Frames::default(), None::<Value>);
        for grid in grids {
            if let Some(op) = frames.next(grid.clone()) {
                shown = op.apply(shown.as_ref()).unwrap();
            }
            let display: Display = serde_json::from_value(shown.clone().unwrap()).unwrap();
            prop_assert_eq!(display.width, u32::from(grid.size.width));
            prop_assert_eq!(display.height, u32::from(grid.size.height));
            for (n, row) in grid.rows.iter().enumerate() {
                let shown = display.rows.get(&n.to_string()).map_or("", String::as_str);
                prop_assert_eq!(shown, row);
            }
        }
    }

    /// However often the screen changes, frames are at least a sixtieth of a second apart, and no
    /// change waits longer than that.
    #[test]
    fn frames_keep_their_distance(pauses in prop::collection::vec(0..40u64, 1..50)) {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        let mut last: Option<Instant> = None;
        for pause in pauses {
            now += Duration::from_millis(pause);
            let due = pace.due(now);
            prop_assert!(due >= now && due <= now + FRAME);
            prop_assert!(last.is_none_or(|last| due >= last + FRAME));
            now = due;
            pace.sent(now);
            last = Some(now);
        }
    }

    /// The largest screen with the worst rows is a signal that a relay takes.
    #[test]
    fn a_frame_always_fits_a_signal(side in 1..=MAX_SIDE, row in "[\u{1b}\"ü👍\u{301}]{0,40}") {
        let row = row.repeat(usize::from(MAX_SIDE) / 8);
        let grid = Grid {
            size: Size { width: MAX_SIDE, height: side },
            rows: vec![row; usize::from(side)],
        };
        let op = Frames::default().next(grid).unwrap();
        let value = op.apply(None).unwrap().unwrap();
        prop_assert!(serde_json::to_vec(&value).unwrap().len() <= MAX_SIGNAL_BYTES);
    }
}

#[test]
fn a_screen_that_did_not_change_is_not_sent() {
    let mut frames = Frames::default();
    let grid = Grid {
        size: Size::default(),
        rows: vec![String::new(); 24],
    };
    assert!(frames.next(grid.clone()).is_some(), "its size is news");
    assert_eq!(frames.next(grid), None);
}

#[test]
fn a_size_is_columns_and_rows() {
    assert_eq!("100x30".parse(), Ok(Size::new(100, 30)));
    for text in ["", "100", "0x3", "3x", "axb", "1000x10", "10x10x10"] {
        assert!(text.parse::<Size>().is_err(), "{text}");
    }
}

#[test]
fn a_display_says_who_takes_what_is_typed() {
    let input = |taker: Option<&str>| {
        let taker = taker.map(|taker| taker.parse().unwrap());
        let grid = Grid {
            size: Size::default(),
            rows: vec![String::new(); 24],
        };
        let op = Frames::with_input(taker).next(grid).unwrap();
        op.apply(None).unwrap().unwrap()["input"].take()
    };
    assert_eq!(input(Some("run-1")), "run-1");
    assert_eq!(input(None), Value::Null);
}
