//! Frames in both encodings and both directions.

use std::fmt::Debug;

use pilothouse_shared::{DecodeError, Encoding};
use serde::Serialize;

const ENCODINGS: [Encoding; 2] = [Encoding::Json, Encoding::MessagePack];

/// Whatever is read can be written in both encodings, and reads back as the same.
pub(crate) fn run(input: &[u8]) {
    for encoding in ENCODINGS {
        same(encoding.decode_client(input), Encoding::decode_client);
        same(encoding.decode_relay(input), Encoding::decode_relay);
    }
}

fn same<F: Debug + PartialEq + Serialize>(
    read: Result<F, DecodeError>,
    decode: impl Fn(Encoding, &[u8]) -> Result<F, DecodeError>,
) {
    let Ok(frame) = read else { return };
    for encoding in ENCODINGS {
        let written = encoding.encode(&frame);
        let again = written.map(|bytes| decode(encoding, &bytes));
        assert!(
            matches!(&again, Ok(Ok(again)) if *again == frame),
            "{frame:?} came back from {encoding:?} as {again:?}"
        );
    }
}
