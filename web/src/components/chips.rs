//! What a person pointed at, to go with the next hint.

use reactive_graph::owner::{provide_context, use_context};

use super::icon::icon;
use crate::dom::{El, Held, Item, el, list, when};

/// Most chips at once: more than that nobody means.
const MOST: usize = 8;

/// Something to point at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    /// A path, or another name.
    pub(crate) path: String,
    /// The thing itself, such as a function's signature.
    pub(crate) signature: Option<String>,
}

/// The chips of a channel's page; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Chips {
    held: Held<Vec<Target>>,
}

impl Chips {
    /// None yet; for everything below the current owner.
    pub(crate) fn provide() {
        provide_context(Self {
            held: Held::new(Vec::new()),
        });
    }

    /// Those of the page here; where none were provided, some that nobody else adds to.
    pub(crate) fn get() -> Self {
        use_context().unwrap_or_else(|| Self {
            held: Held::new(Vec::new()),
        })
    }

    /// Puts a chip into the composer, unless it is there.
    pub(crate) fn add(self, path: &str, signature: Option<&str>) {
        let target = Target {
            path: path.to_owned(),
            signature: signature.map(str::to_owned),
        };
        self.held.update(|all| {
            if !all.contains(&target) && all.len() < MOST {
                all.push(target);
            }
        });
    }

    /// Whether there is none.
    pub(crate) fn is_empty(self) -> bool {
        self.held.with(Vec::is_empty)
    }

    /// All of them; none is left.
    pub(crate) fn take(self) -> Vec<Target> {
        let all = self.held.get_untracked();
        self.held.set(Vec::new());
        all
    }

    /// The chips; a press removes one.
    pub(crate) fn shown(self) -> El {
        let each = move || {
            self.held
                .get()
                .into_iter()
                .map(|one| self.item(one))
                .collect()
        };
        when(
            move || !self.is_empty(),
            move || {
                el("ul", "composer__chips")
                    .attr("aria-label", "Pointed at")
                    .add(list(each))
            },
        )
    }

    fn item(self, target: Target) -> Item {
        let key = format!("{:?} {:?}", target.path, target.signature);
        Item::new(key, move || {
            let name = target.signature.as_ref().unwrap_or(&target.path).clone();
            let remove = el("button", "target")
                .attr("title", &target.path)
                .attr("aria-label", &format!("Do not point at {name}"))
                .test("chip")
                .press(move || {
                    self.held.update(|all| all.retain(|one| *one != target));
                });
            let remove = remove
                .add(icon("file"))
                .add(el("bdi", "").text(&name))
                .add(icon("cross"));
            el("li", "").add(remove)
        })
    }
}
