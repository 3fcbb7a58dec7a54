//! A board made of folders: each subfolder a stage, what lies in it an item. Pure: it is given what is
//! known of the folder.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use pilothouse_shared::limits::snapshot::{ITEMS, STAGES};
use pilothouse_shared::{Body, Extra, PipelineChanged, Stage, WorkItem, WorkItemChanged};

use super::known::{Known, join};

/// The board as it was last told.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    /// In the order asked for; empty for every subfolder there is.
    asked: Vec<String>,
    stages: Vec<String>,
    /// Each item's id to where it is; at most [`ITEMS`].
    items: BTreeMap<String, Item>,
    /// Items that were not there at the last look, or there twice: not told yet. Somebody who moves an
    /// item while one looks makes it seem so.
    doubtful: BTreeSet<String>,
}

/// Where an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    stage: String,
    name: String,
}

/// What happened on the board.
#[derive(Debug, Default)]
pub(super) struct Moves {
    pub(super) bodies: Vec<Body>,
    /// Where items that moved were and are.
    moved: Vec<String>,
    /// Whether another look must say.
    pub(super) is_open: bool,
}

impl Moves {
    /// Whether a change of this file is that its item moved.
    pub(super) fn explains(&self, path: &str) -> bool {
        let is_of = |place: &String| {
            let rest = path.strip_prefix(place.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.moved.iter().any(is_of)
    }
}

impl Pipeline {
    /// A board of these subfolders, or of all.
    pub(super) fn new(asked: Vec<String>) -> Self {
        Self {
            asked,
            ..Self::default()
        }
    }

    /// The whole board as it is, which counts as told.
    pub(super) fn whole(&mut self, known: &Known) -> Body {
        self.stages = self.stages_of(known);
        self.items = items_of(&self.stages, known);
        self.doubtful.clear();
        self.body()
    }

    /// What has changed since it was last told.
    pub(super) fn next(&mut self, known: &Known) -> Moves {
        let stages = self.stages_of(known);
        if stages != self.stages {
            let bodies = vec![self.whole(known)];
            return Moves {
                bodies,
                ..Moves::default()
            };
        }
        let now = items_of(&stages, known);
        let before = std::mem::take(&mut self.doubtful);
        let mut moves = Moves::default();
        let ids: BTreeSet<_> = self.items.keys().chain(now.keys()).cloned().collect();
        for id in ids {
            let (was, is) = (self.items.get(&id).cloned(), now.get(&id).cloned());
            let is_twin = is.as_ref().is_some_and(|is| is.name != id);
            let is_doubtful = was.is_some() && is.is_none() || was.is_none() && is_twin;
            if is_doubtful && !before.contains(&id) {
                self.doubtful.insert(id);
                continue;
            }
            moves.tell(&id, was.as_ref(), is.as_ref());
            match is {
                Some(is) => self.items.insert(id, is),
                None => self.items.remove(&id),
            };
        }
        moves.is_open = !self.doubtful.is_empty();
        moves
    }

    fn stages_of(&self, known: &Known) -> Vec<String> {
        let Some(root) = known.folder("") else {
            return Vec::new();
        };
        let mut stages: Vec<_> = match self.asked.is_empty() {
            false => self.asked.clone(),
            true => root.folders.iter().filter(is_shown).cloned().collect(),
        };
        if self.asked.is_empty() {
            stages.sort_by(|a, b| natural(a, b));
        }
        stages.truncate(STAGES);
        stages
    }

    fn body(&self) -> Body {
        let stage = |name: &String| {
            let inside = self.items.iter().filter(|(_, item)| item.stage == *name);
            let items = inside.map(|(id, _)| WorkItem {
                item: id.clone(),
                title: None,
                extra: Extra::new(),
            });
            Stage {
                name: name.clone(),
                items: items.collect(),
                extra: Extra::new(),
            }
        };
        Body::PipelineChanged(PipelineChanged {
            stages: self.stages.iter().map(stage).collect(),
            extra: Extra::new(),
        })
    }
}

impl Moves {
    fn tell(&mut self, id: &str, was: Option<&Item>, is: Option<&Item>) {
        let (item, action) = match (was, is) {
            (None, Some(is)) => (is, "added"),
            (Some(was), None) => (was, "removed"),
            (Some(was), Some(is)) if was.stage != is.stage => {
                self.moved.push(join(&was.stage, &was.name));
                self.moved.push(join(&is.stage, &is.name));
                (is, "moved")
            }
            _ => return,
        };
        self.bodies.push(Body::WorkItemChanged(WorkItemChanged {
            item: id.to_owned(),
            stage: item.stage.clone(),
            action: action.to_owned(),
            commit: None,
            extra: Extra::new(),
        }));
    }
}

/// Every item by its id: its name. Where two stages have one of a name, the later has the name, and the
/// other is called `stage/name`.
fn items_of(stages: &[String], known: &Known) -> BTreeMap<String, Item> {
    let mut items = BTreeMap::new();
    for stage in stages.iter().rev() {
        let Some(inside) = known.folder(stage) else {
            continue;
        };
        let names = inside.files.keys().chain(&inside.folders);
        for name in names.filter(is_shown) {
            if items.len() == ITEMS {
                return items;
            }
            let id = match items.contains_key(name) {
                true => join(stage, name),
                false => name.clone(),
            };
            let (stage, name) = (stage.clone(), name.clone());
            items.insert(id, Item { stage, name });
        }
    }
    items
}

/// Hidden files keep a folder, or settings.
fn is_shown(name: &&String) -> bool {
    !name.starts_with('.')
}

/// As people count: 2 before 10.
fn natural(a: &str, b: &str) -> Ordering {
    let split = |text: &str| {
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let number = text[..end].parse::<u64>().ok();
        (number.is_none(), number, text[end..].to_owned())
    };
    split(a).cmp(&split(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests;
