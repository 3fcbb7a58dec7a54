//! What a line of Markdown is by itself.

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Nothing but space.
    Blank,
    /// `---`, `***` or `___`.
    Rule,
    /// Level and text.
    Heading(u8, &'a str),
    /// The beginning of code: the mark, how many of it, the language.
    Fence(char, usize, &'a str),
    /// What is behind `>`.
    Quote(&'a str),
    /// A row of a table.
    Table,
    /// Number and text.
    Entry(Option<u32>, &'a str),
    /// Anything else.
    Text(&'a str),
}

/// A line and by how many spaces it is indented.
pub(super) fn line_of(line: &str) -> (Line<'_>, usize) {
    let inner = line.trim_start();
    let indent = line.len() - inner.len();
    let inner = inner.trim_end();
    let known = match inner.as_bytes().first() {
        None => Some(Line::Blank),
        Some(b'#') => heading(inner),
        Some(b'`' | b'~') => fence(inner),
        Some(b'>') => Some(Line::Quote(after(inner, 1))),
        Some(b'|') => Some(Line::Table),
        Some(b'-' | b'*' | b'+' | b'_') => rule(inner).or_else(|| bullet(inner)),
        Some(b'0'..=b'9') => numbered(inner),
        Some(_) => None,
    };
    (known.unwrap_or(Line::Text(inner)), indent)
}

fn heading(line: &str) -> Option<Line<'_>> {
    let level = line.len() - line.trim_start_matches('#').len();
    let text = line.get(level..)?.strip_prefix(' ')?;
    let level = u8::try_from(level).ok().filter(|level| *level <= 6)?;
    Some(Line::Heading(level, text.trim_start()))
}

fn fence(line: &str) -> Option<Line<'_>> {
    let mark = line.chars().next()?;
    let rest = line.trim_start_matches(mark);
    let n_marks = line.len() - rest.len();
    // Three and more, and no mark behind them: that is code within a line.
    let is_fence = n_marks >= 3 && !rest.contains('`');
    is_fence.then(|| Line::Fence(mark, n_marks, rest.trim()))
}

fn rule(line: &str) -> Option<Line<'_>> {
    let mark = line.chars().next().filter(|mark| *mark != '+')?;
    let marks = line.chars().filter(|of| *of == mark).count();
    let is_rule = marks >= 3 && line.chars().all(|of| of == mark || of == ' ');
    is_rule.then_some(Line::Rule)
}

fn bullet(line: &str) -> Option<Line<'_>> {
    let is_bullet = !line.starts_with('_') && line.get(1..)?.starts_with(' ');
    is_bullet.then(|| Line::Entry(None, after(line, 1)))
}

fn numbered(line: &str) -> Option<Line<'_>> {
    let rest = line.trim_start_matches(|of: char| of.is_ascii_digit());
    let (number, _) = line.split_at(line.len() - rest.len());
    // A number with a zero in front would lose it.
    let is_plain = number == "0" || !number.starts_with('0');
    let is_entry = is_plain && (rest.starts_with(". ") || rest.starts_with(") "));
    let number = number.parse().ok().filter(|_| is_entry)?;
    Some(Line::Entry(Some(number), after(rest, 1)))
}

fn after(line: &str, n_bytes: usize) -> &str {
    line.get(n_bytes..).unwrap_or_default().trim_start()
}
