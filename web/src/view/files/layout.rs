//! Where each file and folder lies on the map.

use super::squarify::{Rect, squarify};
use crate::view::order::sort;

/// What the parts of the map measure at least, in device pixels at a scale of 1.
#[derive(Debug, Clone, Copy)]
pub struct Measures {
    /// Height of a folder's name.
    pub head: f64,
    /// Around what is in a folder.
    pub margin: f64,
    /// A folder smaller than this, either way, is one tile.
    pub folder: f64,
    /// So is one in which files and folders would have less than this area each.
    pub file: f64,
}

impl Measures {
    /// Those of a screen with so many device pixels for each pixel of the style.
    #[must_use]
    pub fn at(scale: f64) -> Self {
        Self {
            head: 18.0 * scale,
            margin: 3.0 * scale,
            folder: 48.0 * scale,
            file: 36.0 * scale * scale,
        }
    }
}

/// What a tile stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder; its files are tiles after it, on it.
    Folder,
    /// A folder whose files are too small to be shown.
    Bundle,
}

/// A part of the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// Where.
    pub rect: Rect,
    /// What.
    pub kind: Kind,
    /// The path; of a folder with a `/` at its end.
    pub path: String,
    /// What of the path is not said by the folders around it.
    pub label: String,
    /// Files in it.
    pub n_files: usize,
}

/// Files and folders beside each other.
struct Group<'a> {
    paths: &'a [&'a str],
    /// Bytes of the folder's path; none for a file.
    folder: Option<usize>,
}

/// The tiles of the files below the folder `zoom`, which is empty or ends with a `/`; each folder before what
/// is in it. `paths` are sorted.
#[must_use]
pub fn layout(paths: &[&str], zoom: &str, area: Rect, measures: Measures) -> Vec<Tile> {
    let below: Vec<_> = paths
        .iter()
        .copied()
        .filter(|path| path.starts_with(zoom))
        .collect();
    let mut tiles = Vec::new();
    if area.width > 0.0 && area.height > 0.0 {
        fill(&below, zoom.len(), area, measures, &mut tiles);
    }
    tiles
}

fn fill(paths: &[&str], from: usize, area: Rect, measures: Measures, tiles: &mut Vec<Tile>) {
    let mut groups = grouped(paths, from);
    // The largest first, which makes tiles squarer; equal ones keep their order.
    sort(&mut groups, |a, b| a.paths.len() > b.paths.len());
    let weights: Vec<_> = groups
        .iter()
        .map(|group| group.paths.len() as f64)
        .collect();
    for (group, rect) in groups.iter().zip(squarify(&weights, area)) {
        let n_files = group.paths.len();
        let first = group.paths[0];
        let (kind, path) = match group.folder {
            Some(end) if is_small(rect, group.paths, end, measures) => {
                (Kind::Bundle, &first[..end])
            }
            Some(end) => (Kind::Folder, &first[..end]),
            None => (Kind::File, first),
        };
        tiles.push(Tile {
            rect,
            kind,
            path: path.to_owned(),
            label: path[from..].to_owned(),
            n_files,
        });
        if kind == Kind::Folder {
            let inside = rect.inside(measures.margin, measures.head);
            fill(group.paths, path.len(), inside, measures, tiles);
        }
    }
}

/// Whether what lies directly in a folder would be too small to be told apart.
fn is_small(rect: Rect, paths: &[&str], folder: usize, measures: Measures) -> bool {
    let inside = rect.inside(measures.margin, measures.head);
    let is_narrow = rect.width.min(rect.height) < measures.folder;
    is_narrow || inside.area() / (grouped(paths, folder).len() as f64) < measures.file
}

/// What lies directly in a folder. Folders with nothing but one folder in them are one, and so is a folder with
/// one file.
fn grouped<'a>(paths: &'a [&'a str], from: usize) -> Vec<Group<'a>> {
    let mut groups = Vec::new();
    let mut rest = paths;
    while let Some(first) = rest.first() {
        let slash = first[from..].find('/').map(|at| from + at + 1);
        let n = match slash {
            Some(end) => rest.partition_point(|path| path.starts_with(&first[..end])),
            None => 1,
        };
        let (group, after) = rest.split_at(n.max(1));
        groups.push(Group {
            paths: group,
            folder: slash
                .filter(|_| group.len() > 1)
                .map(|end| common(group, end)),
        });
        rest = after;
    }
    groups
}

/// Bytes of the deepest folder that all of these are in; at least `end`.
fn common(sorted: &[&str], end: usize) -> usize {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
        return end;
    };
    let same = first
        .bytes()
        .zip(last.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let slash = first.as_bytes()[..same]
        .iter()
        .rposition(|byte| *byte == b'/');
    slash.map_or(end, |slash| end.max(slash + 1))
}

/// The deepest tile at a point.
#[must_use]
pub fn tile_at(tiles: &[Tile], x: f64, y: f64) -> Option<&Tile> {
    tiles.iter().rev().find(|tile| tile.rect.holds(x, y))
}

/// The tile that shows a file: its own, or that of a folder around it.
#[must_use]
pub fn tile_of<'a>(tiles: &'a [Tile], path: &str) -> Option<&'a Tile> {
    let shows = |tile: &&Tile| match tile.kind {
        Kind::File => tile.path == path,
        Kind::Bundle => path.starts_with(&tile.path),
        Kind::Folder => false,
    };
    tiles.iter().find(shows)
}

#[cfg(test)]
mod tests;
