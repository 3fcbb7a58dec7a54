//! Where the feed is scrolled to, and whether it follows what comes.

use reactive_graph::owner::{LocalStorage, StoredValue};
use reactive_graph::prelude::*;
use web_sys::{Element, HtmlElement};

use super::measured::{is_filled, last_in_view, lead, rows_of};
use super::shown::{Lines, Slice};
use crate::board::{Board, Older};
use crate::dom::{Held, Known, memo, spawn, untrack};
use crate::page;
use crate::view::feed::MAX_ROWS;
use crate::view::heights::Heights;
use crate::view::turn::{Line, Look};

/// So close to the end one wants to follow, in pixels.
const NEAR: f64 = 40.0;

/// So close to the beginning older events are loaded, in pixels.
const EARLY: f64 = 300.0;

/// The scrolling of the feed; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Scroll {
    board: Board,
    node: StoredValue<HtmlElement, LocalStorage>,
    heights: StoredValue<Heights>,
    /// How the feed is looked at; `until` is the last seq to show while paused.
    pub(super) look: Held<Look>,
    lines: Known<Lines>,
    /// Bumped when a measured height differs from the assumed one.
    layout: Held<u64>,
    top: Held<f64>,
    height: Held<f64>,
    is_following: Held<bool>,
    /// The line at the top of the view and how much of it is above: it stays there, whatever changes.
    anchor: Held<Option<(u64, f64)>>,
    /// The line to show, until its place is certain: lines before it may not be measured yet.
    sought: Held<Option<u64>>,
}

impl Scroll {
    pub(super) fn new(board: Board, node: HtmlElement) -> Self {
        let look = Held::new(Look::default());
        Self {
            board,
            node: StoredValue::new_local(node),
            heights: StoredValue::default(),
            look,
            lines: memo(move || Lines::new(look.with(|look| board.lines(look)))),
            layout: Held::new(0),
            top: Held::new(0.0),
            height: Held::new(800.0),
            is_following: Held::new(true),
            anchor: Held::new(None),
            sought: Held::new(None),
        }
    }

    /// The lines to draw.
    pub(super) fn slice(self) -> Known<Slice> {
        memo(move || {
            self.layout.track();
            let top = match self.is_following.get() {
                true => f64::INFINITY,
                false => self.top.get(),
            };
            let height = self.height.get();
            let slice =
                |heights: &Heights| self.lines.with(|lines| lines.slice(heights, top, height));
            self.heights.with_value(slice)
        })
    }

    /// Lines there are, drawn or not.
    pub(super) fn n_lines(self) -> u64 {
        self.lines.with(Lines::len)
    }

    pub(super) fn is_following(self) -> bool {
        self.is_following.get() && !self.is_paused()
    }

    pub(super) fn is_paused(self) -> bool {
        self.look.with(|look| look.until.is_some())
    }

    /// Rows that came since the feed stopped following.
    pub(super) fn n_new(self) -> u64 {
        let since = self.look.with(|look| look.until.or(look.read_from));
        self.board.feed_rows(|feed| {
            let rows = feed.rows();
            let is_old = |seq: u64| since.is_none_or(|since| seq <= since);
            (rows.len() - rows.partition_point(|row| is_old(row.seq))) as u64
        })
    }

    /// Stops what moves, or lets it move again.
    pub(super) fn toggle_pause(self) {
        match self.look.get_untracked().until {
            Some(_) => self.resume(),
            None => {
                let newest = self.newest();
                self.look.update(|look| {
                    look.until = Some(newest);
                    look.read_from = Some(newest);
                });
            }
        }
    }

    /// Follows again, from the newest row on.
    pub(super) fn resume(self) {
        // A scroll that nobody was told of yet is not upwards from here.
        self.top.set(0.0);
        self.look.update(|look| {
            look.until = None;
            look.read_from = None;
        });
        self.is_following.set(true);
        self.settle_soon();
    }

    /// Looks at the feed in another way, at its end.
    pub(super) fn look_at(self, change: impl FnOnce(&mut Look)) {
        self.look.update(change);
        self.settle_soon();
    }

    /// Opens or closes the fold with this row.
    pub(super) fn toggle_fold(self, seqs: Vec<u64>) {
        self.stop_following();
        self.look.update(|look| {
            let n_before = look.unfolded.len();
            look.unfolded.retain(|seq| !seqs.contains(seq));
            if look.unfolded.len() == n_before {
                look.unfolded.extend(seqs.first());
            }
        });
    }

    /// Shows the row with this seq, out of its fold, and stays there.
    pub(super) fn show(self, seq: u64) {
        self.stop_following();
        self.look.update(|look| {
            if !look.unfolded.contains(&seq) {
                look.unfolded.push(seq);
            }
            look.sorts.clear();
            look.words.clear();
        });
        let line = Line::id_of(seq);
        if let Some(top) = self.place_of(line) {
            self.sought.set(Some(line));
            self.move_to(top);
        }
    }

    /// Shows the first row since a time, from older pages if need be; a sentence when that is too long ago.
    pub(super) async fn jump(self, at: u64) -> Option<&'static str> {
        loop {
            let (first, n_rows) = self.board.feed_rows_untracked(|feed| {
                let first = feed.rows().front().map(|row| row.at);
                (first, feed.rows().len())
            });
            if first.is_none_or(|first| first <= at) || self.board.older_untracked() == Older::None
            {
                break;
            }
            if n_rows >= MAX_ROWS {
                self.go_to(at);
                return Some("The feed goes back to here; History shows any moment before.");
            }
            if !self.board.load_older().await {
                break;
            }
        }
        self.go_to(at);
        None
    }

    fn go_to(self, at: u64) {
        let seq = self.board.feed_rows_untracked(|feed| {
            let found = feed.rows().iter().find(|row| row.at >= at);
            found.or(feed.rows().back()).map(|row| row.seq)
        });
        if let Some(seq) = seq {
            self.show(seq);
        }
    }

    /// How far to scroll so that a line is well in view, as far as heights are known.
    fn place_of(self, line: u64) -> Option<f64> {
        let above = self.above(line)?;
        Some((above - self.height.try_get_untracked()? / 3.0).max(0.0))
    }

    /// How far down a line begins.
    fn above(self, line: u64) -> Option<f64> {
        let above =
            |heights: &Heights| untrack(|| self.lines.with(|lines| lines.above(heights, line)));
        self.heights.try_with_value(above)
    }

    /// A person, or this page, scrolled.
    pub(super) fn scrolled(self) {
        let Some(node) = self.node.try_get_value() else {
            return;
        };
        let top = f64::from(node.scroll_top());
        let rest = f64::from(node.scroll_height()) - top - f64::from(node.client_height());
        let is_upwards = top < self.top.get_untracked() - 1.0;
        if rest <= NEAR {
            self.follow_again();
        } else if is_upwards {
            self.stop_following();
        }
        self.top.set(top);
        if !self.is_following.get_untracked() {
            self.hold(top);
        }
        self.load_if_early(top);
    }

    fn follow_again(self) {
        if self.is_following.get_untracked() {
            return;
        }
        self.is_following.set(true);
        if self.look.get_untracked().until.is_none() {
            self.look.update(|look| look.read_from = None);
        }
    }

    /// Remembers what is at the top of the view.
    fn hold(self, top: f64) {
        let top = top - self.lead();
        let held = |heights: &Heights| untrack(|| self.lines.with(|lines| lines.at(heights, top)));
        let held = self.heights.with_value(held);
        self.anchor.try_set(held);
    }

    /// Settles when all that was told of a change has drawn it, and before it is painted.
    pub(super) fn settle_soon(self) {
        spawn(async move { self.settle() });
    }

    /// After a change of the lines: measures them, and keeps what is in view where it is.
    pub(super) fn settle(self) {
        let Some(node) = self.node.try_get_value() else {
            return;
        };
        let top = f64::from(node.scroll_top());
        let height = f64::from(node.client_height());
        let has_changed = self.measure(&node);
        let is_following = self.is_following.get_untracked();
        if is_following {
            node.set_scroll_top(node.scroll_height());
            self.top.set(f64::from(node.scroll_top()));
            self.sought.set(None);
        } else if let Some(line) = self.sought.get_untracked()
            && let Some(place) = self.place_of(line)
        {
            let place = place.min(f64::from(node.scroll_height()) - height);
            self.move_to(place);
            if !has_changed && (place - top).abs() <= 1.0 {
                self.sought.set(None);
            }
        } else if let Some((line, within)) = self.anchor.get_untracked()
            && let Some(above) = self.above(line)
            && (above + within + self.lead() - top).abs() >= 1.0
        {
            self.move_to(above + within + self.lead());
        }
        if (self.height.get_untracked() - height).abs() > 1.0 {
            self.height.set(height);
        }
        let top = f64::from(node.scroll_top());
        // At the end of the feed heights only matter when the drawn rows do not fill the view.
        if has_changed && !(is_following && is_filled(&node)) {
            page::soon(move || self.layout.update(|layout| *layout += 1));
        }
        self.load_if_early(top);
    }

    /// Pixels of what is above the first line.
    fn lead(self) -> f64 {
        let node = self.node.try_get_value();
        node.and_then(|node| lead(&node)).unwrap_or_default()
    }

    /// The last line that is wholly in view.
    pub(super) fn last_in_view(self) -> Option<Element> {
        last_in_view(&self.node.try_get_value()?)
    }

    /// Whether any line is of another height than was assumed.
    fn measure(self, node: &Element) -> bool {
        let mut has_changed = false;
        self.heights.update_value(|heights| {
            for (line, row) in rows_of(node) {
                let off = heights.measure(line, row.get_bounding_client_rect().height());
                has_changed |= off.abs() > 0.5;
            }
        });
        has_changed
    }

    fn move_to(self, top: f64) {
        self.top.set(top);
        let place = move || {
            // Whoever follows again meanwhile is at the end.
            if self.is_following.try_get_untracked() == Some(false)
                && let Some(node) = self.node.try_get_value()
            {
                node.set_scroll_top(top.round() as i32);
            }
        };
        page::soon(place);
    }

    /// Somebody reads: what comes now must not push it away.
    pub(super) fn stop_following(self) {
        if !self.is_following.get_untracked() {
            return;
        }
        let newest = self.newest();
        self.look.update(|look| look.read_from = Some(newest));
        self.is_following.set(false);
        if let Some(node) = self.node.try_get_value() {
            let top = f64::from(node.scroll_top());
            self.top.set(top);
            self.hold(top);
        }
    }

    fn newest(self) -> u64 {
        self.board
            .feed_rows_untracked(|feed| feed.last_seq().unwrap_or_default())
    }

    fn load_if_early(self, top: f64) {
        if top > EARLY || self.board.older_untracked() != Older::Unknown {
            return;
        }
        spawn(async move {
            let _ = self.board.load_older().await;
        });
    }
}
