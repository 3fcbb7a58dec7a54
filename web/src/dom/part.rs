//! Parts that come and go.

use std::collections::{HashMap, HashSet};

use reactive_graph::graph::untrack;
use reactive_graph::owner::Owner;
use web_sys::Node;

use super::{El, Known, follow, memo, text_node};
use crate::page;

/// One entry of a list.
pub(crate) struct Item {
    /// Unique in the list; the entry is built anew when it changes.
    key: String,
    build: Box<dyn FnOnce() -> El>,
}

impl Item {
    pub(crate) fn new(key: String, build: impl FnOnce() -> El + 'static) -> Self {
        let build = Box::new(build);
        Self { key, build }
    }
}

/// A run of nodes between two marks, wherever they are moved to.
struct Run {
    begin: Node,
    end: Node,
}

impl Run {
    fn new() -> (Self, El) {
        let (begin, end) = (text_node(""), text_node(""));
        let whole = fragment();
        let _ = whole.append_child(&begin);
        let _ = whole.append_child(&end);
        (Self { begin, end }, El(whole))
    }

    fn clear(&self) {
        while let Some(next) = self.begin.next_sibling() {
            if next == self.end {
                return;
            }
            remove(&next);
        }
    }

    fn insert(&self, node: &Node, before: &Node) {
        if let Some(parent) = self.end.parent_node() {
            let _ = parent.insert_before(node, Some(before));
        }
    }
}

/// No element at all.
pub(crate) fn nothing() -> El {
    El(fragment())
}

/// A part that is built anew whenever what `read` read changes.
pub(crate) fn part(read: impl FnMut() -> Option<El> + 'static) -> El {
    parted(Box::new(read))
}

fn parted(mut read: Box<dyn FnMut() -> Option<El>>) -> El {
    let (run, whole) = Run::new();
    follow(move || {
        let built = read();
        run.clear();
        if let Some(built) = built {
            run.insert(&built.0, &run.end);
        }
    });
    whole
}

/// A part that is there while a condition holds.
pub(crate) fn when(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    build: impl Fn() -> El + 'static,
) -> El {
    shown(memo(holds), Box::new(build))
}

fn shown(holds: Known<bool>, build: Box<dyn Fn() -> El>) -> El {
    parted(Box::new(move || holds.get().then(|| untrack(&build))))
}

/// A list whose entries stay as long as their keys do; each entry is one element.
pub(crate) fn list(each: impl FnMut() -> Vec<Item> + 'static) -> El {
    listed(Box::new(each))
}

fn listed(mut each: Box<dyn FnMut() -> Vec<Item>>) -> El {
    let (run, whole) = Run::new();
    let home = Owner::current().unwrap_or_default();
    let mut known: HashMap<String, Entry> = HashMap::new();
    // Used again: an owner remembers each child it ever had. As many as were on the page at once.
    let mut spare: Vec<Owner> = Vec::new();
    follow(move || {
        let items = each();
        let wanted: HashSet<&str> = items.iter().map(|item| item.key.as_str()).collect();
        // First, so that what stays is not moved: a moved element loses its focus.
        known.retain(|key, entry| wanted.contains(key.as_str()) || entry.leave(&mut spare));
        let mut before = std::mem::take(&mut known);
        let mut place = run.begin.clone();
        for item in items {
            if known.contains_key(&item.key) {
                continue;
            }
            let entry = before.remove(&item.key).unwrap_or_else(|| {
                Entry::new(spare.pop().unwrap_or_else(|| home.child()), item.build)
            });
            let built = &entry.built;
            let next = place.next_sibling();
            if next.as_ref() != Some(&built.0) {
                run.insert(&built.0, next.as_ref().unwrap_or(&run.end));
            }
            place = built.0.clone();
            known.insert(item.key, entry);
        }
    });
    whole
}

/// What stands for an item on the page.
struct Entry {
    owner: Owner,
    built: El,
}

impl Entry {
    fn new(owner: Owner, build: Box<dyn FnOnce() -> El>) -> Self {
        let built = untrack(|| owner.with(build));
        Self { owner, built }
    }

    /// Goes; never stays.
    fn leave(&self, spare: &mut Vec<Owner>) -> bool {
        self.owner.cleanup();
        remove(&self.built.0);
        spare.push(self.owner.clone());
        false
    }
}

fn remove(node: &Node) {
    if let Some(parent) = node.parent_node() {
        let _ = parent.remove_child(node);
    }
}

fn fragment() -> Node {
    match page::document() {
        Some(document) => document.create_document_fragment().into(),
        None => unreachable!("a page has a document"),
    }
}
