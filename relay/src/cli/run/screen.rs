//! The screen that a command's output makes.

use std::fmt::Write;
use std::num::NonZeroU16;

use vt100::{Cell, Color, Parser};

use super::frames::{Grid, Size};

/// What the command's terminal shows. Bounded by its size: nothing that scrolled away is kept.
pub(super) struct Screen {
    parser: Parser,
    has_colour: bool,
}

impl Screen {
    pub(super) fn new(size: Size, has_colour: bool) -> Self {
        Self {
            parser: Parser::new(cells(size.height), cells(size.width), 0),
            has_colour,
        }
    }

    /// Takes output in.
    pub(super) fn process(&mut self, output: &[u8]) {
        self.parser.process(output);
    }

    pub(super) fn resize(&mut self, size: Size) {
        let (height, width) = (cells(size.height), cells(size.width));
        self.parser.set_size(height, width);
    }

    /// What it shows now, without blanks at the ends of rows.
    pub(super) fn grid(&self) -> Grid {
        let screen = self.parser.screen();
        let (height, width) = screen.size();
        let size = Size::new(width.get().into(), height.get().into());
        let row = |n| match self.has_colour {
            true => self.coloured(n),
            false => self.plain(n),
        };
        let rows = (0..size.height).map(row).collect();
        Grid { size, rows }
    }

    /// The cells of a row, without the second halves of wide ones.
    fn cells(&self, row: u16) -> impl Iterator<Item = &Cell> {
        let screen = self.parser.screen();
        let width = screen.size().1.get();
        let cells = (0..width).filter_map(move |column| screen.cell(row, column));
        cells.filter(|cell| !cell.is_wide_continuation())
    }

    fn plain(&self, row: u16) -> String {
        let mut text = String::new();
        for cell in self.cells(row) {
            text.push_str(shown(cell));
        }
        text.truncate(text.trim_end_matches(' ').len());
        text
    }

    /// The row with the sequences that set its colours ("Select Graphic Rendition", ECMA-48 8.3.117).
    fn coloured(&self, row: u16) -> String {
        let (mut text, mut style, mut end) = (String::new(), Style::default(), 0);
        for cell in self.cells(row) {
            let next = Style::of(cell);
            if next != style {
                next.write(&mut text);
                style = next;
            }
            text.push_str(shown(cell));
            if shown(cell) != " " || style != Style::default() {
                end = text.len();
            }
        }
        text.truncate(end);
        if !text.is_empty() && style_at_end(&text) {
            text.push_str("\u{1b}[m");
        }
        text
    }
}

/// Whether a text with sequences ends with a style that is not the default.
fn style_at_end(text: &str) -> bool {
    let last = text.rfind("\u{1b}[").map(|at| &text[at..]);
    last.is_some_and(|last| !last.starts_with("\u{1b}[m"))
}

fn shown(cell: &Cell) -> &str {
    match cell.contents() {
        "" => " ",
        contents => contents,
    }
}

fn cells(side: u16) -> NonZeroU16 {
    NonZeroU16::new(side).unwrap_or(NonZeroU16::MIN)
}

/// How a cell looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Style {
    foreground: Color,
    background: Color,
    is_bold: bool,
    is_dim: bool,
    is_italic: bool,
    is_underlined: bool,
    is_inverse: bool,
}

impl Style {
    fn of(cell: &Cell) -> Self {
        Self {
            foreground: cell.fgcolor(),
            background: cell.bgcolor(),
            is_bold: cell.bold(),
            is_dim: cell.dim(),
            is_italic: cell.italic(),
            is_underlined: cell.underline(),
            is_inverse: cell.inverse(),
        }
    }

    /// The one sequence that makes whatever was before to this.
    fn write(&self, text: &mut String) {
        let flags = [
            (self.is_bold, "1"),
            (self.is_dim, "2"),
            (self.is_italic, "3"),
            (self.is_underlined, "4"),
            (self.is_inverse, "7"),
        ];
        let flags = flags.iter().filter(|(is_set, _)| *is_set);
        let mut codes: Vec<String> = flags.map(|(_, code)| (*code).to_owned()).collect();
        codes.extend(colour(self.foreground, 30));
        codes.extend(colour(self.background, 40));
        let separator = if codes.is_empty() { "" } else { "0;" };
        // Writing to a text does not fail.
        let _ = write!(text, "\u{1b}[{separator}{}m", codes.join(";"));
    }
}

/// A colour's code; `base` is 30 for the foreground and 40 for the background.
fn colour(colour: Color, base: u8) -> Option<String> {
    match colour {
        Color::Default => None,
        Color::Idx(n @ 0..8) => Some((base + n).to_string()),
        Color::Idx(n @ 8..16) => Some((base + 60 + n - 8).to_string()),
        Color::Idx(n) => Some(format!("{};5;{n}", base + 8)),
        Color::Rgb(r, g, b) => Some(format!("{};2;{r};{g};{b}", base + 8)),
    }
}

#[cfg(test)]
mod tests;
