//! Whatever a client sends, in whatever pieces it arrives.

use proptest::prelude::*;

use super::*;

/// A client's frame.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [7, 11, 13, 17];
    let mut out = vec![first];
    match payload.len() {
        length @ 0..126 => out.push(MASKED | length as u8),
        length @ 126..65_536 => {
            out.push(MASKED | 126);
            out.extend((length as u16).to_be_bytes());
        }
        length => {
            out.push(MASKED | 127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    out.extend(mask);
    let masked = payload.iter().zip(mask.iter().cycle());
    out.extend(masked.map(|(byte, key)| byte ^ key));
    out
}

fn decode(limit: usize, bytes: &[u8]) -> Result<Vec<Incoming>, Violation> {
    let mut decoder = Decoder::new(limit);
    decoder.push(bytes);
    let mut all = Vec::new();
    while let Some(incoming) = decoder.next()? {
        all.push(incoming);
    }
    Ok(all)
}

#[test]
fn lengths_at_the_borders_of_their_forms_are_read_back() {
    for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
        let payload = vec![b'x'; length];
        let read = decode(100_000, &masked(0x81, &payload));
        assert_eq!(read, Ok(vec![Incoming::Text(payload.clone().into())]));
        let own = super::super::frame(Opcode::Text, &payload);
        assert!(own.ends_with(&payload) && own.len() <= length + 10);
    }
}

#[test]
fn a_ping_between_fragments_comes_first() {
    let bytes = [
        masked(0x01, b"he"),
        masked(0x89, b"?"),
        masked(0x00, b""),
        masked(0x80, b"llo"),
    ]
    .concat();
    let expected = vec![Incoming::Ping("?".into()), Incoming::Text("hello".into())];
    assert_eq!(decode(100, &bytes), Ok(expected));
}

#[test]
fn what_the_standard_forbids_is_a_violation() {
    let protocol = [
        vec![0x81, 0x01, b'x'],
        masked(0xc1, b"reserved bit"),
        masked(0x83, b"reserved opcode"),
        masked(0x80, b"nothing to continue"),
        [masked(0x01, b"a"), masked(0x81, b"not continued")].concat(),
        masked(0x09, b"a control frame in pieces"),
        masked(0x89, &[b'x'; 126]),
        masked(0x88, &[3]),
        masked(0x88, &1005_u16.to_be_bytes()),
        vec![0x81, MASKED | 126, 0, 5, 0, 0, 0, 0],
    ];
    for bytes in protocol {
        assert_eq!(decode(1000, &bytes), Err(Violation::Protocol), "{bytes:?}");
    }
    let not_text = [masked(0x81, &[0xff]), masked(0x88, &[3, 232, 0xff])];
    for bytes in not_text {
        assert_eq!(decode(1000, &bytes), Err(Violation::Encoding));
    }
}

#[test]
fn a_message_above_the_limit_is_refused_before_its_bytes_are_here() {
    let header = &masked(0x81, &[b'x'; 101])[..8];
    assert_eq!(decode(100, header), Err(Violation::TooLarge));
    let pieces = [masked(0x01, &[b'x'; 60]), masked(0x80, &[b'x'; 41])].concat();
    assert_eq!(decode(100, &pieces), Err(Violation::TooLarge));
}

#[test]
fn a_close_is_answered_with_its_code_alone() {
    let payload = [&1001_u16.to_be_bytes()[..], b"leaving"].concat();
    let answer = Bytes::copy_from_slice(&1001_u16.to_be_bytes());
    assert_eq!(
        decode(100, &masked(0x88, &payload)),
        Ok(vec![Incoming::Close(answer)])
    );
    assert_eq!(
        decode(100, &masked(0x88, b"")),
        Ok(vec![Incoming::Close(Bytes::new())])
    );
}

#[test]
fn a_decoder_with_nothing_half_read_holds_no_memory() {
    let mut decoder = Decoder::new(1000);
    decoder.push(&masked(0x81, &[b'x'; 500]));
    assert!(decoder.next().unwrap().is_some());
    assert_eq!(decoder.next(), Ok(None));
    assert_eq!(decoder.held.capacity() + decoder.message.capacity(), 0);
}

proptest! {
    #[test]
    fn messages_are_the_same_however_the_bytes_are_cut(
        texts in prop::collection::vec((".{0,300}", any::<bool>()), 1..8),
        cuts in prop::collection::vec(1_usize..200, 1..50),
    ) {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (text, in_pieces) in &texts {
            let middle = text.len() / 2;
            if *in_pieces {
                bytes.extend(masked(0x01, &text.as_bytes()[..middle]));
                bytes.extend(masked(0x80, &text.as_bytes()[middle..]));
            } else {
                bytes.extend(masked(0x81, text.as_bytes()));
            }
            expected.push(Incoming::Text(text.clone().into()));
        }
        let (mut decoder, mut read, mut rest) = (Decoder::new(10_000), Vec::new(), &bytes[..]);
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at(rest.len().min(*cut));
            decoder.push(now);
            while let Some(incoming) = decoder.next().unwrap() {
                read.push(incoming);
            }
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(100, &bytes);
    }
}
