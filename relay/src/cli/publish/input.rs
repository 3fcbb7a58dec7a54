//! Standard input, line by line.

use std::io::{self, BufRead, Read, Write};

use pilothouse_shared::limits::MAX_BODY_BYTES;
use pilothouse_shared::{Body, Message, MessageKind, Role};
use thiserror::Error;
use tokio::sync::mpsc;

/// Lines read ahead.
const MAX_AHEAD: usize = 16;

/// Longest plain line, in bytes; a longer one becomes several messages. Every byte may take six in
/// JSON, so this fits a body.
const MAX_TEXT_BYTES: usize = MAX_BODY_BYTES / 8;

/// A line and what it means.
#[derive(Debug)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    pub(super) body: Body,
}

/// Why a line is no body.
#[derive(Debug, Error)]
pub(super) enum LineError {
    #[error("line {0} is not a JSON object: {1}; use --lines for plain text")]
    Json(usize, serde_json::Error),
    #[error("line {0}: {1}")]
    Body(usize, String),
    #[error("line {0} is longer than a body may be, {MAX_BODY_BYTES} bytes")]
    TooLong(usize),
    #[error("cannot read standard input: {0}")]
    Io(#[from] io::Error),
}

/// Reads standard input on a thread of its own: a read cannot be cancelled, and the process does not
/// wait for it. Ends at the first error.
pub(super) fn read(is_plain: bool, tee: bool) -> mpsc::Receiver<Result<Line, LineError>> {
    let (lines, receiver) = mpsc::channel(MAX_AHEAD);
    std::thread::spawn(move || {
        let echo = tee.then(io::stdout);
        let mut reader = Reader {
            input: io::stdin().lock(),
            echo,
            is_plain,
            number: 0,
            is_within: false,
        };
        while let Some(line) = reader.next().transpose() {
            let is_last = line.is_err();
            if lines.blocking_send(line).is_err() || is_last {
                break;
            }
        }
    });
    receiver
}

struct Reader<I, E> {
    input: I,
    /// Where the input is copied to, until nobody reads there.
    echo: Option<E>,
    is_plain: bool,
    number: usize,
    /// Whether the last piece ended before its line did.
    is_within: bool,
}

impl<I: BufRead, E: Write> Reader<I, E> {
    /// The next line that says something; `None` at the end.
    fn next(&mut self) -> Result<Option<Line>, LineError> {
        loop {
            let Some(piece) = self.piece()? else {
                return Ok(None);
            };
            if let Some(body) = self.body(&piece)? {
                let number = self.number;
                return Ok(Some(Line { number, body }));
            }
        }
    }

    fn piece(&mut self) -> Result<Option<Vec<u8>>, LineError> {
        let limit = match self.is_plain {
            true => MAX_TEXT_BYTES,
            // One more for the line break.
            false => MAX_BODY_BYTES + 1,
        };
        let mut piece = Vec::new();
        let mut input = (&mut self.input).take(limit as u64);
        if input.read_until(b'\n', &mut piece)? == 0 {
            return Ok(None);
        }
        if let Some(echo) = &mut self.echo
            && echo.write_all(&piece).and_then(|()| echo.flush()).is_err()
        {
            self.echo = None;
        }
        self.number += usize::from(!self.is_within);
        self.is_within = piece.last() != Some(&b'\n');
        if self.is_within && piece.len() == limit && !self.is_plain {
            return Err(LineError::TooLong(self.number));
        }
        Ok(Some(piece))
    }

    fn body(&self, piece: &[u8]) -> Result<Option<Body>, LineError> {
        if piece.trim_ascii().is_empty() {
            return Ok(None);
        }
        if self.is_plain {
            let text = String::from_utf8_lossy(piece);
            return Ok(Some(message(text.trim_end_matches(['\r', '\n']))));
        }
        let body: Body =
            serde_json::from_slice(piece).map_err(|error| LineError::Json(self.number, error))?;
        match body.problem() {
            Some(problem) => Err(LineError::Body(self.number, problem)),
            None => Ok(Some(body)),
        }
    }
}

fn message(text: &str) -> Body {
    Body::Message(Message {
        role: Role::Tool,
        text: text.to_owned(),
        kind: MessageKind::Text,
        message: None,
        extra: serde_json::Map::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(text: &[u8], is_plain: bool) -> Reader<&[u8], Vec<u8>> {
        Reader {
            input: text,
            echo: Some(Vec::new()),
            is_plain,
            number: 0,
            is_within: false,
        }
    }

    fn texts(text: &[u8]) -> Vec<String> {
        let mut reader = reader(text, true);
        let lines = std::iter::from_fn(|| reader.next().unwrap());
        lines
            .map(|line| match line.body {
                Body::Message(message) => message.text,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn refusal(text: &[u8]) -> String {
        let mut reader = reader(text, false);
        loop {
            if let Err(error) = reader.next().map(Option::unwrap) {
                return error.to_string();
            }
        }
    }

    #[test]
    fn every_plain_line_that_says_something_is_a_message() {
        assert_eq!(texts(b"  a\r\n\nb \n\t\nlast"), ["  a", "b ", "last"]);
        assert_eq!(texts(b"bad \xff bytes\n"), ["bad \u{fffd} bytes"]);
    }

    #[test]
    fn a_plain_line_without_end_becomes_several_messages() {
        let pieces = texts(&vec![b'x'; 2 * MAX_TEXT_BYTES + 5]);
        let lengths: Vec<_> = pieces.iter().map(String::len).collect();
        assert_eq!(lengths, [MAX_TEXT_BYTES, MAX_TEXT_BYTES, 5]);
    }

    #[test]
    fn a_line_of_json_is_a_body_with_the_number_of_its_line() {
        let mut reader = reader(b"\n{\"type\":\"left\"}\n{\"type\":\"mine\"}", false);
        let first = reader.next().unwrap().unwrap();
        assert_eq!((first.number, first.body.type_name()), (2, "left"));
        let second = reader.next().unwrap().unwrap();
        assert_eq!((second.number, second.body.type_name()), (3, "mine"));
        assert!(reader.next().unwrap().is_none());
    }

    #[test]
    fn a_line_that_is_no_body_is_refused_by_its_number() {
        assert!(refusal(b"{\"type\":\"left\"}\nnot json\n").starts_with("line 2 is not a JSON"));
        assert!(refusal(b"{\"type\":\"message\"}").contains("line 1: body `message`"));
        assert!(refusal(b"{}").contains("line 1: a body needs a `type`"));
        assert!(refusal(&vec![b' '; MAX_BODY_BYTES + 1]).starts_with("line 1 is longer"));
    }

    #[test]
    fn a_copy_of_the_input_is_the_input() {
        let text = b"a\r\n\n\xff\nlast";
        let mut reader = reader(text, true);
        while reader.next().unwrap().is_some() {}
        assert_eq!(reader.echo.unwrap(), text);
    }
}
