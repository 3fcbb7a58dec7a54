//! A terminal's rows on a canvas.

use serde_json::Value;
use web_sys::CanvasRenderingContext2d;

use crate::canvas::{Canvas, scale, styled};
use crate::view::display::Screen;
use crate::view::display::palette::{block, rgb};
use crate::view::display::sgr::{Colour, Run, Style, runs};
use crate::view::number::decimal;

/// Sizes of the text that are tried to make all columns fit, in pixels of the style.
const SMALLEST: f64 = 7.0;
const LARGEST: f64 = 15.0;

/// The size that [`Painter::columns`] and rows are counted in.
const COMFORTABLE: f64 = 13.0;

/// How much of its colour a dim text keeps.
const DIM: f64 = 0.62;

/// Draws rows, and only those that changed.
pub(super) struct Painter {
    canvas: Canvas,
    pub(super) screen: Screen,
    look: Look,
    cell: Cell,
}

/// All that a row's picture depends on beside the row; a change of it draws everything anew.
#[derive(Clone, Default, PartialEq)]
struct Look {
    ink: String,
    ground: String,
    family: String,
    scale: f64,
    room: i32,
    size: (u32, usize),
}

/// A cell, in device pixels.
#[derive(Clone, Copy, Default)]
struct Cell {
    text: f64,
    width: f64,
    height: f64,
    ascent: f64,
}

impl Painter {
    pub(super) fn new(canvas: Canvas) -> Self {
        Self {
            canvas,
            screen: Screen::default(),
            look: Look::default(),
            cell: Cell::default(),
        }
    }

    /// Takes a value and draws what differs; the rows that do.
    pub(super) fn show(&mut self, value: &Value, room: i32) -> Vec<usize> {
        let dirty = self.screen.take(value);
        if !self.dress(room) {
            self.draw(&dirty);
        }
        dirty
    }

    /// Draws everything anew if the room, the theme or the screen's resolution changed; whether one did.
    pub(super) fn dress(&mut self, room: i32) -> bool {
        let look = Look {
            ink: styled(&self.canvas.node, "color"),
            ground: styled(&self.canvas.node, "background-color"),
            family: styled(&self.canvas.node, "font-family"),
            scale: scale(),
            room,
            size: (self.screen.width, self.screen.rows.len()),
        };
        if look == self.look {
            return false;
        }
        self.look = look;
        self.fit();
        let all: Vec<_> = (0..self.screen.rows.len()).collect();
        self.draw(&all);
        true
    }

    fn fit(&mut self) {
        let (columns, rows) = self.look.size;
        let one = self.measured(1.0);
        let widest = f64::from(self.look.room) / (f64::from(columns.max(1)) * one.width);
        let text = widest.clamp(SMALLEST, LARGEST) * self.look.scale;
        self.cell = self.measured(text);
        self.cell.height = self.cell.height.ceil();
        let width = (f64::from(columns) * self.cell.width).ceil();
        let height = rows as f64 * self.cell.height;
        self.canvas.fit(width, height, self.look.scale);
    }

    /// The cell of a text of this size.
    fn measured(&self, text: f64) -> Cell {
        // Of a large text, as measures are rounded.
        self.canvas
            .pen
            .set_font(&format!("100px {}", self.look.family));
        let measured = self.canvas.pen.measure_text("0").ok();
        let measure = |read: fn(&web_sys::TextMetrics) -> f64, otherwise: f64| {
            let read = measured.as_ref().map(read).filter(|length| *length > 0.0);
            read.unwrap_or(otherwise) / 100.0 * text
        };
        let ascent = measure(web_sys::TextMetrics::font_bounding_box_ascent, 95.0);
        Cell {
            text,
            width: measure(web_sys::TextMetrics::width, 60.0),
            height: ascent + measure(web_sys::TextMetrics::font_bounding_box_descent, 25.0),
            ascent,
        }
    }

    /// Columns and rows that a window of this many pixels holds comfortably.
    pub(super) fn cells_in(&self, width: i32, height: i32) -> (u32, u32) {
        let cell = self.measured(COMFORTABLE);
        let count = |room: i32, cell: f64| (f64::from(room) / cell) as u32;
        let (columns, rows) = (count(width, cell.width), count(height, cell.height.ceil()));
        (columns.clamp(20, 500), rows.clamp(5, 500))
    }

    fn draw(&self, rows: &[usize]) {
        let pen = &self.canvas.pen;
        let width = f64::from(self.canvas.node.width());
        for row in rows {
            let top = *row as f64 * self.cell.height;
            pen.clear_rect(0.0, top, width, self.cell.height);
            for run in runs(&self.screen.rows[*row], self.screen.width) {
                self.draw_run(pen, &run, top);
            }
        }
    }

    fn draw_run(&self, pen: &CanvasRenderingContext2d, run: &Run, top: f64) {
        let (style, cell) = (run.style, self.cell);
        let left = (f64::from(run.column) * cell.width).round();
        let right = (f64::from(run.column + run.width) * cell.width).round();
        let (ink, ground) = self.colours(style);
        if style.is_inverse || style.background != Colour::Default {
            pen.set_fill_style_str(&ground);
            pen.fill_rect(left, top, right - left, cell.height);
        }
        pen.set_fill_style_str(&ink);
        pen.set_global_alpha(if style.is_dim { DIM } else { 1.0 });
        if let Some([x, y, width, height]) = block(&run.text) {
            let wide = right - left;
            pen.fill_rect(
                left + x * wide,
                top + y * cell.height,
                width * wide,
                height * cell.height,
            );
        } else if run.text != " " {
            pen.set_font(&self.font(style));
            let at = f64::from(run.column) * cell.width;
            let _ = pen.fill_text(&run.text, at, top + cell.ascent.round());
        }
        if style.is_underlined {
            let thick = (cell.text / 14.0).ceil();
            pen.fill_rect(left, top + cell.height - 2.0 * thick, right - left, thick);
        }
        pen.set_global_alpha(1.0);
    }

    fn font(&self, style: Style) -> String {
        let slant = if style.is_italic { "italic " } else { "" };
        let weight = if style.is_bold { "bold " } else { "" };
        let size = decimal(self.cell.text);
        [slant, weight, &size, "px ", &self.look.family].concat()
    }

    /// Of the text and of what is behind it.
    fn colours(&self, style: Style) -> (String, String) {
        let is_dark = is_light(&self.look.ink);
        let of = |colour: Colour, page: &str| match rgb(colour, is_dark) {
            Some(rgb) => format!("#{rgb:06x}"),
            None => page.to_owned(),
        };
        let ink = of(style.foreground, &self.look.ink);
        let ground = of(style.background, &self.look.ground);
        match style.is_inverse {
            true => (ground, ink),
            false => (ink, ground),
        }
    }
}

/// Whether a colour such as `rgb(230, 238, 245)` is nearer to white than to black.
fn is_light(colour: &str) -> bool {
    let numbers = colour.split(|c: char| !c.is_ascii_digit());
    let sum: u32 = numbers
        .filter_map(|number| number.parse::<u32>().ok())
        .take(3)
        .sum();
    sum > 384
}
