//! Every key that does something, in one table: what the page does, and what it says it does.

use super::route::View;

/// What a key does anywhere on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Shows all keys.
    Keys,
    /// Goes to all channels.
    Fleet,
    /// Goes to all open requests.
    Inbox,
    /// Goes to a view of the channel.
    View(View),
    /// Presses the control that names this key in `aria-keyshortcuts`, or puts the focus there when one can
    /// write in it.
    Control(&'static str),
}

/// A key, or keys one after the other.
#[derive(Debug)]
pub struct Key {
    /// As they are written on keyboards.
    pub keys: &'static [&'static str],
    /// What it does, for people.
    pub says: &'static str,
    /// What it does; `None` for what the element with the focus does by itself.
    pub act: Option<Act>,
}

const fn key(keys: &'static [&'static str], says: &'static str, act: Act) -> Key {
    let act = Some(act);
    Key { keys, says, act }
}

const fn own(keys: &'static [&'static str], says: &'static str) -> Key {
    let act = None;
    Key { keys, says, act }
}

/// Every key, by where it works.
pub const GROUPS: [(&str, &[Key]); 3] = [
    (
        "Anywhere",
        &[
            own(&["Ctrl K", "⌘ K"], "Search, go, do"),
            key(&["?"], "Show this list", Act::Keys),
            key(&["g", "f"], "Go to all channels", Act::Fleet),
            key(&["g", "i"], "Go to the inbox", Act::Inbox),
            key(&["/"], "Search or filter", Act::Control("/")),
            own(&["Esc"], "Close what is open"),
        ],
    ),
    (
        "In a channel",
        &[
            key(&["1"], "Feed", Act::View(View::Feed)),
            key(&["2"], "Files", Act::View(View::Files)),
            key(&["3"], "Pipeline", Act::View(View::Pipeline)),
            key(&["4"], "Display", Act::View(View::Display)),
            key(&["5"], "History", Act::View(View::History)),
            key(&["h"], "Write a hint", Act::Control("h")),
            key(&["p"], "Pause, or go on", Act::Control("p")),
        ],
    ),
    (
        "Where the focus is",
        &[
            own(&["↑", "↓"], "From row to row of the feed"),
            own(&["End"], "Follow the feed again"),
            own(&["j", "k"], "From request to request of the inbox"),
            own(&["a", "d"], "Allow, or deny, the request"),
            own(&["←", "→"], "From event to event in the past"),
        ],
    ),
];

/// Keys that wait for a second one.
#[derive(Debug, Default)]
pub struct Pressed(Option<&'static str>);

impl Pressed {
    /// What a key does after those before it.
    pub fn press(&mut self, key: &str) -> Option<Act> {
        let before = self.0.take();
        let all = GROUPS.iter().flat_map(|(_, keys)| keys.iter());
        let mut all = all.filter_map(|one| Some((one.keys, one.act?)));
        let is_meant = |keys: &[&str]| match (before, keys) {
            (Some(before), [first, second]) => *first == before && *second == key,
            (None, [only]) => *only == key,
            _ => false,
        };
        if let Some((_, act)) = all.clone().find(|(keys, _)| is_meant(keys)) {
            return Some(act);
        }
        let begun = all.find(|(keys, _)| keys.len() == 2 && keys[0] == key);
        self.0 = begun.map(|(keys, _)| keys[0]);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let all: Vec<_> = GROUPS.iter().flat_map(|(_, keys)| keys.iter()).collect();
        let acting = || all.iter().filter(|key| key.act.is_some());
        for one in acting() {
            assert_eq!(
                acting().filter(|key| key.keys == one.keys).count(),
                1,
                "{one:?}"
            );
            // Else the first key would never come to its second.
            let is_first = |key: &&&Key| key.keys.len() == 2 && one.keys == [key.keys[0]];
            assert_eq!(acting().filter(is_first).count(), 0, "{one:?}");
        }
    }

    #[test]
    fn every_view_has_the_number_of_its_tab() {
        for (index, view) in View::ALL.into_iter().enumerate() {
            let act = Pressed::default().press(&(index + 1).to_string());
            assert_eq!(act, Some(Act::View(view)));
        }
    }

    #[test]
    fn two_keys_one_after_the_other_are_one() {
        let mut pressed = Pressed::default();
        assert_eq!(pressed.press("g"), None);
        assert_eq!(pressed.press("f"), Some(Act::Fleet));
        assert_eq!(pressed.press("f"), None);
    }

    #[test]
    fn another_key_in_between_begins_anew() {
        let mut pressed = Pressed::default();
        assert_eq!(pressed.press("g"), None);
        assert_eq!(pressed.press("x"), None);
        assert_eq!(pressed.press("i"), None);
        assert_eq!(pressed.press("g"), None);
        assert_eq!(pressed.press("g"), None);
        assert_eq!(pressed.press("i"), Some(Act::Inbox));
    }
}
