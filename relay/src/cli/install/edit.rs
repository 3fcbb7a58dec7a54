//! Edits of a JSON text that leave everything else in it as it is, byte for byte: comments, order,
//! spacing, trailing commas.
//!
//! [`remove`] takes out exactly what [`append`] put in.

use jsonc_parser::ast::{ObjectProp, Value};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::tokens::{Token, TokenAndRange};
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

/// What agents accept in their settings, and no more: who reads leniently would write what they refuse.
const ACCEPTED: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_loose_object_property_names: false,
    allow_trailing_commas: true,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// A text that was read.
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    /// The value; `None` when there is nothing but space and comments.
    pub(super) value: Option<Value<'a>>,
    /// Commas, brackets, comments and all else, in order.
    tokens: Vec<TokenAndRange<'a>>,
}

/// A list or an object, as brackets with children between them.
#[derive(Debug, Clone, Default)]
pub(super) struct Container {
    /// After the opening bracket.
    open: usize,
    /// Before the closing one.
    close: usize,
    children: Vec<Range>,
}

/// How a text is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) newline: &'static str,
    /// One step of indentation.
    pub(super) step: String,
}

impl<'a> Document<'a> {
    /// Reads a text.
    ///
    /// # Errors
    /// Where and why it is no JSON.
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        let collect = CollectOptions {
            comments: CommentCollectionStrategy::AsTokens,
            tokens: true,
        };
        let read = parse_to_ast(text, &collect, &ACCEPTED).map_err(|error| error.to_string())?;
        Ok(Self {
            text,
            value: read.value,
            tokens: read.tokens.unwrap_or_default(),
        })
    }

    /// How it is laid out; as most settings are where it does not tell.
    pub(super) fn layout(&self) -> Layout {
        let newline = match self.text.contains("\r\n") {
            true => "\r\n",
            false => "\n",
        };
        let root = self.value.as_ref().and_then(Container::of);
        let first = root.and_then(|root| root.children.first().copied());
        let step = first.and_then(|first| own_line(self.text, first.start));
        let step = step.filter(|step| !step.is_empty()).unwrap_or("  ");
        Layout {
            newline,
            step: step.to_owned(),
        }
    }

    /// The tokens that lie between two places.
    fn between(&self, start: usize, end: usize) -> impl Iterator<Item = &TokenAndRange<'a>> {
        let inside =
            move |token: &&TokenAndRange<'_>| token.range.start >= start && token.range.end <= end;
        self.tokens.iter().filter(inside)
    }

    fn comma(&self, start: usize, end: usize) -> Option<Range> {
        let mut tokens = self.between(start, end);
        tokens
            .find(|token| matches!(token.token, Token::Comma))
            .map(|token| token.range)
    }
}

impl Container {
    /// The brackets of a value, if it has some.
    pub(super) fn of(value: &Value<'_>) -> Option<Self> {
        let (range, children) = match value {
            Value::Object(object) => (object.range, object.properties.iter().map(range).collect()),
            Value::Array(array) => (array.range, array.elements.iter().map(range).collect()),
            _ => return None,
        };
        Some(Self {
            open: range.start + 1,
            close: range.end - 1,
            children,
        })
    }

    /// Whether its only child came into brackets that were empty, rather than together with them: then
    /// it stands right after the bracket, over several lines, which nobody else does.
    fn was_empty(&self, text: &str) -> bool {
        let only = self.children.first();
        only.is_some_and(|only| only.start == self.open && only.text(text).contains('\n'))
    }

    /// Whether there is just one.
    pub(super) fn has_one_child(&self) -> bool {
        self.children.len() == 1
    }

    /// Whether it may go together with its only child.
    pub(super) fn goes_with_its_child(&self, document: &Document<'_>) -> bool {
        let mut comments = document.between(self.open, self.close).filter(is_comment);
        self.has_one_child() && !self.was_empty(document.text) && comments.next().is_none()
    }
}

fn range(node: &impl Ranged) -> Range {
    node.range()
}

fn is_comment(token: &&TokenAndRange<'_>) -> bool {
    matches!(token.token, Token::CommentLine(_) | Token::CommentBlock(_))
}

/// The last property of this name, which is the one that counts, and its place among all.
pub(super) fn property<'v, 'a>(
    value: &'v Value<'a>,
    name: &str,
) -> Option<(usize, &'v ObjectProp<'a>)> {
    let properties = value.as_object()?.properties.iter().enumerate();
    properties.rev().find(|(_, it)| it.name.as_str() == name)
}

/// Puts a child at the end of a container. `write` is told the indentation of the child's lines after
/// the first.
pub(super) fn append(
    document: &Document<'_>,
    container: &Container,
    write: impl FnOnce(&str) -> String,
) -> String {
    let text = document.text;
    let Some(last) = container.children.last() else {
        // In front of the space that is there, so that the space is there again afterwards.
        let child = write(indentation(text, container.open));
        return spliced(text, &[(container.open, container.open, child)]);
    };
    let mut gap = document.between(last.end, container.close);
    let end = gap.by_ref().last();
    let place = end.map_or(last.end, |token| token.range.end);
    let own_line = own_line(text, last.start);
    let indent = own_line.unwrap_or_else(|| indentation(text, last.start));
    let must_break = end.is_some_and(|end| matches!(end.token, Token::CommentLine(_)));
    let space = match own_line.is_some() || must_break {
        true => format!("{}{indent}", document.layout().newline),
        false => " ".to_owned(),
    };
    let child = write(indent);
    match document.comma(last.end, container.close) {
        Some(_) => spliced(text, &[(place, place, format!("{space}{child},"))]),
        None => {
            let comma = (last.end, last.end, ",".to_owned());
            spliced(text, &[comma, (place, place, format!("{space}{child}"))])
        }
    }
}

/// Takes a child out of a container, with its comma and the space in front of it.
pub(super) fn remove(document: &Document<'_>, container: &Container, child: usize) -> String {
    let child_at = |index: usize| container.children.get(index);
    let Some(gone) = child_at(child) else {
        return document.text.to_owned();
    };
    let before = child.checked_sub(1).and_then(child_at);
    let before = before.map_or(container.open, |before| before.end);
    let after = child_at(child + 1).map_or(container.close, |after| after.start);
    let start = document.between(before, gone.start).last();
    let start = start.map_or(before, |token| token.range.end);
    if let Some(comma) = document.comma(gone.end, after) {
        return spliced(document.text, &[(start, comma.end, String::new())]);
    }
    let mut cuts = vec![(start, gone.end, String::new())];
    if let Some(comma) = document.comma(before, gone.start) {
        cuts.insert(0, (comma.start, comma.end, String::new()));
    }
    spliced(document.text, &cuts)
}

/// The text with replacements, which are in order and do not overlap: start, end, what comes there.
fn spliced(text: &str, replacements: &[(usize, usize, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end, new) in replacements {
        out.push_str(&text[at..*start]);
        out.push_str(new);
        at = *end;
    }
    out.push_str(&text[at..]);
    out
}

/// The space in front of a place, if nothing else stands before it on its line.
fn own_line(text: &str, place: usize) -> Option<&str> {
    let start = text[..place].rfind('\n')? + 1;
    let before = &text[start..place];
    before
        .chars()
        .all(|char| matches!(char, ' ' | '\t'))
        .then_some(before)
}

/// The space with which the line of a place begins.
fn indentation(text: &str, place: usize) -> &str {
    let start = text[..place].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..place];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}
