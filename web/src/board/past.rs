//! A channel at any past moment: a board of its own, fed from the relay's history instead of the link.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Interval;
use pilothouse_shared::{ChannelId, Millis, Replica};
use reactive_graph::graph::untrack;
use reactive_graph::owner::{LocalStorage, StoredValue};
use reactive_graph::prelude::*;

use super::Board;
use super::opened::Opened;
use crate::dom::{Held, keep, spawn};
use crate::view::mark::{Mark, Marks};
use crate::view::playback::Playback;
use crate::view::stretch::{KEPT_BEHIND, Stretch};
use crate::{api, clock};

/// Events asked for at once; the relay's most.
const PAGE: usize = 1_000;

/// So few known events ahead of the shown moment, more are asked for.
const AHEAD: u64 = 300;

/// Pages that are searched for marks, from the newest on.
const SEARCHED_PAGES: usize = 3;

/// Milliseconds from one step of the player to the next.
const TICK_MS: u32 = 100;

/// Shows a channel as it was, and plays it; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Player {
    live: Board,
    board: Board,
    reel: StoredValue<Rc<Reel>, LocalStorage>,
    playback: Held<Playback>,
    trouble: Held<Option<String>>,
    /// Grows when marks are found.
    marked: Held<u64>,
}

/// The plain state behind a player.
struct Reel {
    opened: Rc<Opened>,
    stretch: RefCell<Option<Stretch>>,
    marks: RefCell<Marks>,
    /// The seq to show as soon as it is known.
    wanted: Cell<Option<u64>>,
    is_asking: Cell<bool>,
    ticked_at: Cell<Millis>,
}

impl Player {
    /// A player of the channel that `live` shows, at a seq or at the newest event; lives as long as the
    /// current owner.
    pub(crate) fn start(live: Board, seq: Option<u64>) -> Option<Self> {
        let opened = Rc::new(Opened::of_past(live.channel()?));
        let board = Board {
            opened: Some(StoredValue::new_local(Rc::clone(&opened))),
            now: Held::new(live.now.get_untracked()),
            ..live
        };
        let reel = Reel {
            opened,
            stretch: RefCell::default(),
            marks: RefCell::default(),
            wanted: Cell::default(),
            is_asking: Cell::default(),
            ticked_at: Cell::new(clock::now()),
        };
        let player = Self {
            live,
            board,
            reel: StoredValue::new_local(Rc::new(reel)),
            playback: Held::new(Playback::default()),
            trouble: Held::new(None),
            marked: Held::new(0),
        };
        player.go_when_known(seq);
        keep(Box::new(Interval::new(TICK_MS, move || player.tick())));
        spawn(player.find_marks());
        Some(player)
    }

    /// The board that shows the moment.
    pub(crate) fn board(self) -> Board {
        self.board
    }

    /// The board that shows what is now.
    pub(crate) fn live(self) -> Board {
        self.live
    }

    /// How it plays, and where it is.
    pub(crate) fn playback(self) -> Playback {
        self.playback.get()
    }

    /// Why the moment asked for cannot be shown.
    pub(crate) fn trouble(self) -> Option<String> {
        self.trouble.get()
    }

    /// The seqs one may go to: from before the oldest event held to the newest.
    pub(crate) fn reach(self) -> (u64, u64) {
        self.live.track(|versions| versions.state);
        let read = |replica: &Replica| {
            let head = replica.position().map_or(0, |position| position.seq.0);
            (replica.floor().0.saturating_sub(1), head)
        };
        let (first, last) = self.live.replica(read).unwrap_or_default();
        (first.min(last), last)
    }

    /// The marks of a kind in reach, as the path of a drawing.
    pub(crate) fn drawn(self, kind: Mark) -> String {
        self.marked.track();
        let (first, last) = self.reach();
        let drawn = |reel: Rc<Reel>| reel.marks.borrow().drawn(kind, first, last);
        self.reel.try_get_value().map(drawn).unwrap_or_default()
    }

    /// Goes to the mark before or after the moment.
    pub(crate) fn go_beside(self, is_forward: bool) {
        let here = self.playback.get_untracked().here().seq;
        let reach = untrack(|| self.reach());
        let end = if is_forward { reach.1 } else { reach.0 };
        let beside = self.reel.get_value();
        let beside = beside.marks.borrow().beside(here, is_forward);
        self.go(beside.unwrap_or(end));
    }

    /// Shows a moment as soon as it is known; of several asked for, the last.
    pub(crate) fn go(self, seq: u64) {
        let (first, last) = untrack(|| self.reach());
        self.reel
            .get_value()
            .wanted
            .set(Some(seq.clamp(first, last)));
        self.trouble.set(None);
        self.settle();
    }

    /// Plays on, or stays; from the end, it plays from the beginning.
    pub(crate) fn toggle(self) {
        let is_playing = !self.playback.get_untracked().is_playing();
        let (first, last) = untrack(|| self.reach());
        if is_playing && self.playback.get_untracked().here().seq >= last {
            self.go(first);
        }
        self.reel.get_value().ticked_at.set(clock::now());
        self.playback
            .update(|playback| playback.set_playing(is_playing));
    }

    /// Plays so many times as fast as it happened.
    pub(crate) fn set_speed(self, speed: u32) {
        self.playback.update(|playback| playback.set_speed(speed));
    }

    fn go_when_known(self, seq: Option<u64>) {
        crate::dom::follow(move || {
            let is_shown = untrack(|| self.board.is_loaded());
            if !is_shown && self.live.is_loaded() {
                let (_, last) = untrack(|| self.reach());
                self.go(seq.unwrap_or(last));
            }
        });
    }

    fn tick(self) {
        let Some(reel) = self.reel.try_get_value() else {
            return;
        };
        let now = clock::now();
        let elapsed = now.saturating_sub(reel.ticked_at.replace(now));
        let mut playback = self.playback.get_untracked();
        let is_waiting = reel.wanted.get().is_some();
        if !playback.is_playing() || is_waiting {
            return;
        }
        let has_moved = {
            let stretch = reel.stretch.borrow();
            let Some(stretch) = &*stretch else { return };
            playback.tick(elapsed as f64, stretch.following(playback.here().seq))
        };
        self.playback.set(playback);
        self.set_clock();
        if has_moved {
            reel.show(playback.here().seq);
        }
        self.keep_ahead(&reel);
    }

    /// Asks for what comes next in time; at the newest event there is nothing to play.
    fn keep_ahead(self, reel: &Rc<Reel>) {
        let here = self.playback.get_untracked().here().seq;
        let end = reel.stretch.borrow().as_ref().map_or(0, Stretch::end);
        let (_, last) = untrack(|| self.reach());
        if here >= last || (here >= end && end >= last) {
            return self.playback.update(|playback| playback.set_playing(false));
        }
        if end < last && here + AHEAD >= end && !reel.is_asking.replace(true) {
            spawn(self.ask(Question::After(end), here));
        }
    }

    /// Shows what is wanted, if it is known, and asks for it if not.
    fn settle(self) {
        let Some(reel) = self.reel.try_get_value() else {
            return;
        };
        let Some(seq) = reel.wanted.get() else { return };
        let question = match &*reel.stretch.borrow() {
            Some(stretch) if stretch.covers(seq) => None,
            Some(stretch) if (stretch.end()..=stretch.end() + PAGE as u64).contains(&seq) => {
                Some(Question::After(stretch.end()))
            }
            _ => Some(Question::At(
                seq.saturating_sub(KEPT_BEHIND)
                    .max(untrack(|| self.reach().0)),
            )),
        };
        match question {
            None => {
                reel.wanted.set(None);
                self.arrive(&reel, seq);
            }
            Some(question) if !reel.is_asking.replace(true) => spawn(self.ask(question, seq)),
            Some(_) => {}
        }
    }

    fn arrive(self, reel: &Reel, seq: u64) {
        if let Some(stretch) = &*reel.stretch.borrow() {
            let (here, next) = (stretch.moment(seq), stretch.following(seq).next());
            self.playback.update(|playback| playback.go(here, next));
        }
        reel.show(seq);
        self.set_clock();
    }

    fn set_clock(self) {
        let now = self.playback.get_untracked().now();
        // Ages on the page are in seconds.
        if self.board.now.get_untracked() / 1_000 != now / 1_000 {
            self.board.now.set(now);
        }
    }

    async fn ask(self, question: Question, shown: u64) {
        let Some(reel) = self.reel.try_get_value() else {
            return;
        };
        let answer = self.answer(&reel.opened.channel, question).await;
        let Some(reel) = self.reel.try_get_value() else {
            return;
        };
        reel.is_asking.set(false);
        match answer {
            Ok((stretch, page)) => {
                reel.take_up(stretch, page, shown);
                self.marked.update(|marked| *marked += 1);
                self.settle();
            }
            Err(why) => {
                reel.wanted.set(None);
                self.playback.update(|playback| playback.set_playing(false));
                self.trouble.set(Some(why));
            }
        }
    }

    async fn answer(
        self,
        channel: &ChannelId,
        question: Question,
    ) -> Result<(Option<Stretch>, api::Page), String> {
        let who = self.live.identity();
        let (stretch, after) = match question {
            Question::After(seq) => (None, seq),
            Question::At(seq) => {
                let past = api::past(&who, channel, seq).await?;
                let beginning = Replica::at(channel.clone(), past.position, past.snapshot);
                (Some(Stretch::new(beginning)), seq)
            }
        };
        Ok((stretch, api::after(&who, channel, after, PAGE).await?))
    }

    async fn find_marks(self) {
        let Some(reel) = self.reel.try_get_value() else {
            return;
        };
        let who = self.live.identity();
        let mut before = u64::MAX >> 1;
        for _ in 0..SEARCHED_PAGES {
            let page = api::before(&who, &reel.opened.channel, before, PAGE).await;
            let Ok(page) = page else { return };
            reel.marks.borrow_mut().note(&page.events);
            self.marked.update(|marked| *marked += 1);
            match page.events.first() {
                Some(first) if page.more => before = first.seq.0,
                _ => return,
            }
        }
    }
}

/// What the relay is asked: the events after a seq, or first the state at one.
enum Question {
    After(u64),
    At(u64),
}

impl Reel {
    fn show(&self, seq: u64) {
        if let Some(stretch) = &mut *self.stretch.borrow_mut() {
            stretch.trim(seq);
            self.opened.show_past(stretch, seq);
        }
    }

    fn take_up(&self, anew: Option<Stretch>, page: api::Page, shown: u64) {
        self.marks.borrow_mut().note(&page.events);
        let mut held = self.stretch.borrow_mut();
        if anew.is_some() {
            *held = anew;
        }
        let Some(stretch) = &mut *held else { return };
        let before = stretch.end();
        let end = page.position.map_or(0, |position| position.seq.0);
        stretch.extend(page.events, end);
        // A page that leads nowhere must not be asked for again and again.
        let is_stuck = stretch.end() == before && !stretch.covers(shown);
        if is_stuck {
            self.wanted.set(Some(before));
        }
    }
}
