use proptest::prelude::*;

use super::*;

const AREA: Rect = Rect {
    x: 0.0,
    y: 0.0,
    width: 900.0,
    height: 600.0,
};

fn tiles(paths: &[&str], zoom: &str) -> Vec<Tile> {
    layout(paths, zoom, AREA, Measures::at(1.0))
}

fn said(tiles: &[Tile]) -> Vec<(Kind, &str)> {
    tiles
        .iter()
        .map(|tile| (tile.kind, tile.label.as_str()))
        .collect()
}

#[test]
fn files_lie_in_their_folders() {
    let paths = ["README.md", "src/main.rs", "src/view/a.rs", "src/view/b.rs"];
    let expected = [
        (Kind::Folder, "src/"),
        (Kind::Folder, "view/"),
        (Kind::File, "a.rs"),
        (Kind::File, "b.rs"),
        (Kind::File, "main.rs"),
        (Kind::File, "README.md"),
    ];
    assert_eq!(said(&tiles(&paths, "")), expected);
}

#[test]
fn folders_with_one_thing_in_them_take_no_room() {
    let paths = ["/home/ada/x/a.rs", "/home/ada/x/b/c.rs"];
    let expected = [
        (Kind::Folder, "/home/ada/x/"),
        (Kind::File, "a.rs"),
        (Kind::File, "b/c.rs"),
    ];
    assert_eq!(said(&tiles(&paths, "")), expected);
}

#[test]
fn a_folder_is_shown_alone() {
    let paths = ["a/1", "a/2", "b/1", "b/2"];
    assert_eq!(
        said(&tiles(&paths, "b/")),
        [(Kind::File, "1"), (Kind::File, "2")]
    );
}

#[test]
fn ten_thousand_files_become_some_hundred_folders() {
    let paths: Vec<_> = (0..10_000)
        .map(|n| format!("d{:03}/e{:02}/f{n:05}.rs", n / 100, n / 10 % 10))
        .collect();
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    let tiles = tiles(&paths, "");
    assert!(tiles.len() < 1_500, "{} tiles", tiles.len());
    let shown: usize = tiles
        .iter()
        .filter(|tile| tile.kind != Kind::Folder)
        .map(|tile| tile.n_files)
        .sum();
    assert_eq!(shown, 10_000);
    assert!(paths.iter().all(|path| tile_of(&tiles, path).is_some()));
}

#[test]
fn what_is_deepest_is_pointed_at() {
    let tiles = tiles(&["src/a.rs", "src/b.rs"], "");
    let (x, y) = tiles[1].rect.middle();
    assert_eq!(tile_at(&tiles, x, y).unwrap().path, "src/a.rs");
    assert_eq!(tile_at(&tiles, 2.0, 2.0).unwrap().path, "src/");
    assert!(tile_at(&tiles, -1.0, 2.0).is_none());
}

proptest! {
    /// Whatever paths there are, every file is on one tile, inside the map.
    #[test]
    fn every_file_is_on_one_tile(paths in prop::collection::btree_set("([ab.é]{0,2}/){0,5}[ab]?", 1..80)) {
        let paths: Vec<_> = paths.iter().map(String::as_str).collect();
        let tiles = tiles(&paths, "");
        let n_files: usize = tiles.iter().filter(|tile| tile.kind != Kind::Folder).map(|tile| tile.n_files).sum();
        prop_assert_eq!(n_files, paths.len());
        for tile in &tiles {
            let rect = tile.rect;
            let is_inside = rect.x >= -0.01 && rect.y >= -0.01 && rect.x + rect.width <= 900.01 && rect.y + rect.height <= 600.01;
            prop_assert!(is_inside, "{:?}", tile);
        }
    }
}
