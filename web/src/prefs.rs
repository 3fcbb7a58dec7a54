//! What this browser remembers: who watches, and how the page is to be.

use pilothouse_shared::{EventId, MemberId};
use reactive_graph::owner::{expect_context, provide_context};

use crate::dom::{Held, follow};
use crate::page;
use crate::view::command::MOST_RECENT;
use crate::view::settings::{self, Settings};

const MEMBER: &str = "pilothouse.member";
const NAME: &str = "pilothouse.name";
const KEYS: &str = "pilothouse.keys";
const RECENT: &str = "pilothouse.recent";
const SETTINGS: &str = "pilothouse.settings";

/// Adjectives and birds make a name that people tell apart at a glance.
const ADJECTIVES: [&str; 8] = [
    "Bright", "Calm", "Early", "Keen", "Quiet", "Steady", "Swift", "Wry",
];
const BIRDS: [&str; 8] = [
    "Avocet",
    "Gannet",
    "Heron",
    "Kittiwake",
    "Petrel",
    "Plover",
    "Puffin",
    "Tern",
];

/// Who watches, and at which relay.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) member: MemberId,
    pub(crate) name: String,
    /// Scheme, host and port of the relay.
    pub(crate) relay: String,
    /// Credentials, where the browser has none of its own for this relay.
    pub(crate) token: Option<String>,
}

impl Identity {
    /// The one this browser keeps; made on the first visit, and again when it was tampered with.
    pub(crate) fn load() -> Option<Self> {
        let member = stored(MEMBER).and_then(|text| MemberId::new(text).ok());
        let member = match member {
            Some(member) => member,
            None => MemberId::new(format!("watcher-{}", &random_hex()[..16])).ok()?,
        };
        let name = stored(NAME).and_then(|name| settings::name(&name));
        let name = name.unwrap_or_else(make_name);
        store(MEMBER, member.as_str());
        store(NAME, &name);
        Some(Self {
            member,
            name,
            relay: page::origin(),
            token: None,
        })
    }
}

/// Keeps another name.
pub(crate) fn rename(name: &str) {
    store(NAME, name);
}

/// What a person has chosen; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Prefs(Held<Settings>);

impl Prefs {
    /// Reads what was chosen before, and lets the page follow it. Call it once, from the root.
    pub(crate) fn start() {
        let kept = stored(SETTINGS).unwrap_or_default();
        let prefs = Self(Held::new(Settings::read(&kept)));
        provide_context(prefs);
        follow(move || {
            let Settings { theme, density, .. } = prefs.get();
            page::mark("data-theme", theme.name());
            page::mark("data-density", density.name());
        });
    }

    /// What was chosen on this page.
    #[track_caller]
    pub(crate) fn here() -> Self {
        expect_context()
    }

    /// What was chosen.
    pub(crate) fn get(self) -> Settings {
        self.0.get()
    }

    /// What was chosen, read outside the graph.
    pub(crate) fn untracked(self) -> Settings {
        self.0.get_untracked()
    }

    /// Chooses otherwise.
    pub(crate) fn choose(self, change: impl FnOnce(&mut Settings)) {
        self.0.update(change);
        store(SETTINGS, &self.untracked().text());
    }
}

/// A fresh id for a publish.
pub(crate) fn new_id() -> Option<EventId> {
    EventId::new(random_hex()).ok()
}

fn make_name() -> String {
    let pick = |from: &[&'static str; 8]| from[(js_sys::Math::random() * 8.0) as usize % 8];
    format!("{} {}", pick(&ADJECTIVES), pick(&BIRDS))
}

/// 128 random bits. `randomUUID` is missing on plain http pages other than localhost.
fn random_hex() -> String {
    let mut bytes = [0_u8; 16];
    let filled = page::window().and_then(|window| window.crypto().ok());
    let filled = filled.and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).ok());
    if filled.is_none() {
        bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether keys of one letter do something; they do until somebody turns them off.
pub(crate) fn are_keys_on() -> bool {
    stored(KEYS).as_deref() != Some("off")
}

/// Turns keys of one letter on or off.
pub(crate) fn turn_keys(are_on: bool) {
    store(KEYS, if are_on { "on" } else { "off" });
}

/// The commands that were used last; what is no command any more fits none, and is not shown.
pub(crate) fn recent_commands() -> Vec<String> {
    let stored = stored(RECENT).unwrap_or_default();
    let known = stored.lines().filter(|id| !id.is_empty());
    known.take(MOST_RECENT).map(str::to_owned).collect()
}

/// Remembers the commands that were used last.
pub(crate) fn keep_recent_commands(ids: &[String]) {
    store(RECENT, &ids.join("\n"));
}

fn stored(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// A browser that refuses storage forgets; nothing else depends on it.
fn store(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

/// What this tab remembers under a name.
pub(crate) fn recalled(name: &str) -> Option<String> {
    tab()?.get_item(&format!("pilothouse.{name}")).ok()?
}

/// Remembers a text for as long as this tab lives; an empty one is forgotten.
pub(crate) fn recall_later(name: &str, text: &str) {
    let Some(tab) = tab() else { return };
    let name = format!("pilothouse.{name}");
    let _ = match text.is_empty() {
        true => tab.remove_item(&name),
        false => tab.set_item(&name, text),
    };
}

/// Forgets all that this tab remembers.
pub(crate) fn forget_tab() {
    if let Some(tab) = tab() {
        let _ = tab.clear();
    }
}

fn tab() -> Option<web_sys::Storage> {
    page::window()?.session_storage().ok()?
}

fn storage() -> Option<web_sys::Storage> {
    page::window()?.local_storage().ok()?
}
