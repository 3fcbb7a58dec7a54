//! Doors to private parsers, for the fuzz targets alone. Never shipped.

use crate::websocket::{Decoder, Incoming, Violation};

/// Bytes of a message at most: small, so that inputs reach the limit.
const LIMIT: usize = 512;

/// Whatever pieces a client's bytes come in, the same messages come out of them.
///
/// # Panics
/// When they do not.
pub fn websocket(input: &[u8]) {
    let whole = decoded(std::iter::once(input));
    let piece = input.first().map_or(1, |byte| usize::from(byte % 7) + 1);
    assert_eq!(decoded(input.chunks(piece)), whole);
    for incoming in &whole.0 {
        if let Incoming::Text(message) | Incoming::Binary(message) = incoming {
            assert!(message.len() <= LIMIT);
        }
    }
}

fn decoded<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Incoming>, Option<Violation>) {
    let mut decoder = Decoder::new(LIMIT);
    let mut all = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next() {
                Ok(Some(incoming)) => all.push(incoming),
                Ok(None) => break,
                Err(violation) => return (all, Some(violation)),
            }
        }
    }
    (all, None)
}
