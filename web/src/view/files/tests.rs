use pilothouse_shared::read::Read;
use serde_json::json;

use super::*;

fn file(path: &str, at: Millis) -> FileEntry {
    let entry = json!({"path": path, "access": "read", "at": at, "n_reads": 1, "n_writes": 0, "heat": 1000});
    FileEntry::read(entry).unwrap()
}

fn paths(atlas: &Atlas) -> Vec<&str> {
    atlas.files().keys().map(String::as_str).collect()
}

#[test]
fn what_left_the_snapshot_stays_on_the_map() {
    let mut atlas = Atlas::default();
    assert_eq!(
        atlas.take(&[file("a", 1), file("b", 2)], 2, None),
        News::Files
    );
    assert_eq!(atlas.take(&[file("b", 2)], 2, None), News::None);
    assert_eq!(atlas.take(&[file("b", 3)], 3, None), News::Warmer);
    assert_eq!(
        atlas.take(&[file("b", 3), file("c", 4)], 4, None),
        News::Files
    );
    assert_eq!(paths(&atlas), ["a", "b", "c"]);
}

#[test]
fn an_earlier_moment_is_another_map() {
    let mut atlas = Atlas::default();
    atlas.take(&[file("a", 1), file("b", 2)], 2, None);
    assert_eq!(atlas.take(&[file("a", 1)], 1, None), News::Files);
    assert_eq!(paths(&atlas), ["a"]);
}

#[test]
fn paths_are_shown_from_the_working_folder() {
    let mut atlas = Atlas::default();
    let files = [
        file("/home/ada/x/src/a.rs", 1),
        file("/etc/hosts", 1),
        file("/home/ada/xy", 1),
    ];
    atlas.take(&files, 3, Some("/home/ada/x/"));
    assert_eq!(paths(&atlas), ["/etc/hosts", "/home/ada/xy", "src/a.rs"]);
}

#[test]
fn the_map_has_a_bound() {
    let mut atlas = Atlas::default();
    for n in 0..12_000 {
        atlas.take(&[file(&n.to_string(), n)], n, None);
    }
    assert!(atlas.files().len() <= MAX_FILES);
    assert!(atlas.files().contains_key("11999") && !atlas.files().contains_key("0"));
}

#[test]
fn a_file_cools_down_until_nothing_is_to_be_drawn() {
    let mut atlas = Atlas::default();
    assert_eq!(atlas.next_picture(100_000, false), None);
    atlas.take(&[file("a", 1_000)], 1, None);
    let glow = |at| glow(&atlas.files()["a"], at);
    assert!(glow(1_000) > glow(31_000) && glow(31_000) > glow(61_000));
    assert_eq!(atlas.next_picture(2_000, false), Some(40));
    assert_eq!(atlas.next_picture(2_000, true), Some(5_000));
    assert_eq!(atlas.next_picture(20_000, false), Some(1_000));
    assert_eq!(
        (glow(1_000_000), atlas.next_picture(1_000_000, false)),
        (0.0, None)
    );
}

#[test]
fn the_trail_is_the_way_of_the_last_seconds() {
    let mut atlas = Atlas::default();
    let files: Vec<_> = (0..20).map(|n| file(&format!("f{n}"), 1_000 + n)).collect();
    atlas.take(&files, 20, None);
    let trail = atlas.trail(2_000);
    assert_eq!((trail.len(), trail[0].0, trail[11].0), (12, "f8", "f19"));
    assert!(atlas.trail(60_000).is_empty());
}

#[test]
fn files_are_found_by_any_part_of_their_path() {
    let mut atlas = Atlas::default();
    atlas.take(
        &[
            file("src/Main.rs", 1),
            file("docs/main.md", 2),
            file("x", 3),
        ],
        3,
        None,
    );
    let (found, n_found) = atlas.found("MAIN", 1);
    assert_eq!((found[0].0, n_found), ("docs/main.md", 2));
    assert_eq!(atlas.found("", 9).1, 3);
}
