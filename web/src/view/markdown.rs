//! Markdown as agents write it, as blocks to draw.
//!
//! A small parser of our own: one for all of CommonMark takes about as many bytes as all other views
//! together, and most of what it knows no agent writes. What is not known here stays the text it is, such as
//! HTML and tables. It never fails, and takes time in proportion to the text, whatever the text.

mod inline;
mod lines;

pub use inline::{Run, runs};
use lines::{Line, line_of};

/// Longer texts are cut until somebody asks for all, in bytes: about two screens.
const LONG: usize = 4_000;

/// A text with more lines than this is cut too.
const LONG_LINES: usize = 60;

/// A part of a text with a form of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The byte of the text it begins at; a text that grows behind it keeps it.
    pub at: usize,
    /// Its form.
    pub form: Form,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Lines to be read as [`runs`].
    Paragraph(String),
    /// A heading of level 1 to 6, to be read as [`runs`].
    Heading(u8, String),
    /// Preformatted lines and the name of their language, which may be empty. A table is one too.
    Code(String, String),
    /// Lines that are Markdown again.
    Quote(String),
    /// Entries one below the other.
    List(Vec<Entry>),
    /// A line across.
    Rule,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// It belongs to the entry before it that is not.
    pub is_nested: bool,
    /// Its number; none behind a bullet.
    pub number: Option<u32>,
    /// To be read as [`runs`].
    pub text: String,
}

/// The blocks of a text.
#[must_use]
pub fn blocks(text: &str) -> Vec<Block> {
    blocks_from(text, 0)
}

/// The blocks from one on that began at `at`: what was before it stays as it was.
#[must_use]
pub fn blocks_from(text: &str, at: usize) -> Vec<Block> {
    let mut reading = Reading::default();
    let mut place = at;
    for line in text.get(at..).unwrap_or_default().split_inclusive('\n') {
        reading.take(place, line.trim_end_matches(['\n', '\r']));
        place += line.len();
    }
    reading.blocks
}

/// How many of a text's blocks stay as they are, whatever is appended: all but the last one of whole lines,
/// and what the line without an end made.
#[must_use]
pub fn steady(text: &str, blocks: &[Block]) -> usize {
    let line = text.rfind('\n').map_or(0, |end| end + 1);
    let n_whole = blocks.partition_point(|block| block.at < line);
    n_whole.saturating_sub(1)
}

/// The beginning of a long text, to be shown until somebody asks for all.
#[must_use]
pub fn beginning(text: &str) -> Option<&str> {
    let lines = text.match_indices('\n').nth(LONG_LINES);
    let until = lines.map_or(text.len(), |(place, _)| place).min(LONG);
    // Not for a few words more: that would be a button for nothing.
    if until + LONG / 4 >= text.len() {
        return None;
    }
    let until = text.floor_char_boundary(until);
    text.get(..until)
}

/// A text that is still being written, and its blocks.
#[derive(Debug, Default)]
pub struct Growing {
    text: String,
    blocks: Vec<Block>,
    n_steady: usize,
}

impl Growing {
    /// Takes up the text as it is now; reads only what may have changed.
    pub fn take(&mut self, text: String) {
        if !text.starts_with(&self.text) {
            *self = Self::default();
        }
        let from = self.blocks.get(self.n_steady).map_or(0, |block| block.at);
        self.blocks.truncate(self.n_steady);
        self.blocks.extend(blocks_from(&text, from));
        self.n_steady = steady(&text, &self.blocks);
        self.text = text;
    }

    /// The blocks, each with a name that changes when it has to be drawn anew: from where to where it goes.
    pub fn blocks(&self) -> impl Iterator<Item = (String, &Block)> {
        let ends = self.blocks.iter().skip(1).map(|next| next.at);
        let ends = ends.chain([self.text.len()]);
        let each = self.blocks.iter().zip(ends);
        each.map(|(block, end)| (format!("{} {end}", block.at), block))
    }
}

#[derive(Default)]
struct Reading {
    blocks: Vec<Block>,
    /// The last block goes on with the next line.
    is_open: bool,
    /// What closes the code that is open.
    fence: Option<Fence>,
    /// A line without a word came since.
    was_blank: bool,
}

struct Fence {
    mark: char,
    n_marks: usize,
    indent: usize,
}

impl Reading {
    fn take(&mut self, at: usize, line: &str) {
        if self.fence.is_some() {
            return self.take_code(line);
        }
        let known = line_of(line);
        if let (Line::Blank, _) = known {
            // A list goes on behind a blank line, if another entry follows.
            self.is_open &= matches!(self.last(), Some(Form::List(_)));
            self.was_blank = true;
            return;
        }
        self.take_known(at, line, known);
        self.was_blank = false;
    }

    fn take_known(&mut self, at: usize, line: &str, (known, indent): (Line<'_>, usize)) {
        match known {
            Line::Blank => {}
            Line::Rule => self.close_with(at, Form::Rule),
            Line::Heading(level, text) => self.close_with(at, Form::Heading(level, text.into())),
            Line::Fence(mark, n_marks, language) => {
                self.close_with(at, Form::Code(language.into(), String::new()));
                self.fence = Some(Fence {
                    mark,
                    n_marks,
                    indent,
                });
            }
            Line::Table => match self.open() {
                Some(Form::Code(_, text)) => add_line(text, line.trim_end()),
                _ => self.begin(at, Form::Code(String::new(), line.trim().into())),
            },
            Line::Quote(text) => match self.open() {
                Some(Form::Quote(quoted)) => add_line(quoted, text),
                _ => self.begin(at, Form::Quote(text.into())),
            },
            Line::Entry(number, text) => self.take_entry(at, indent, number, text),
            Line::Text(text) => self.take_text(at, indent, text),
        }
    }

    fn take_entry(&mut self, at: usize, indent: usize, number: Option<u32>, text: &str) {
        let entry = |is_nested| Entry {
            is_nested,
            number,
            text: text.into(),
        };
        match self.open() {
            Some(Form::List(entries)) => entries.push(entry(indent >= 2)),
            _ => self.begin(at, Form::List(vec![entry(false)])),
        }
    }

    fn take_text(&mut self, at: usize, indent: usize, text: &str) {
        let is_apart = self.was_blank && indent < 2;
        match self.open() {
            Some(Form::Paragraph(before)) => add_line(before, text),
            Some(Form::List(entries)) if !is_apart => {
                if let Some(entry) = entries.last_mut() {
                    add_line(&mut entry.text, text);
                }
            }
            _ => self.begin(at, Form::Paragraph(text.into())),
        }
    }

    fn take_code(&mut self, line: &str) {
        let Some(fence) = &self.fence else { return };
        let inner = line.trim();
        let n_marks = inner.len() - inner.trim_start_matches(fence.mark).len();
        if n_marks >= fence.n_marks && n_marks == inner.len() {
            self.fence = None;
            return;
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        let line = line.get(indent.min(fence.indent)..).unwrap_or_default();
        if let Some(Form::Code(_, text)) = self.blocks.last_mut().map(|block| &mut block.form) {
            text.push_str(line);
            text.push('\n');
        }
    }

    fn last(&self) -> Option<&Form> {
        self.blocks.last().map(|block| &block.form)
    }

    fn open(&mut self) -> Option<&mut Form> {
        let last = self.blocks.last_mut().filter(|_| self.is_open)?;
        Some(&mut last.form)
    }

    fn begin(&mut self, at: usize, form: Form) {
        self.blocks.push(Block { at, form });
        self.is_open = true;
    }

    fn close_with(&mut self, at: usize, form: Form) {
        self.begin(at, form);
        self.is_open = false;
    }
}

fn add_line(text: &mut String, line: &str) {
    text.push('\n');
    text.push_str(line);
}

#[cfg(test)]
mod tests;
