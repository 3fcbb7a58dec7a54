//! What the store has taken, event by event: the truth that every watcher is judged by.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pilothouse_shared::{
    Author, ChannelId, Epoch, Event, EventId, MemberId, Position, Replica, Seq, Snapshot,
    Visibility,
};

use crate::channel::Proposal;
use crate::engine::Stored;

/// What every text of an event begins with, before a number of its own.
pub(super) const SECRET: &str = "secret-";

/// The oracle, shared with the store's taps.
#[derive(Debug, Clone, Default)]
pub(super) struct Truth(Arc<Mutex<Oracle>>);

impl Truth {
    pub(super) fn lock(&self) -> MutexGuard<'_, Oracle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    /// The runs of each channel, one for each time it was created.
    runs: BTreeMap<ChannelId, Vec<Run>>,
    secrets: Vec<Secret>,
}

/// Who may read a secret.
#[derive(Debug, Clone)]
pub(super) struct Secret {
    pub(super) author: MemberId,
    pub(super) visibility: Visibility,
    /// Who followed up on it, and so knows it anyway.
    pub(super) also: Option<MemberId>,
}

/// One unbroken run of seqs.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) epoch: Epoch,
    pub(super) events: Vec<Event>,
    /// Where each id was stored last: once pruned, an id may come again.
    ids: HashMap<EventId, u64>,
    /// The seq before the oldest event that is held.
    pub(super) base: u64,
    /// Through which seq somebody asked to prune: what lies before is promised to nobody.
    pub(super) promised_to_go: u64,
    pub(super) is_removed: bool,
    folds: Mutex<HashMap<MemberId, Replica>>,
}

impl Oracle {
    pub(super) fn created(&mut self, channel: ChannelId, epoch: Epoch) {
        let runs = self.runs.entry(channel).or_default();
        assert!(runs.iter().all(|run| run.is_removed), "two at once");
        runs.push(Run {
            epoch,
            events: Vec::new(),
            ids: HashMap::new(),
            base: 0,
            promised_to_go: 0,
            is_removed: false,
            folds: Mutex::default(),
        });
    }

    pub(super) fn removed(&mut self, channel: &ChannelId) {
        let run = self.runs.get_mut(channel).and_then(|runs| runs.last_mut());
        run.expect("only what was there is removed").is_removed = true;
    }

    pub(super) fn committed(&mut self, channel: &ChannelId, epoch: &Epoch, events: &[Event]) {
        let run = self.run_mut(channel, epoch).expect("a run that was there");
        assert!(!run.is_removed, "stored in a channel that is gone");
        for event in events {
            assert_eq!(event.prev.0, run.head(), "prev is the seq before");
            assert_eq!(event.seq.0, run.head() + 1, "seqs leave nothing out");
            let before = run.ids.insert(event.id.clone(), event.seq.0);
            assert!(before.unwrap_or(0) <= run.base, "stored twice: {event:?}");
            run.events.push(event.clone());
        }
    }

    pub(super) fn pruning(&mut self, channel: &ChannelId, epoch: &Epoch, through: u64) {
        if let Some(run) = self.run_mut(channel, epoch) {
            run.promised_to_go = run.promised_to_go.max(through);
        }
    }

    pub(super) fn pruned(&mut self, channel: &ChannelId, epoch: &Epoch, base: u64) {
        let run = self.run_mut(channel, epoch).expect("a run that was there");
        assert!(base <= run.promised_to_go, "more went than was asked");
        run.base = run.base.max(base);
    }

    /// Judges the acknowledgement of a publish: each event is where it is said to be, as proposed.
    pub(super) fn acknowledged(&self, channel: &ChannelId, asked: &[Proposal], got: &[Stored]) {
        assert_eq!(asked.len(), got.len(), "an answer for each");
        for (proposal, stored) in asked.iter().zip(got) {
            let runs = self.runs[channel].iter();
            let found = runs
                .rev()
                .filter_map(|run| run.event(stored.seq.0))
                .find(|event| event.id == stored.id)
                .unwrap_or_else(|| panic!("acknowledged, never stored: {stored:?}"));
            if let Some(id) = &proposal.id {
                assert_eq!(*id, stored.id);
            }
            if !stored.duplicate {
                assert_eq!(found.author, proposal.author);
                assert_eq!(found.body, proposal.body);
            }
        }
    }

    /// A new secret for these, to be put into a text.
    pub(super) fn secret(&mut self, secret: Secret) -> String {
        self.secrets.push(secret);
        format!("{SECRET}{}.", self.secrets.len() - 1)
    }

    /// Checks that this viewer may read a secret.
    pub(super) fn check_secret(&self, number: usize, viewer: &Author) {
        let Secret {
            author,
            visibility,
            also,
        } = &self.secrets[number];
        let may = visibility.allows(author, &viewer.member, viewer.kind)
            || also.as_ref() == Some(&viewer.member);
        assert!(may, "{} got secret {number} of {author}", viewer.member);
    }

    /// The channel as it is now, if it is there.
    pub(super) fn current(&self, channel: &ChannelId) -> Option<&Run> {
        let last = self.runs.get(channel)?.last()?;
        Some(last).filter(|run| !run.is_removed)
    }

    /// The run before the last removal.
    pub(super) fn former(&self, channel: &ChannelId) -> Option<&Run> {
        let mut runs = self.runs.get(channel)?.iter().rev();
        runs.find(|run| run.is_removed)
    }

    pub(super) fn run(&self, channel: &ChannelId, epoch: &Epoch) -> Option<&Run> {
        let mut runs = self.runs.get(channel)?.iter();
        runs.find(|run| run.epoch == *epoch)
    }

    fn run_mut(&mut self, channel: &ChannelId, epoch: &Epoch) -> Option<&mut Run> {
        let mut runs = self.runs.get_mut(channel)?.iter_mut();
        runs.find(|run| run.epoch == *epoch)
    }

    /// Whether everything after this position is held, so that resuming there can be proved; and
    /// whether a relay must say so. It may not know yet that a channel is gone.
    pub(super) fn provable(&self, channel: &ChannelId, after: &Position) -> (bool, bool) {
        let run = self.run(channel, &after.epoch);
        match run.filter(|run| (run.base..=run.head()).contains(&after.seq.0)) {
            Some(run) => (true, !run.is_removed && after.seq.0 >= run.promised_to_go),
            None => (false, false),
        }
    }
}

/// The numbers of the secrets in a frame.
pub(super) fn secrets_in(bytes: &[u8]) -> Vec<usize> {
    let text = String::from_utf8_lossy(bytes);
    let number = |(at, _): (usize, &str)| {
        let digits = &text[at + SECRET.len()..];
        let end = digits.find('.').expect("a secret has an end");
        digits[..end].parse().expect("a secret has a number")
    };
    text.match_indices(SECRET).map(number).collect()
}

impl Run {
    pub(super) fn head(&self) -> u64 {
        self.events.last().map_or(0, |event| event.seq.0)
    }

    pub(super) fn event(&self, seq: u64) -> Option<&Event> {
        let index = usize::try_from(seq.checked_sub(1)?).unwrap();
        self.events.get(index)
    }

    /// What this viewer may see of the events after `from` up to `to`.
    pub(super) fn visible(&self, viewer: &Author, from: u64, to: u64) -> Vec<&Event> {
        let seen = |event: &&Event| {
            event.seq.0 > from
                && event.seq.0 <= to
                && event.is_visible_to(&viewer.member, viewer.kind)
        };
        self.events.iter().filter(seen).collect()
    }

    /// What somebody knows at this seq who saw everything it may see.
    pub(super) fn fold(&self, channel: &ChannelId, viewer: &Author, to: u64) -> Snapshot {
        let mut folds = self.folds.lock().unwrap();
        let start = || {
            let (epoch, seq) = (self.epoch.clone(), Seq::ZERO);
            Replica::at(
                channel.clone(),
                Position { epoch, seq },
                Snapshot::default(),
            )
        };
        let fold = folds.entry(viewer.member.clone()).or_insert_with(start);
        let at = |fold: &Replica| fold.position().map_or(0, |position| position.seq.0);
        if at(fold) > to {
            *fold = start();
        }
        for event in self.visible(viewer, at(fold), to) {
            // What is hidden is not there: the chain closes over it.
            let prev = Seq(at(fold));
            fold.event(&Event {
                prev,
                ..event.clone()
            });
        }
        fold.snapshot().clone()
    }
}
