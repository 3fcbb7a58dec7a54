//! The colours of a row: "Select Graphic Rendition" (ECMA-48 8.3.117), everything else is dropped.

use std::iter::Peekable;
use std::str::Chars;

use super::width::{is_dropped, width};

/// Numbers read of one sequence; more are passed over.
const MAX_NUMBERS: usize = 32;

/// Marks on one cell, such as accents; more are passed over.
const MAX_MARKS: usize = 8;

/// A colour of a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Colour {
    /// That of the page.
    #[default]
    Default,
    /// One of the 256.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// How a cell looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Of the text.
    pub foreground: Colour,
    /// Behind the text.
    pub background: Colour,
    /// Heavy.
    pub is_bold: bool,
    /// Faint.
    pub is_dim: bool,
    /// Slanted.
    pub is_italic: bool,
    /// With a line below.
    pub is_underlined: bool,
    /// Foreground and background change places.
    pub is_inverse: bool,
}

/// Cells beside each other that look the same. One that is not ASCII is a run of its own, so that
/// whatever font draws it, what follows stands in its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The first column.
    pub column: u32,
    /// Columns.
    pub width: u32,
    /// What stands there.
    pub text: String,
    /// How it looks.
    pub style: Style,
}

/// The runs of a row of so many columns.
#[must_use]
pub fn runs(row: &str, columns: u32) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let (mut style, mut column) = (Style::default(), 0);
    let mut chars = row.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            escaped(&mut chars, &mut style);
            continue;
        }
        if is_dropped(c) {
            continue;
        }
        let wide = width(c);
        if wide == 0 {
            if let Some(run) = runs.last_mut().filter(|run| run.text.len() < MAX_MARKS * 4) {
                run.text.push(c);
            }
            continue;
        }
        if column + wide > columns {
            break;
        }
        push(&mut runs, c, column, wide, style);
        column += wide;
    }
    runs
}

fn push(runs: &mut Vec<Run>, c: char, column: u32, width: u32, style: Style) {
    let joins = |run: &&mut Run| run.style == style && run.text.is_ascii();
    if c.is_ascii()
        && let Some(run) = runs.last_mut().filter(joins)
    {
        run.text.push(c);
        run.width += 1;
        return;
    }
    runs.push(Run {
        column,
        width,
        text: c.into(),
        style,
    });
}

/// After an escape character: a sequence, a string such as a title, or a character of its own.
fn escaped(chars: &mut Peekable<Chars<'_>>, style: &mut Style) {
    match chars.next() {
        Some('[') => sequence(chars, style),
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(c) = chars.next() {
                if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                    return;
                }
            }
        }
        _ => {}
    }
}

fn sequence(chars: &mut Peekable<Chars<'_>>, style: &mut Style) {
    let mut numbers = vec![0_u16];
    let mut is_plain = true;
    for c in chars.by_ref() {
        match c {
            '0'..='9' => {
                let digit = c as u16 - '0' as u16;
                if let Some(last) = numbers.last_mut() {
                    *last = last.saturating_mul(10).saturating_add(digit);
                }
            }
            ';' if numbers.len() < MAX_NUMBERS => numbers.push(0),
            'm' if is_plain => return style.apply(&numbers),
            '\u{40}'..='\u{7e}' => return,
            _ => is_plain = false,
        }
    }
}

impl Style {
    fn apply(&mut self, numbers: &[u16]) {
        let mut numbers = numbers.iter().copied();
        while let Some(number) = numbers.next() {
            match number {
                0 => *self = Self::default(),
                1 => self.is_bold = true,
                2 => self.is_dim = true,
                3 => self.is_italic = true,
                4 => self.is_underlined = true,
                7 => self.is_inverse = true,
                22 => (self.is_bold, self.is_dim) = (false, false),
                23 => self.is_italic = false,
                24 => self.is_underlined = false,
                27 => self.is_inverse = false,
                30..=37 => self.foreground = Colour::Indexed(number as u8 - 30),
                38 => self.foreground = colour(&mut numbers).unwrap_or(self.foreground),
                39 => self.foreground = Colour::Default,
                40..=47 => self.background = Colour::Indexed(number as u8 - 40),
                48 => self.background = colour(&mut numbers).unwrap_or(self.background),
                49 => self.background = Colour::Default,
                90..=97 => self.foreground = Colour::Indexed(number as u8 - 82),
                100..=107 => self.background = Colour::Indexed(number as u8 - 92),
                _ => {}
            }
        }
    }
}

/// What follows 38 and 48: `5;n` or `2;r;g;b`.
fn colour(numbers: &mut dyn Iterator<Item = u16>) -> Option<Colour> {
    let kind = numbers.next()?;
    let mut byte = || numbers.next()?.try_into().ok();
    match kind {
        5 => Some(Colour::Indexed(byte()?)),
        2 => Some(Colour::Rgb(byte()?, byte()?, byte()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
