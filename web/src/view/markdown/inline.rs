//! What is inside a line: emphasis, code, links.

/// Schemes that a link may have: nothing that runs.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// Longest address of a link, in bytes.
const LONGEST_ADDRESS: usize = 2_000;

/// More backticks than this are no code within a line.
const MOST_TICKS: usize = 3;

/// A stretch of text in one form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Run<'a> {
    /// What is read.
    pub text: &'a str,
    /// Bold.
    pub is_strong: bool,
    /// Italic.
    pub is_emphasised: bool,
    /// Monospaced.
    pub is_code: bool,
    /// Where it leads: `http`, `https` or `mailto`.
    pub link: Option<&'a str>,
}

/// The stretches of a text.
#[must_use]
pub fn runs(text: &str) -> Vec<Run<'_>> {
    let mut reader = Reader {
        text,
        begun: 0,
        place: 0,
        form: Run::default(),
        closers: [0; 4],
        ticks: [0; MOST_TICKS],
        runs: Vec::new(),
    };
    while let Some(byte) = text.as_bytes().get(reader.place) {
        reader.step(*byte);
    }
    reader.flush(text.len(), text.len());
    reader.runs
}

struct Reader<'a> {
    text: &'a str,
    /// Where the stretch begins that is being read.
    begun: usize,
    place: usize,
    /// Its form.
    form: Run<'a>,
    /// The next place that closes emphasis, strength of `*`, then of `_`, as far as known: what was searched
    /// once is not searched again, so that a text of nothing but openers takes no longer than another.
    closers: [usize; 4],
    /// The same for one, two and three backticks.
    ticks: [usize; MOST_TICKS],
    runs: Vec<Run<'a>>,
}

impl<'a> Reader<'a> {
    fn step(&mut self, byte: u8) {
        let is_taken = match byte {
            b'\\' => self.escape(),
            b'`' => self.code(),
            b'*' | b'_' => self.mark(byte),
            b'[' => self.link(),
            b'h' | b'H' => self.bare_link(),
            _ => false,
        };
        if !is_taken {
            self.place += 1;
        }
    }

    /// Ends a stretch at `end`, and begins the next at `next`.
    fn flush(&mut self, end: usize, next: usize) {
        let text = self.text.get(self.begun..end).unwrap_or_default();
        if !text.is_empty() {
            self.runs.push(Run { text, ..self.form });
        }
        self.begun = next;
        self.place = next;
    }

    fn push(&mut self, end: usize, next: usize, run: Run<'a>) -> bool {
        self.flush(end, next);
        self.runs.push(run);
        true
    }

    fn byte(&self, place: usize) -> Option<u8> {
        self.text.as_bytes().get(place).copied()
    }

    fn is_word_at(&self, place: usize) -> bool {
        // Beyond ASCII everything counts as a letter.
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
        self.byte(place).is_some_and(is_word)
    }

    fn is_space_at(&self, place: usize) -> bool {
        self.byte(place)
            .is_none_or(|byte| byte.is_ascii_whitespace())
    }

    /// How many of a byte follow each other.
    fn count(&self, byte: u8, place: usize) -> usize {
        let bytes = self.text.as_bytes().get(place..).unwrap_or_default();
        bytes.iter().take_while(|other| **other == byte).count()
    }

    fn escape(&mut self) -> bool {
        let next = self.byte(self.place + 1);
        let is_mark = next.is_some_and(|byte| b"*_`[]#<>|-".contains(&byte));
        if is_mark {
            self.flush(self.place, self.place + 1);
            self.place += 1;
        }
        is_mark
    }

    fn code(&mut self) -> bool {
        let n_ticks = self.count(b'`', self.place);
        let begin = self.place + n_ticks;
        let end = match n_ticks {
            1..=MOST_TICKS => self.next_ticks(n_ticks, begin),
            _ => None,
        };
        let Some(end) = end else {
            self.place = begin;
            return true;
        };
        let text = self.text.get(begin..end).unwrap_or_default();
        let inner = text
            .strip_prefix(' ')
            .and_then(|text| text.strip_suffix(' '));
        let run = Run {
            text: inner.filter(|inner| !inner.is_empty()).unwrap_or(text),
            is_code: true,
            ..self.form
        };
        self.push(self.place, end + n_ticks, run)
    }

    fn next_ticks(&mut self, n_ticks: usize, from: usize) -> Option<usize> {
        let known = self.ticks.get(n_ticks - 1).copied()?;
        let mut place = known.max(from);
        while place < self.text.len() {
            let found = self.count(b'`', place);
            if found == n_ticks {
                break;
            }
            place += found.max(1);
        }
        self.ticks[n_ticks - 1] = place;
        (place < self.text.len()).then_some(place)
    }

    /// `*`, `**` and `***`, and the same of `_`: opens or closes where that makes sense.
    fn mark(&mut self, byte: u8) -> bool {
        let n_marks = self.count(byte, self.place);
        let (begin, end) = (self.place, self.place + n_marks);
        let (is_single, is_double) = (n_marks == 1 || n_marks == 3, n_marks == 2 || n_marks == 3);
        let closes = self.closes(begin, end);
        let opens = self.opens(begin, end, is_double);
        let (mut next, mut has_changed) = (self.form, false);
        for (is_meant, is_strong) in [(is_single, false), (is_double, true)] {
            let flag = match is_strong {
                true => &mut next.is_strong,
                false => &mut next.is_emphasised,
            };
            let turns = match *flag {
                true => closes,
                false => opens && self.is_closed_after(byte, is_strong, end),
            };
            if is_meant && turns {
                *flag = !*flag;
                has_changed = true;
            }
        }
        if has_changed {
            self.flush(begin, end);
            self.form = next;
        }
        self.place = end;
        true
    }

    fn closes(&self, begin: usize, end: usize) -> bool {
        let behind = begin.checked_sub(1);
        let is_behind_text = behind.is_some_and(|place| !self.is_space_at(place));
        is_behind_text && !self.is_word_at(end)
    }

    /// A single one opens before a word only: `src/*.rs` is no emphasis.
    fn opens(&self, begin: usize, end: usize, is_double: bool) -> bool {
        let is_in_word = begin
            .checked_sub(1)
            .is_some_and(|place| self.is_word_at(place));
        let is_before_word =
            self.is_word_at(end) || self.byte(end).is_some_and(|byte| b"\"'`([".contains(&byte));
        let is_before_text = is_before_word || is_double && !self.is_space_at(end);
        !is_in_word && is_before_text
    }

    fn is_closed_after(&mut self, byte: u8, is_strong: bool, from: usize) -> bool {
        let which = usize::from(is_strong) + 2 * usize::from(byte == b'_');
        let mut place = self.closers[which].max(from);
        while place < self.text.len() {
            let n_marks = self.count(byte, place);
            let fits = n_marks == 3 || n_marks == 1 + usize::from(is_strong);
            if n_marks > 0 && fits && self.closes(place, place + n_marks) {
                break;
            }
            place += n_marks.max(1);
        }
        self.closers[which] = place;
        place < self.text.len()
    }

    /// `[words](address)`; what leads to nowhere good stays text.
    fn link(&mut self) -> bool {
        let rest = self.text.get(self.place + 1..).unwrap_or_default();
        // A bracket within ends the search: so each byte is searched for one bracket only.
        let Some(end) = rest
            .find(['[', ']'])
            .filter(|end| !rest[*end..].starts_with('['))
        else {
            return false;
        };
        let (words, rest) = rest.split_at(end);
        let address = rest.strip_prefix("](").and_then(address_of);
        let Some(address) = address.filter(|_| !words.trim().is_empty()) else {
            return false;
        };
        let code = words
            .strip_prefix('`')
            .and_then(|words| words.strip_suffix('`'));
        let run = Run {
            text: code.unwrap_or(words),
            is_code: code.is_some(),
            link: Some(address),
            ..self.form
        };
        let next = self.place + 1 + words.len() + 2 + address.len() + 1;
        self.push(self.place, next, run)
    }

    /// An address that just stands there.
    fn bare_link(&mut self) -> bool {
        let is_in_word = self
            .place
            .checked_sub(1)
            .is_some_and(|place| self.is_word_at(place));
        let rest = self.text.get(self.place..).unwrap_or_default();
        if is_in_word || !is_allowed(rest) {
            return false;
        }
        let ends = |of: char| of.is_whitespace() || of.is_control() || "<>\"`[]{}|\\^".contains(of);
        let end = rest.find(ends).unwrap_or(rest.len());
        let address =
            rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', ')', '*', '_']);
        let is_short = address.len() <= LONGEST_ADDRESS && address.len() > "https://".len();
        if !is_short {
            self.place += end;
            return true;
        }
        let run = Run {
            text: address,
            link: Some(address),
            ..self.form
        };
        self.push(self.place, self.place + address.len(), run)
    }
}

/// The address up to the bracket that closes it, if a page may lead there.
fn address_of(rest: &str) -> Option<&str> {
    let mut depth = 0;
    let mut end = None;
    for (place, byte) in rest.bytes().enumerate().take(LONGEST_ADDRESS) {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => {
                end = Some(place);
                break;
            }
            b')' => depth -= 1,
            b'[' | b'<' | b'>' | b'"' | b'\\' | 0..=b' ' | 0x7f => return None,
            _ => {}
        }
    }
    rest.get(..end?).filter(|address| is_allowed(address))
}

fn is_allowed(address: &str) -> bool {
    let begins = |scheme: &&str| {
        let begin = address.get(..scheme.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
    };
    SCHEMES.iter().any(begins)
}
