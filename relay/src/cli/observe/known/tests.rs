use proptest::prelude::*;

use super::*;

fn stamp(bytes: u64) -> Stamp {
    Stamp {
        modified: None,
        bytes,
    }
}

/// A folder tree: each file's path and content.
type Tree = BTreeMap<String, u64>;

/// The listing of a folder of the tree; folders are there as long as a file is in them.
fn list(tree: &Tree, folder: &str) -> Option<Listing> {
    let mut listing = Listing::default();
    let prefix = match folder {
        "" => String::new(),
        folder => format!("{folder}/"),
    };
    for (path, bytes) in tree {
        let Some(rest) = path.strip_prefix(&prefix) else {
            continue;
        };
        match rest.split_once('/') {
            None => drop(listing.files.insert(rest.to_owned(), stamp(*bytes))),
            Some((folder, _)) => drop(listing.folders.insert(folder.to_owned())),
        }
    }
    (folder.is_empty() || listing != Listing::default()).then_some(listing)
}

fn look(known: &mut Known, tree: &Tree, folder: &str) -> Vec<Change> {
    let listing = list(tree, folder);
    let inside = listing.iter().flat_map(|listing| &listing.folders);
    let inside: Vec<_> = inside.map(|name| join(folder, name)).collect();
    let mut changes = known.update(folder, listing);
    for path in inside {
        if known.folder(&path).is_none() {
            changes.extend(look(known, tree, &path));
        }
    }
    changes
}

fn trees() -> impl Strategy<Value = Tree> {
    let path = prop::collection::vec("[ab]", 1..4).prop_map(|parts| parts.join("/"));
    let files = prop::collection::btree_map(path, 0..3u64, 0..6);
    files.prop_map(|mut tree| {
        // A name is a file or a folder.
        let paths: Vec<_> = tree.keys().cloned().collect();
        tree.retain(|path, _| {
            let below = format!("{path}/");
            !paths.iter().any(|other| other.starts_with(&below))
        });
        tree
    })
}

proptest! {
    /// The changes told since are what makes the one tree from the other.
    #[test]
    fn changes_add_up_to_the_folder(trees in prop::collection::vec(trees(), 1..6)) {
        let (mut known, mut told) = (Known::default(), Tree::new());
        look(&mut known, &Tree::new(), "");
        for tree in trees {
            let mut changes = Vec::new();
            for folder in known.paths() {
                if known.folder(&folder).is_some() {
                    changes.extend(look(&mut known, &tree, &folder));
                }
            }
            for change in changes {
                let has = told.contains_key(&change.path);
                match change.access {
                    Access::Delete => {
                        prop_assert!(has, "{change:?}");
                        told.remove(&change.path);
                    }
                    access => {
                        prop_assert_eq!(has, access == Access::Write, "{:?}", &change);
                        told.insert(change.path.clone(), tree[&change.path]);
                    }
                }
            }
            prop_assert_eq!(&told, &tree);
            prop_assert_eq!(known.n_files, tree.len());
        }
    }

    /// One looks once it is quiet, and at the latest a second after the first stir.
    #[test]
    fn a_look_comes_after_silence_or_a_second(pauses in prop::collection::vec(0..400u64, 1..20)) {
        let (mut quiet, begun) = (Quiet::default(), Instant::now());
        let mut now = begun;
        prop_assert_eq!(quiet.due(), None);
        quiet.stirred(now);
        for pause in pauses {
            now += Duration::from_millis(pause);
            quiet.stirred(now);
            prop_assert_eq!(quiet.due(), Some((now + QUIET).min(begun + LOOK_WITHIN)));
        }
    }
}

#[test]
fn files_beyond_the_bound_are_left_out() {
    let files = (0..=MAX_FILES).map(|n| (format!("f{n}"), stamp(0)));
    let listing = Listing {
        files: files.collect(),
        folders: BTreeSet::new(),
    };
    let mut known = Known::default();
    let changes = known.update("", Some(listing));
    assert!(known.is_cut && changes.len() == MAX_FILES);
}
