//! WebSocket frames, found by arithmetic and never copied.

/// In the second byte: a mask of four bytes comes before the payload.
const MASKED: u8 = 0x80;
/// In the first byte: nothing here is sent in pieces.
const FINAL: u8 = 0x80;

/// What a frame is, in its lowest four bits.
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// One whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: u8,
    /// As it is on the wire: nobody here masks by anything but zero.
    pub(crate) payload: &'a [u8],
    /// Its bytes on the wire, header included.
    pub(crate) n_bytes: usize,
}

/// The frame that `bytes` begin with; `None` until all of it is there.
pub(crate) fn first(bytes: &[u8]) -> Option<Frame<'_>> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    let (header, length): (usize, usize) = match second & !MASKED {
        126 => (4, usize::from(u16::from_be_bytes(array(bytes)?))),
        127 => (10, usize::try_from(u64::from_be_bytes(array(bytes)?)).ok()?),
        short => (2, usize::from(short)),
    };
    let start = header + if second & MASKED == 0 { 0 } else { 4 };
    let n_bytes = start.checked_add(length)?;
    Some(Frame {
        opcode: first & 0x0f,
        payload: bytes.get(start..n_bytes)?,
        n_bytes,
    })
}

/// The bytes of a long length, behind the first two.
fn array<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.get(2..2 + N)?.try_into().ok()
}

/// Appends a client's frame. Its mask is zero: allowed, and the payload stays readable.
pub(crate) fn write_client(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    write_header(opcode, payload.len(), MASKED, out);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

/// Appends a server's frame.
pub(crate) fn write_server(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    write_header(opcode, payload.len(), 0, out);
    out.extend_from_slice(payload);
}

fn write_header(opcode: u8, length: usize, masked: u8, out: &mut Vec<u8>) {
    out.push(FINAL | opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length), _) if length < 126 => out.push(masked | length),
        (_, Ok(length)) => {
            out.push(masked | 126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(masked | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{TEXT, first, write_client, write_server};

    proptest! {
        #[test]
        fn frames_are_found_one_after_the_other(
            lengths in proptest::collection::vec(0usize..70_000, 1..5),
            from_server in any::<bool>(),
        ) {
            let write = if from_server { write_server } else { write_client };
            let mut wire = Vec::new();
            for length in &lengths {
                write(TEXT, &vec![b'x'; *length], &mut wire);
            }
            let mut rest = wire.as_slice();
            for length in lengths {
                let frame = first(rest).unwrap();
                prop_assert_eq!((frame.opcode, frame.payload.len()), (TEXT, length));
                prop_assert!(frame.payload.iter().all(|byte| *byte == b'x'));
                rest = &rest[frame.n_bytes..];
            }
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn no_frame_is_found_before_its_last_byte(length in 0usize..70_000, cut in 1usize..20) {
            let mut wire = Vec::new();
            write_server(TEXT, &vec![b'x'; length], &mut wire);
            wire.truncate(wire.len().saturating_sub(cut));
            prop_assert_eq!(first(&wire), None);
        }
    }
}
