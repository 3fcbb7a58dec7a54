use pilothouse_shared::{ChannelId, Event, Position, Replica, Seq, Snapshot};
use proptest::prelude::*;
use serde_json::json;

use super::super::known::{Listing, Stamp};
use super::*;

/// What is known of a folder with these files, each as `stage/name`.
fn folder(stages: &[&str], files: &[&str]) -> Known {
    let mut known = Known::default();
    let folders = stages.iter().map(|stage| (*stage).to_owned()).collect();
    let files_of = |stage: &str| {
        let inside = files.iter().filter_map(move |file| {
            let (of, name) = file.split_once('/')?;
            (of == stage).then(|| name.to_owned())
        });
        let stamp = Stamp {
            modified: None,
            bytes: 0,
        };
        inside.map(|name| (name, stamp)).collect()
    };
    let root = Listing {
        folders,
        ..Listing::default()
    };
    known.update("", Some(root));
    for stage in stages {
        let listing = Listing {
            files: files_of(stage),
            ..Listing::default()
        };
        known.update(stage, Some(listing));
    }
    known
}

fn told(moves: &Moves) -> Vec<String> {
    let told = moves.bodies.iter().map(|body| match body {
        Body::WorkItemChanged(it) => format!("{} {} {}", it.item, it.action, it.stage),
        other => other.type_name().to_owned(),
    });
    told.collect()
}

#[test]
fn an_item_that_lies_elsewhere_has_moved_and_its_files_have_not() {
    let mut board = Pipeline::new(Vec::new());
    board.whole(&folder(&["a", "b"], &["a/one", "a/two"]));
    let moves = board.next(&folder(&["a", "b"], &["b/one", "a/two"]));
    assert_eq!(told(&moves), ["one moved b"]);
    for path in ["a/one", "b/one", "b/one/inside.txt"] {
        assert!(moves.explains(path), "{path}");
    }
    assert!(!moves.explains("a/two") && !moves.explains("a/one-more"));
}

#[test]
fn an_item_that_is_gone_is_looked_for_once_more() {
    let mut board = Pipeline::new(Vec::new());
    board.whole(&folder(&["a", "b"], &["a/one"]));
    let moves = board.next(&folder(&["a", "b"], &[]));
    assert!(moves.is_open && moves.bodies.is_empty());
    let moves = board.next(&folder(&["a", "b"], &["b/one"]));
    assert_eq!(told(&moves), ["one moved b"]);
    for expected in [vec![], vec!["one removed b".to_owned()]] {
        assert_eq!(told(&board.next(&folder(&["a", "b"], &[]))), expected);
    }
}

#[test]
fn a_move_seen_half_way_is_one_move() {
    let mut board = Pipeline::new(Vec::new());
    board.whole(&folder(&["a", "b"], &["a/one"]));
    let half = board.next(&folder(&["a", "b"], &["a/one", "b/one"]));
    let rest = board.next(&folder(&["a", "b"], &["b/one"]));
    assert_eq!([told(&half), told(&rest)].concat(), ["one moved b"]);
    assert!(!rest.is_open);
}

#[test]
fn stages_are_in_the_order_people_count_or_ask_for() {
    let known = folder(&["10-done", "2-doing", "1-next", ".git"], &[]);
    let names = |board: &Pipeline| board.stages.clone();
    let mut board = Pipeline::new(Vec::new());
    board.whole(&known);
    assert_eq!(names(&board), ["1-next", "2-doing", "10-done"]);
    let mut board = Pipeline::new(vec!["2-doing".to_owned(), "later".to_owned()]);
    board.whole(&known);
    assert_eq!(names(&board), ["2-doing", "later"]);
}

#[test]
fn a_new_stage_is_a_new_board() {
    let mut board = Pipeline::new(Vec::new());
    board.whole(&folder(&["a"], &["a/one"]));
    let moves = board.next(&folder(&["a", "b"], &["a/one"]));
    assert_eq!(told(&moves), ["pipeline"]);
}

/// The board as a watcher knows it.
struct Watcher(Replica);

impl Watcher {
    fn new() -> Self {
        let channel: ChannelId = "c".parse().unwrap();
        let position = Position {
            epoch: "e".parse().unwrap(),
            seq: Seq::ZERO,
        };
        Self(Replica::at(channel, position, Snapshot::default()))
    }

    fn hear(&mut self, body: &Body) {
        let seq = self.0.position().unwrap().seq.0;
        let event: Event = serde_json::from_value(json!({
            "seq": seq + 1, "prev": seq, "id": format!("e{seq}"), "at": 1,
            "author": {"member": "m", "name": "n", "kind": "agent"},
            "body": serde_json::to_value(body).unwrap(),
        }))
        .unwrap();
        self.0.event(&event);
    }

    fn items(&self) -> BTreeSet<(String, String)> {
        let stages = self.0.snapshot().pipeline.iter();
        let items = stages.flat_map(|stage| {
            let name = stage.name.clone();
            stage
                .items
                .iter()
                .map(move |item| (name.clone(), item.item.clone()))
        });
        items.collect()
    }
}

proptest! {
    /// However items come, move and go, a watcher's board is that of the folder once it is quiet.
    #[test]
    fn a_watcher_knows_the_board(
        folders in prop::collection::vec(
            prop::collection::btree_set(("[abc]", "[wxyz]"), 0..6), 1..8,
        ),
    ) {
        let stages = ["a", "b", "c"];
        let (mut board, mut watcher) = (Pipeline::new(Vec::new()), Watcher::new());
        watcher.hear(&board.whole(&folder(&stages, &[])));
        for files in folders {
            let files: Vec<_> = files.iter().map(|(stage, name)| format!("{stage}/{name}")).collect();
            let files: Vec<_> = files.iter().map(String::as_str).collect();
            let known = folder(&stages, &files);
            let mut is_open = true;
            while is_open {
                let moves = board.next(&known);
                moves.bodies.iter().for_each(|body| watcher.hear(body));
                is_open = moves.is_open;
            }
            let wanted = items_of(&board.stages, &known);
            let wanted: BTreeSet<_> =
                wanted.into_iter().map(|(id, item)| (item.stage, id)).collect();
            prop_assert_eq!(watcher.items(), wanted);
        }
    }
}
