//! All channels together: which are followed, which are shown, and in which order.

use std::sync::Arc;

use pilothouse_shared::{ChannelId, Millis};

use super::card::{Card, Standing};
use super::order::sort;

/// Channels that are followed at a time: those where somebody waits, then those heard of last. A
/// connection has room for more, see [`pilothouse_shared::limits::MAX_SUBSCRIPTIONS`].
pub const FOLLOWED: usize = 100;

/// A followed channel stays followed until it falls this far behind: two that take turns are not asked
/// for again and again.
pub const SLACK: usize = 12;

/// What changes about what is followed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// To follow from now on.
    pub follow: Vec<ChannelId>,
    /// To follow no longer.
    pub leave: Vec<ChannelId>,
}

/// Which channels to follow, of those the relay listed.
#[must_use]
pub fn plan(listed: &[Card], followed: &[ChannelId]) -> Plan {
    let mut ranked: Vec<&Card> = listed.iter().collect();
    sort(&mut ranked, |a, b| {
        let rank = |card: &&Card| (card.n_open_requests > 0, card.last_at);
        rank(a) > rank(b) || (rank(a) == rank(b) && a.id < b.id)
    });
    let ids = || ranked.iter().map(|card| &card.id);
    let kept: Vec<&ChannelId> = ids()
        .take(FOLLOWED + SLACK)
        .filter(|id| followed.contains(*id))
        .collect();
    let is_new = |id: &&ChannelId| !kept.contains(id);
    let n_free = (FOLLOWED + SLACK).saturating_sub(kept.len());
    Plan {
        follow: ids()
            .take(FOLLOWED)
            .filter(is_new)
            .take(n_free)
            .cloned()
            .collect(),
        leave: followed.iter().filter(is_new).cloned().collect(),
    }
}

/// What a person looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// All of these words are there, in any case.
    pub text: String,
    /// It stands so.
    pub standing: Option<Standing>,
}

impl Filter {
    /// Whether nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.standing.is_none()
    }

    fn finds(&self, card: &Card) -> bool {
        let mut words = self.text.split_whitespace().peekable();
        if words.peek().is_none() {
            return true;
        }
        let session = card.session.as_ref();
        let said = [
            Some(card.title()),
            Some(card.id.to_string()),
            card.crew(),
            card.doing(),
            card.status(),
            session.and_then(|session| session.cwd.clone()),
        ];
        let said: Vec<String> = said.iter().flatten().map(|said| small(said)).collect();
        words.all(|word| {
            let word = small(word);
            said.iter().any(|said| said.contains(&word))
        })
    }
}

/// The cards as they are shown: by standing; those that wait and work by name, so that they keep their
/// places while they change; the others with the most recently heard of first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Groups {
    /// One for each standing, in the order of [`Standing::ALL`].
    pub found: [Vec<Arc<Card>>; 4],
    /// How many there are of each standing, found or not.
    pub n_standing: [usize; 4],
}

/// By which cards that must not jump about keep their places.
fn name_of(card: &Card) -> (String, &ChannelId) {
    (card.title().to_ascii_lowercase(), &card.id)
}

impl Groups {
    /// Those that are found.
    #[must_use]
    pub fn of(cards: Vec<Arc<Card>>, filter: &Filter, now: Millis) -> Self {
        let mut groups = Self::default();
        for card in cards {
            let standing = card.standing(now);
            let at = standing as usize;
            if filter.finds(&card) {
                groups.n_standing[at] += 1;
                if filter.standing.is_none_or(|wanted| wanted == standing) {
                    groups.found[at].push(card);
                }
            }
        }
        let [waiting, working, idle, gone] = &mut groups.found;
        for live in [waiting, working] {
            sort(live, |a, b| name_of(a) < name_of(b));
        }
        for still in [idle, gone] {
            sort(still, |a, b| {
                a.last_at > b.last_at || (a.last_at == b.last_at && a.id < b.id)
            });
        }
        groups
    }

    /// How many are shown.
    #[must_use]
    pub fn n_found(&self) -> usize {
        self.found.iter().map(Vec::len).sum()
    }
}

/// In small letters. The browser has the tables for that, which would cost the page kilobytes.
#[cfg(target_arch = "wasm32")]
fn small(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

#[cfg(not(target_arch = "wasm32"))]
fn small(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn card(id: &str, last_at: u64, n_open: u64, doing: &str) -> Card {
        let mut card = json!({"id": id, "last_at": last_at, "n_open_requests": n_open});
        if !doing.is_empty() {
            card["operation"] = json!({"operation": doing});
        }
        serde_json::from_value(card).unwrap()
    }

    fn shown(groups: &Groups) -> Vec<&str> {
        let all = groups.found.iter().flatten();
        all.map(|card| card.id.as_str()).collect()
    }

    fn some() -> Vec<Arc<Card>> {
        let cards = [
            card("zeta", 5, 0, "Testing the parser"),
            card("idle-old", 1, 0, ""),
            card("asks", 0, 1, ""),
            card("alpha", 2, 0, "Reading"),
            card("idle-new", 3, 0, ""),
        ];
        cards.into_iter().map(Arc::new).collect()
    }

    #[test]
    fn waiting_comes_first_then_working_by_name_then_idle_by_age() {
        let groups = Groups::of(some(), &Filter::default(), 6);
        let order = ["asks", "alpha", "zeta", "idle-new", "idle-old"];
        assert_eq!(shown(&groups), order);
    }

    #[test]
    fn one_looks_for_words_and_for_a_standing() {
        let looked = |text: &str, standing| {
            let text = text.to_owned();
            Groups::of(some(), &Filter { text, standing }, 6)
        };
        assert_eq!(shown(&looked("PARSER zeta", None)), ["zeta"]);
        assert_eq!(shown(&looked("idle", Some(Standing::Working))), [""; 0]);
        let working = looked("", Some(Standing::Working));
        assert_eq!(shown(&working), ["alpha", "zeta"]);
        assert_eq!(working.n_standing, [1, 2, 2, 0]);
    }

    #[test]
    fn who_waits_is_followed_before_who_was_heard_of_last() {
        let mut cards: Vec<_> = (0..200)
            .map(|n| card(&format!("c{n}"), 1_000 + n, 0, ""))
            .collect();
        cards.push(card("asks", 1, 1, ""));
        let plan = plan(&cards, &[]);
        assert_eq!(plan.follow.len(), FOLLOWED);
        assert_eq!(plan.follow[0].as_str(), "asks");
        assert_eq!(plan.follow[1].as_str(), "c199");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn never_more_is_followed_than_there_is_room_for(
            ages in prop::collection::vec((0..500u64, 0..2u64), 0..300),
            before in prop::collection::btree_set(0..400usize, 0..(FOLLOWED + SLACK)),
        ) {
            let id = |n: usize| ChannelId::new(format!("c{n}")).unwrap();
            let cards: Vec<_> = ages.iter().enumerate()
                .map(|(n, (at, open))| card(&format!("c{n}"), *at, *open, "")).collect();
            let mut followed: Vec<_> = before.into_iter().map(id).collect();
            let plan = plan(&cards, &followed);
            prop_assert!(plan.leave.iter().all(|gone| followed.contains(gone)));
            followed.retain(|id| !plan.leave.contains(id));
            prop_assert!(!plan.follow.iter().any(|new| followed.contains(new)));
            followed.extend(plan.follow);
            prop_assert!(followed.len() <= FOLLOWED + SLACK);
            prop_assert!(followed.len() >= cards.len().min(FOLLOWED));
            prop_assert!(followed.iter().all(|id| cards.iter().any(|card| card.id == *id)));
            let again = super::plan(&cards, &followed);
            prop_assert_eq!(again, Plan::default());
        }
    }
}
