//! What a publisher sends for each event, made once and filled in each time.

use super::frames::{self, BINARY, TEXT};
use super::message::{SEQ, STAMP_DIGITS};
use crate::bench::plan::Dialect;

/// Digits of the seq that the floor is handed.
const NUMBER_DIGITS: usize = 10;

/// A frame that publishes, with holes for its number and its time.
#[derive(Clone, Debug)]
pub(crate) struct Publication {
    frame: Vec<u8>,
    /// Where the seq stands that the floor is handed; the relay gives its own.
    number_at: Option<usize>,
    /// Where the time stands: in the body, and in the `ref` that comes back.
    stamps_at: Vec<usize>,
}

impl Publication {
    /// Of events of `body_bytes` bytes; the floor is handed frames of `frame_bytes` bytes.
    pub(crate) fn of(
        dialect: Dialect,
        channel: &str,
        body_bytes: usize,
        frame_bytes: usize,
    ) -> Self {
        match dialect {
            Dialect::Pilothouse => Self::to_relay(channel, body_bytes),
            Dialect::Floor => Self::to_floor(frame_bytes),
            other => Self::to_peer(other, channel, body_bytes),
        }
    }

    /// A `publish` of a body of `body_bytes` bytes of JSON. Its `ref` is its time.
    fn to_relay(channel: &str, body_bytes: usize) -> Self {
        let stamp = "0".repeat(STAMP_DIGITS);
        let body = padded(r#"{"type":"custom","name":"bench","data":""#, body_bytes);
        let text =
            format!(r#"{{"type":"publish","ref":"{stamp}","channel":"{channel}","body":{body}}}"#);
        let mut frame = Vec::new();
        frames::write_client(TEXT, text.as_bytes(), &mut frame);
        Self::new(frame, &[br#""ref":""#, b"@"], None)
    }

    /// A server's frame of `frame_bytes` bytes, header included, for the floor to pass on.
    fn to_floor(frame_bytes: usize) -> Self {
        let header_bytes = if frame_bytes < 128 { 2 } else { 4 };
        let (mut handed, mut frame) = (Vec::new(), Vec::new());
        let event = event("bench", frame_bytes.saturating_sub(header_bytes));
        frames::write_server(TEXT, event.as_bytes(), &mut handed);
        frames::write_client(BINARY, &handed, &mut frame);
        Self::new(frame, &[b"@"], Some(SEQ))
    }

    /// A message of `body_bytes` bytes, all told.
    fn to_peer(dialect: Dialect, channel: &str, body_bytes: usize) -> Self {
        let event = event(channel, body_bytes);
        let frame = dialect.foreign_publish(channel, event.as_bytes());
        Self::new(frame, &[b"@"], Some(SEQ))
    }

    fn new(frame: Vec<u8>, before_stamps: &[&[u8]], before_number: Option<&[u8]>) -> Self {
        let after = |word: &[u8]| {
            let mut windows = frame.windows(word.len());
            windows
                .position(|window| window == word)
                .unwrap_or_default()
                + word.len()
        };
        Self {
            number_at: before_number.map(after),
            stamps_at: before_stamps.iter().map(|word| after(word)).collect(),
            frame,
        }
    }

    /// Appends the frame with its number and time to `out`.
    pub(crate) fn write(&mut self, number: u64, stamp_ns: u64, out: &mut Vec<u8>) {
        if let Some(at) = self.number_at {
            write_digits(&mut self.frame[at..][..NUMBER_DIGITS], number);
        }
        for at in &self.stamps_at {
            write_digits(&mut self.frame[*at..][..STAMP_DIGITS], stamp_ns);
        }
        out.extend_from_slice(&self.frame);
    }
}

/// An event of the floor or of a peer, numbered by the publisher.
fn event(channel: &str, n_bytes: usize) -> String {
    let number = "0".repeat(NUMBER_DIGITS);
    let start = format!(r#"{{"type":"event","channel":"{channel}","seq":{number},"data":""#);
    padded(&start, n_bytes)
}

/// `start`, a marked time of zero, and letters up to the end of the text and of the object.
fn padded(start: &str, n_bytes: usize) -> String {
    let stamp = format!("@{}@", "0".repeat(STAMP_DIGITS));
    let end = r#""}"#;
    let n_letters = n_bytes.saturating_sub(start.len() + stamp.len() + end.len());
    format!("{start}{stamp}{}{end}", "x".repeat(n_letters))
}

fn write_digits(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::Publication;
    use crate::bench::load::frames;
    use crate::bench::load::message::{Message, Reader, kind};
    use crate::bench::plan::Dialect;

    #[test]
    fn a_publish_carries_a_body_of_the_wanted_length_with_its_number_and_time() {
        let mut out = Vec::new();
        let mut publication = Publication::of(Dialect::Pilothouse, "bench", 256, 0);
        publication.write(42, 1234, &mut out);
        let publish: serde_json::Value =
            serde_json::from_slice(frames::first(&out).unwrap().payload).unwrap();
        assert_eq!(publish["ref"], "0000000000001234");
        assert_eq!(publish["body"].to_string().len(), 256);
        let data = publish["body"]["data"].as_str().unwrap();
        assert!(data.starts_with("@0000000000001234@x"));
    }

    #[test]
    fn the_floor_is_handed_whole_frames_of_the_wanted_length() {
        for frame_bytes in [120, 470] {
            let mut out = Vec::new();
            let mut publication = Publication::of(Dialect::Floor, "bench", 256, frame_bytes);
            publication.write(7, 99, &mut out);
            let handed = frames::first(&out).unwrap().payload;
            let event = frames::first(handed).unwrap();
            assert_eq!((handed.len(), event.n_bytes), (frame_bytes, frame_bytes));
            let mut reader = Reader::default();
            assert_eq!(kind(event.payload), Message::Event);
            assert_eq!(reader.seq(event.payload), Some(7));
            assert_eq!(reader.stamp(event.payload), Some(99));
        }
    }
}
