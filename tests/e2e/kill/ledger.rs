//! What must be true of the history, whatever was killed when.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::publisher::{Sent, seqs};

/// The history of every channel as it was found, and what was said about it.
#[derive(Debug)]
pub(super) struct Ledger {
    channels: HashMap<&'static str, History>,
    n_acknowledged: u64,
    n_unsure: u64,
}

#[derive(Debug, Default)]
struct History {
    /// Every id ever found, at its seq.
    found: BTreeMap<u64, String>,
    ids: HashMap<String, u64>,
    /// Everything ever sent.
    sent: HashSet<String>,
    /// Up to here nothing was invented. The first event is the channel's creation.
    n_checked: u64,
}

impl History {
    fn head(&self) -> u64 {
        self.found.last_key_value().map_or(0, |(seq, _)| *seq)
    }

    fn add(&mut self, seq: u64, id: &str) {
        let before = self.ids.insert(id.to_owned(), seq);
        assert_eq!(before, None, "{id} is stored twice");
        self.found.insert(seq, id.to_owned());
    }
}

impl Ledger {
    pub(super) fn of(channels: &[&'static str]) -> Self {
        let empty = |channel: &&'static str| {
            let history = History {
                n_checked: 1,
                ..History::default()
            };
            (*channel, history)
        };
        Self {
            channels: channels.iter().map(empty).collect(),
            n_acknowledged: 0,
            n_unsure: 0,
        }
    }

    /// The newest seq known.
    pub(super) fn head(&self, channel: &str) -> u64 {
        self.channels[channel].head()
    }

    /// Publishes that were acknowledged, and those that were cut off.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.n_acknowledged, self.n_unsure)
    }

    /// These events follow on what is known.
    pub(super) fn follow(&mut self, channel: &str, events: &[Value]) {
        let history = self.channels.get_mut(channel).unwrap();
        for event in events {
            let (seq, id) = place(event);
            assert_eq!(event["prev"], history.head(), "{event}");
            assert!(seq > history.head(), "{event}");
            history.add(seq, id);
        }
    }

    /// One more event, which was just stored.
    pub(super) fn also(&mut self, channel: &str, seq: u64, id: &str) {
        let history = self.channels.get_mut(channel).unwrap();
        assert_eq!(seq, history.head() + 1, "{id}");
        history.sent.insert(id.to_owned());
        history.add(seq, id);
    }

    /// What was acknowledged is there, where it was acknowledged; what is there was sent; what belongs
    /// together came or went together.
    pub(super) fn check(&mut self, all: &[Sent]) {
        for sent in all {
            let history = self.channels.get_mut(sent.channel).unwrap();
            history.sent.extend(sent.ids.iter().cloned());
            let seqs: Vec<_> = sent
                .ids
                .iter()
                .filter_map(|id| history.ids.get(id))
                .collect();
            match &sent.acknowledged {
                Some(acknowledged) => {
                    assert_eq!(seqs, acknowledged.iter().collect::<Vec<_>>(), "{sent:?}");
                    self.n_acknowledged += 1;
                }
                None => {
                    assert!(seqs.is_empty() || seqs.len() == sent.ids.len(), "{sent:?}");
                    self.n_unsure += 1;
                }
            }
        }
        for (channel, history) in &mut self.channels {
            let mut news = history.found.range(history.n_checked + 1..);
            let invented = news.find(|(_, id)| !history.sent.contains(*id));
            assert_eq!(invented, None, "{channel}");
            history.n_checked = history.head();
        }
    }

    /// What a watcher was shown is there, where it was shown.
    pub(super) fn check_sighting(&self, channel: &str, shown: &[Value]) {
        for event in shown {
            let (seq, id) = place(event);
            let held = self.channels[channel].found.get(&seq);
            assert_eq!(held.map(String::as_str), Some(id), "{event}");
        }
    }

    /// A watcher was given exactly what comes after `first`.
    pub(super) fn check_rest(&self, channel: &str, first: u64, shown: &[Value]) {
        let rest = self.channels[channel].found.range(first + 1..);
        let rest: Vec<_> = rest.map(|(seq, id)| (*seq, id.as_str())).collect();
        let shown: Vec<_> = shown.iter().map(place).collect();
        assert_eq!(shown, rest);
    }

    /// Something was sent once more: it has the seqs it had, or new ones if it never arrived.
    pub(super) fn repeated(&mut self, sent: &Sent, answer: &Value) {
        let known = self.channels[sent.channel].ids.contains_key(&sent.ids[0]);
        for ((item, id), seq) in answer["published"]
            .as_array()
            .unwrap()
            .iter()
            .zip(&sent.ids)
            .zip(seqs(answer))
        {
            assert_eq!(item["id"], *id);
            assert_eq!(item["duplicate"] == true, known, "{item}");
            match known {
                true => assert_eq!(self.channels[sent.channel].ids[id], seq, "{item}"),
                false => self.also(sent.channel, seq, id),
            }
        }
    }
}

fn place(event: &Value) -> (u64, &str) {
    (
        event["seq"].as_u64().unwrap(),
        event["id"].as_str().unwrap(),
    )
}
