//! What a relay's frame says, read without parsing JSON.

/// Bytes in which `"seq":` is looked for.
const HEAD_BYTES: usize = 256;
/// Stands before the seq.
pub(crate) const SEQ: &[u8] = b"\"seq\":";
/// Stands before and after the time in a body.
const MARK: u8 = b'@';
/// Digits of the time, in nanoseconds.
pub(crate) const STAMP_DIGITS: usize = 16;

/// A frame, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Event,
    Welcome,
    Subscribed,
    Published,
    /// Nothing that was sent for: signals, answers to pings, notes of other systems.
    Aside,
    /// An error, a gap, a goodbye: the measurement is spoilt.
    Trouble,
}

/// What kind of frame `payload` is. The relay writes the `type` first.
pub(crate) fn kind(payload: &[u8]) -> Message {
    let Some(rest) = payload.strip_prefix(b"{\"type\":\"") else {
        return Message::Aside;
    };
    let starts = |word: &[u8]| rest.starts_with(word);
    match rest {
        _ if starts(b"event\"") => Message::Event,
        _ if starts(b"published\"") => Message::Published,
        _ if starts(b"signal\"") || starts(b"pong\"") => Message::Aside,
        _ if starts(b"welcome\"") => Message::Welcome,
        _ if starts(b"subscribed\"") => Message::Subscribed,
        _ => Message::Trouble,
    }
}

/// Finds the numbers of an event, and remembers where the last ones were.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// Where the digits of `seq` begin.
    seq_at: usize,
    /// How far before the end the digits of the time begin: bodies have all the same length.
    stamp_before_end: usize,
}

impl Reader {
    /// The event's `seq`.
    pub(crate) fn seq(&mut self, payload: &[u8]) -> Option<u64> {
        let is_there = |at: usize| at >= SEQ.len() && payload.get(at - SEQ.len()..at) == Some(SEQ);
        if !is_there(self.seq_at) {
            let head = &payload[..payload.len().min(HEAD_BYTES)];
            self.seq_at = position(head, SEQ)? + SEQ.len();
        }
        number(payload.get(self.seq_at..)?)
    }

    /// When the event was sent, as its body says.
    pub(crate) fn stamp(&mut self, payload: &[u8]) -> Option<u64> {
        let is_there = |before_end: usize| {
            let at = payload.len().checked_sub(before_end)?;
            let marked = payload.get(at.checked_sub(1)?..=at + STAMP_DIGITS)?;
            (marked.first() == Some(&MARK) && marked.last() == Some(&MARK)).then_some(at)
        };
        let at = match is_there(self.stamp_before_end) {
            Some(at) => at,
            None => {
                let marks = payload
                    .iter()
                    .enumerate()
                    .filter(|(_, byte)| **byte == MARK);
                let mut starts = marks.map(|(at, _)| payload.len() - at - 1);
                self.stamp_before_end = starts.find(|start| is_there(*start).is_some())?;
                payload.len() - self.stamp_before_end
            }
        };
        number(&payload[at..at + STAMP_DIGITS])
    }
}

/// The text of the field `name` in `payload`, if it stands there as `"name":"text"`.
pub(crate) fn text<'a>(payload: &'a [u8], name: &str) -> Option<&'a str> {
    let field = format!("\"{name}\":\"");
    let start = position(payload, field.as_bytes())? + field.len();
    let rest = &payload[start..];
    let end = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&rest[..end]).ok()
}

/// The digits that `bytes` begin with.
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    let mut value = None;
    for digit in digits {
        let so_far: u64 = value.unwrap_or(0);
        value = Some(
            so_far
                .wrapping_mul(10)
                .wrapping_add(u64::from(digit - b'0')),
        );
    }
    value
}

fn position(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::{Message, Reader, kind, number, text};

    const EVENT: &[u8] = br#"{"type":"event","channel":"bench","seq":58,"prev":57,"author":{"member":"a@b"},"body":{"type":"custom","data":"@0000000000001234@xxxx"}}"#;

    #[test]
    fn an_event_gives_its_seq_and_the_time_in_its_body() {
        let mut reader = Reader::default();
        assert_eq!(kind(EVENT), Message::Event);
        assert_eq!(
            (reader.seq(EVENT), reader.stamp(EVENT)),
            (Some(58), Some(1234))
        );
    }

    #[test]
    fn numbers_that_have_moved_are_found_again() {
        let mut reader = Reader::default();
        reader.seq(EVENT);
        reader.stamp(EVENT);
        let moved = br#"{"type":"event","seq":9,"data":"@0000000000000077@"}"#;
        assert_eq!(
            (reader.seq(moved), reader.stamp(moved)),
            (Some(9), Some(77))
        );
        let without = br#"{"type":"event","data":"@12@"}"#;
        assert_eq!((reader.seq(without), reader.stamp(without)), (None, None));
    }

    #[test]
    fn what_is_neither_wanted_nor_harmless_is_trouble() {
        assert_eq!(kind(br#"{"type":"signal","channel":"c"}"#), Message::Aside);
        assert_eq!(kind(br#"{"type":"gap","channel":"c"}"#), Message::Trouble);
        assert_eq!(kind(b"queued messages: 1"), Message::Aside);
    }

    #[test]
    fn a_text_ends_at_its_quote_and_a_number_at_its_last_digit() {
        let subscribed = br#"{"type":"subscribed","position":{"epoch":"e-1","seq":7}}"#;
        assert_eq!(text(subscribed, "epoch"), Some("e-1"));
        assert_eq!(text(subscribed, "nothing"), None);
        assert_eq!((number(b"120,"), number(b"x")), (Some(120), None));
    }
}
