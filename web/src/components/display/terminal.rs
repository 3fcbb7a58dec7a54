//! One terminal: its picture, its text, how alive it is, who may type.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use pilothouse_shared::Millis;
use web_sys::HtmlElement;

use super::keyboard::keyboard;
use super::mirror::Mirror;
use super::painter::Painter;
use crate::board::Board;
use crate::canvas::Canvas;
use crate::clock;
use crate::dom::resized::on_resize;
use crate::dom::{El, Held, el, follow, memo, nothing, when};
use crate::view::age;

/// Frames are counted over so many milliseconds.
const SECOND: Millis = 1_000;

/// Times of frames that are kept; there are at most 60 a second.
const MAX_FRAMES: usize = 128;

/// What is shown of one display.
pub(super) struct Shown {
    board: Board,
    pub(super) name: String,
    pub(super) painter: RefCell<Painter>,
    pub(super) mirror: Mirror,
    pub(super) text: HtmlElement,
    pub(super) room: HtmlElement,
    version: Cell<Option<u64>>,
    frames: RefCell<VecDeque<Millis>>,
    pub(super) facts: Held<Facts>,
}

/// What is said about a display.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Facts {
    size: String,
    n_frames: usize,
    last_at: Option<Millis>,
    /// Who takes what is typed.
    pub(super) input: Option<String>,
}

/// A display by name; `head` makes what names it.
pub(super) fn terminal(name: String, head: impl FnOnce() -> El) -> El {
    let board = Board::get();
    let picture = el("canvas", "display__canvas")
        .test("display")
        .attr("role", "img")
        .attr(
            "aria-label",
            &format!("Picture of {name}; the same as text follows"),
        );
    let text = el("pre", "display__text")
        .test("display-text")
        .attr("aria-label", &format!("Text of {name}"));
    let room = el("div", "display__room");
    let Some(canvas) = Canvas::of(&picture) else {
        return text;
    };
    let shown = Rc::new(Shown {
        board,
        name: name.clone(),
        painter: RefCell::new(Painter::new(canvas)),
        mirror: Mirror::default(),
        text: text.html(),
        room: room.html(),
        version: Cell::default(),
        frames: RefCell::default(),
        facts: Held::new(Facts::default()),
    });
    let is_text = Held::new(false);
    let is_there = memo(move || board.display(&name, |_, _| ()).is_some());
    let room = room
        .attr("tabindex", "0")
        .attr("role", "group")
        .attr("aria-label", "The terminal; scroll to see all of it")
        .flag("is-text", move || is_text.get())
        .flag("is-cleared", move || !is_there.get())
        .add(picture)
        .add(text);
    follow_board(&shown);
    let resized = Rc::clone(&shown);
    on_resize(&room, move || resized.dress());
    let top = el("div", "display__top")
        .add(head())
        .add(facts(shown.facts))
        .add(
            el("button", "button button--quiet")
                .test("display-as-text")
                .says("aria-pressed", move || is_text.get())
                .press(move || is_text.update(|is_text| *is_text = !*is_text))
                .text("As text"),
        )
        .add(keyboard(&shown));
    let cleared = when(
        move || !is_there.get(),
        || {
            el("p", "display__cleared")
                .test("display-cleared")
                .attr("role", "status")
                .text("Cleared: its program took the picture away. The next frame will be here.")
        },
    );
    nothing().add(top).add(cleared).add(room)
}

fn follow_board(shown: &Rc<Shown>) {
    let (frames, ticks) = (Rc::clone(shown), Rc::clone(shown));
    let weak = Rc::downgrade(shown);
    follow(move || frames.take(&weak));
    follow(move || {
        ticks.board.now();
        ticks.dress();
        ticks.tell();
    });
}

impl Shown {
    /// Draws what differs in what the board knows. A relay that was restarted counts versions anew: one that was
    /// seen before may have other rows.
    fn take(&self, this: &Weak<Self>) {
        let room = self.room.client_width();
        let show = |version, value: &serde_json::Value| {
            let dirty = self.painter.borrow_mut().show(value, room);
            (version, !dirty.is_empty())
        };
        let shown = self.board.display(&self.name, show);
        let seen = self.version.replace(shown.map(|(version, _)| version));
        let Some((version, has_changed)) = shown else {
            return;
        };
        if seen == Some(version) && !has_changed {
            return;
        }
        if seen.is_some() {
            let mut frames = self.frames.borrow_mut();
            frames.push_back(clock::now());
            if frames.len() > MAX_FRAMES {
                frames.pop_front();
            }
        }
        self.tell();
        self.mirror.note(this);
    }

    fn dress(&self) {
        let room = self.room.client_width();
        if room > 0 {
            self.painter.borrow_mut().dress(room);
        }
    }

    fn tell(&self) {
        let now = clock::now();
        let screen = &self.painter.borrow().screen;
        let frames = self.frames.borrow();
        let is_fresh = |at: &&Millis| now.saturating_sub(**at) < SECOND;
        let facts = Facts {
            size: format!("{}×{}", screen.width, screen.rows.len()),
            n_frames: frames.iter().rev().take_while(is_fresh).count(),
            last_at: frames.back().copied(),
            input: screen.input.clone(),
        };
        if self.facts.get_untracked() != facts {
            self.facts.set(facts);
        }
    }
}

/// Size, frames in the last second, age of the last one.
fn facts(facts: Held<Facts>) -> El {
    let board = Board::get();
    let said = memo(move || {
        board.now();
        let facts = facts.get();
        let age = match facts.last_at {
            Some(at) => age::ago(clock::now(), at),
            None => "before you came".to_owned(),
        };
        (
            facts.size,
            format!("{} fps", facts.n_frames),
            format!("last frame {age}"),
        )
    });
    el("span", "display__facts")
        .test("display-facts")
        .add(el("span", "").text_now(move || said.get().0))
        .add(el("span", "").text_now(move || said.get().1))
        .add(el("span", "").text_now(move || said.get().2))
}
