//! Where the feed is scrolled to, and whether it follows what comes.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::board::{Board, Older, Slice};
use crate::dom::{Held, Known, memo, spawn};
use crate::view::heights::Heights;

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
    /// Bumped when a measured height differs from the assumed one.
    layout: Held<u64>,
    top: Held<f64>,
    height: Held<f64>,
    is_following: Held<bool>,
    /// The newest seq when the feed stopped following.
    seen: Held<u64>,
    /// The row to show, until its place is certain: rows before it may not be measured yet.
    sought: Held<Option<u64>>,
    /// The last seq to show while paused.
    paused_at: Held<Option<u64>>,
}

impl Scroll {
    pub(super) fn new(board: Board, node: HtmlElement) -> Self {
        Self {
            board,
            node: StoredValue::new_local(node),
            heights: StoredValue::default(),
            layout: Held::new(0),
            top: Held::new(0.0),
            height: Held::new(800.0),
            is_following: Held::new(true),
            seen: Held::new(0),
            sought: Held::new(None),
            paused_at: Held::new(None),
        }
    }

    /// The rows to draw.
    pub(super) fn slice(self) -> Known<Slice> {
        memo(move || {
            self.layout.track();
            let top = if self.is_following.get() {
                f64::INFINITY
            } else {
                self.top.get()
            };
            let (until, height) = (self.paused_at.get(), self.height.get());
            self.heights
                .with_value(|heights| self.board.slice(heights, until, top, height))
        })
    }

    pub(super) fn is_following(self) -> bool {
        self.is_following.get() && !self.is_paused()
    }

    pub(super) fn is_paused(self) -> bool {
        self.paused_at.with(Option::is_some)
    }

    /// Rows that came since the feed stopped following.
    pub(super) fn n_new(self) -> u64 {
        let since = self.paused_at.get().unwrap_or_else(|| self.seen.get());
        self.board.feed_rows(|feed| {
            let rows = feed.rows();
            (rows.len() - rows.partition_point(|row| row.seq <= since)) as u64
        })
    }

    /// Stops what moves, or lets it move again.
    pub(super) fn toggle_pause(self) {
        match self.paused_at.get_untracked() {
            Some(_) => self.resume(),
            None => self.paused_at.set(Some(self.newest())),
        }
    }

    /// Follows again, from the newest row on.
    pub(super) fn resume(self) {
        self.paused_at.set(None);
        self.is_following.set(true);
        request_animation_frame(move || self.settle());
    }

    /// Shows the row at an index and stays there.
    pub(super) fn show(self, index: usize) {
        let seq = self
            .board
            .feed_rows_untracked(|feed| feed.rows().get(index).map(|row| row.seq));
        if let (Some(seq), Some(top)) = (seq, seq.and_then(|seq| self.place_of(seq))) {
            self.stop_following();
            self.sought.set(Some(seq));
            self.move_to(top);
        }
    }

    /// How far to scroll so that a row is well in view, as far as heights are known.
    fn place_of(self, seq: u64) -> Option<f64> {
        self.board.feed_rows_untracked(|feed| {
            let before = feed.rows().iter().map(|row| row.seq);
            let before = before.take_while(|before| *before < seq);
            let above = self.heights.try_with_value(|heights| heights.sum(before))?;
            Some((above - self.height.try_get_untracked()? / 3.0).max(0.0))
        })
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
            if !self.is_following.get_untracked() {
                self.is_following.set(true);
            }
        } else if is_upwards && self.is_following.get_untracked() {
            self.stop_following();
        }
        self.top.set(top);
        self.load_if_early(top);
    }

    /// After a change of the rows: measures them, and keeps what is in view where it is.
    pub(super) fn settle(self) {
        let Some(node) = self.node.try_get_value() else {
            return;
        };
        let top = f64::from(node.scroll_top());
        let height = f64::from(node.client_height());
        let (shift, has_changed) = self.measure(&node, top);
        let sought = self.sought.get_untracked();
        if self.is_following.get_untracked() {
            node.set_scroll_top(node.scroll_height());
            self.top.set(f64::from(node.scroll_top()));
            self.sought.set(None);
        } else if let Some(place) = sought.and_then(|seq| self.place_of(seq)) {
            let place = place.min(f64::from(node.scroll_height()) - height);
            self.move_to(place);
            if !has_changed && (place - top).abs() <= 1.0 {
                self.sought.set(None);
            }
        } else if shift.abs() >= 1.0 {
            self.move_to(top + shift);
        }
        if (self.height.get_untracked() - height).abs() > 1.0 {
            self.height.set(height);
        }
        if has_changed {
            self.layout.update(|layout| *layout += 1);
        }
        self.load_if_early(f64::from(node.scroll_top()));
    }

    /// The last row that is wholly in view.
    pub(super) fn last_in_view(self) -> Option<Element> {
        let node = self.node.try_get_value()?;
        let bottom = node.get_bounding_client_rect().bottom();
        let mut rows = rows_of(&node);
        rows.retain(|(_, row)| row.get_bounding_client_rect().bottom() <= bottom + 1.0);
        rows.pop().map(|(_, row)| row)
    }

    /// By how much the rows above the view differ from what was assumed, and whether any does.
    fn measure(self, node: &Element, top: f64) -> (f64, bool) {
        let (mut shift, mut has_changed) = (0.0, false);
        let view_top = node.get_bounding_client_rect().top();
        self.heights.update_value(|heights| {
            for (seq, row) in rows_of(node) {
                let rect = row.get_bounding_client_rect();
                let off = heights.measure(seq, rect.height());
                has_changed |= off.abs() > 0.5;
                if top > 0.0 && rect.bottom() <= view_top {
                    shift += off;
                }
            }
        });
        (shift, has_changed)
    }

    fn move_to(self, top: f64) {
        self.top.set(top);
        let place = move || {
            if let Some(node) = self.node.try_get_value() {
                node.set_scroll_top(top as i32);
            }
        };
        request_animation_frame(place);
    }

    /// Somebody reads: what comes now must not push it away.
    pub(super) fn stop_following(self) {
        if !self.is_following.get_untracked() {
            return;
        }
        self.seen.set(self.newest());
        self.is_following.set(false);
    }

    fn newest(self) -> u64 {
        self.board
            .feed_rows_untracked(|feed| feed.last_seq().unwrap_or_default())
    }

    fn load_if_early(self, top: f64) {
        if top > EARLY || self.board.older_untracked() != Older::Unknown {
            return;
        }
        let first = self.board.feed_rows_untracked(|feed| feed.first_seq());
        let Some(first) = first else { return };
        spawn(async move {
            if self.board.load_older().await {
                self.keep_place(first);
            }
        });
    }

    /// Rows were put in front of `first`: what was in view stays in view.
    fn keep_place(self, first: u64) {
        let added = self.board.feed_rows_untracked(|feed| {
            let before = feed
                .rows()
                .iter()
                .map(|row| row.seq)
                .take_while(|seq| *seq < first);
            self.heights.try_with_value(|heights| heights.sum(before))
        });
        let (Some(added), Some(top)) = (added, self.top.try_get_untracked()) else {
            return;
        };
        if self.is_following.try_get_untracked() == Some(false) {
            self.move_to(top + added);
        }
    }
}

fn rows_of(node: &Element) -> Vec<(u64, Element)> {
    let Ok(found) = node.query_selector_all("[data-row]") else {
        return Vec::new();
    };
    let rows =
        (0..found.length()).filter_map(|index| found.item(index)?.dyn_into::<Element>().ok());
    rows.filter_map(|row| Some((row.get_attribute("data-row")?.parse().ok()?, row)))
        .collect()
}
