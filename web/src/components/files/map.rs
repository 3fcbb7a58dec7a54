//! What the map knows and when it is drawn.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use pilothouse_shared::Millis;
use web_sys::{Event, HtmlElement, MouseEvent};

use super::painter::Painter;
use crate::board::Board;
use crate::canvas::{is_calm, scale};
use crate::clock;
use crate::components::chips::Chips;
use crate::dom::resized::on_resize;
use crate::dom::{El, Held, follow, listen};
use crate::page;
use crate::view::files::layout::{Kind, Measures, Tile, layout, tile_at};
use crate::view::files::squarify::Rect;
use crate::view::files::{Atlas, News};

/// The list follows this late, and files are given new places at most this often, in milliseconds.
const CALMLY_MS: u32 = 300;

/// Between two looks whether somebody looks at the page, in milliseconds.
const HIDDEN_MS: u32 = 1_000;

/// The map of a channel's files.
pub(super) struct Map {
    pub(super) board: Board,
    pub(super) atlas: RefCell<Atlas>,
    chips: Chips,
    painter: RefCell<Painter>,
    room: HtmlElement,
    tiles: RefCell<Vec<Tile>>,
    /// Below which folder files are shown; empty, or with a `/` at its end.
    pub(super) zoom: Held<String>,
    /// What is pointed at, or chosen.
    pub(super) tip: Held<Option<Tip>>,
    /// Grows when the list is to be written anew.
    pub(super) listed: Held<u64>,
    is_laid_out: Cell<bool>,
    laid_out_at: Cell<Millis>,
    due: RefCell<Option<Timeout>>,
    list_due: RefCell<Option<Timeout>>,
}

/// A tile that is pointed at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tip {
    pub(super) path: String,
    pub(super) n_files: usize,
    pub(super) kind: Kind,
    /// It was pressed: what can be done with it is offered.
    pub(super) is_chosen: bool,
    /// Where its card goes, in pixels of the style.
    pub(super) place: (f64, f64),
}

impl Map {
    pub(super) fn new(painter: Painter, room: HtmlElement) -> Self {
        Self {
            board: Board::get(),
            atlas: RefCell::default(),
            chips: Chips::get(),
            painter: RefCell::new(painter),
            room,
            tiles: RefCell::default(),
            zoom: Held::new(String::new()),
            tip: Held::new(None),
            listed: Held::new(0),
            is_laid_out: Cell::default(),
            laid_out_at: Cell::default(),
            due: RefCell::default(),
            list_due: RefCell::default(),
        }
    }

    /// Follows the board, the pointer and the room there is.
    pub(super) fn start(self: &Rc<Self>, room: &El, picture: &El) {
        let map = Rc::clone(self);
        follow(move || map.take());
        let map = Rc::clone(self);
        follow(move || {
            map.zoom.track();
            map.tip.set(None);
            map.move_all();
        });
        let map = Rc::clone(self);
        follow(move || {
            map.tip.track();
            map.draw_in(0);
        });
        let map = Rc::clone(self);
        // The theme may have changed.
        follow(move || {
            map.board.now();
            if map.painter.borrow_mut().dress() {
                map.draw_in(0);
            }
        });
        let map = Rc::clone(self);
        on_resize(room, move || map.move_all());
        let canvas = picture.html();
        for (name, is_press) in [("pointermove", false), ("click", true)] {
            let map = Rc::clone(self);
            listen(&canvas, name, move |event: Event| {
                let event: MouseEvent = wasm_bindgen::JsCast::unchecked_into(event);
                map.point(&event, is_press);
            });
        }
        let map = Rc::clone(self);
        listen(&canvas, "pointerleave", move |_| map.leave());
    }

    fn take(self: &Rc<Self>) {
        let mut atlas = self.atlas.borrow_mut();
        let news = self
            .board
            .touched(|files, n_events, cwd| atlas.take(files, n_events, cwd));
        drop(atlas);
        match news {
            Some(News::Files) => self.move_all(),
            Some(News::Warmer) => self.draw_in(0),
            _ => return,
        }
        let mut due = self.list_due.borrow_mut();
        if due.is_none() {
            let map = Rc::clone(self);
            *due = Some(Timeout::new(CALMLY_MS, move || {
                map.list_due.borrow_mut().take();
                if let Some(before) = map.listed.try_get_untracked() {
                    map.listed.set(before + 1);
                }
            }));
        }
    }

    /// Other files, another folder or another size: everything gets its place anew.
    fn move_all(self: &Rc<Self>) {
        self.is_laid_out.set(false);
        self.draw_in(0);
    }

    /// Draws after so many milliseconds, or earlier.
    fn draw_in(self: &Rc<Self>, wait: u32) {
        let map = Rc::clone(self);
        // What is due sooner replaces what is due.
        *self.due.borrow_mut() = Some(Timeout::new(wait, move || map.draw()));
    }

    fn draw(self: &Rc<Self>) {
        if self.tip.try_get_untracked().is_none() {
            return;
        }
        if page::is_hidden() {
            return self.draw_in(HIDDEN_MS);
        }
        let now = clock::now();
        if !self.is_laid_out.get() {
            if now.saturating_sub(self.laid_out_at.get()) < u64::from(CALMLY_MS) {
                return self.draw_in(CALMLY_MS);
            }
            self.lay_out();
            self.laid_out_at.set(now);
        }
        let is_calm = is_calm();
        let (atlas, tiles) = (self.atlas.borrow(), self.tiles.borrow());
        let relay_now = self.board.clock();
        let tip = self.tip.get_untracked();
        let tip = tip.as_ref().map(|tip| tip.path.as_str());
        self.painter
            .borrow()
            .draw(&atlas, &tiles, relay_now, is_calm, tip);
        if let Some(wait) = atlas.next_picture(relay_now, is_calm) {
            self.draw_in(wait);
        }
    }

    fn lay_out(&self) {
        self.is_laid_out.set(true);
        let scale = scale();
        let side = |pixels: i32| (f64::from(pixels) * scale).floor();
        let (width, height) = (
            side(self.room.client_width()),
            side(self.room.client_height()),
        );
        self.painter.borrow_mut().fit(width, height, scale);
        let area = Rect {
            width,
            height,
            ..Rect::default()
        };
        let atlas = self.atlas.borrow();
        let paths: Vec<_> = atlas.files().keys().map(String::as_str).collect();
        let zoom = self.zoom.get_untracked();
        let mut tiles = layout(&paths, &zoom, area, Measures::at(scale));
        // What was shown is gone: everything is better than nothing.
        if tiles.is_empty() && !zoom.is_empty() {
            tiles = layout(&paths, "", area, Measures::at(scale));
        }
        *self.tiles.borrow_mut() = tiles;
    }

    fn point(&self, event: &MouseEvent, is_press: bool) {
        let (x, y) = (event.offset_x(), event.offset_y());
        let scale = scale();
        let tiles = self.tiles.borrow();
        let tile = tile_at(&tiles, f64::from(x) * scale, f64::from(y) * scale);
        let before = self.tip.get_untracked();
        if !is_press && before.as_ref().is_some_and(|tip| tip.is_chosen) {
            return;
        }
        let tip = tile.map(|tile| self.tip_of(tile, is_press, scale));
        drop(tiles);
        match tip {
            Some(tip) if is_press && tip.kind != Kind::File => self.zoom.set(tip.path),
            tip if tip != before => self.tip.set(tip),
            _ => {}
        }
    }

    fn tip_of(&self, tile: &Tile, is_chosen: bool, scale: f64) -> Tip {
        let rect = tile.rect;
        let (width, height) = (self.room.client_width(), self.room.client_height());
        let left = (rect.x / scale).min(f64::from(width) - 320.0).max(0.0);
        let below = (rect.y + rect.height) / scale + 4.0;
        let top = match tile.kind {
            Kind::Folder => rect.y / scale + 22.0,
            _ if below + 120.0 > f64::from(height) => (rect.y / scale - 124.0).max(0.0),
            _ => below,
        };
        Tip {
            path: tile.path.clone(),
            n_files: tile.n_files,
            kind: tile.kind,
            is_chosen,
            place: (left, top),
        }
    }

    fn leave(&self) {
        let tip = self.tip.get_untracked();
        if tip.is_some_and(|tip| !tip.is_chosen) {
            self.tip.set(None);
        }
    }

    /// Puts a file into the composer, where one says what is to be done with it.
    pub(super) fn point_at(&self, path: &str) {
        self.tip.set(None);
        self.chips.add(path, None);
        page::press("#composer");
    }
}
