//! Reading frames that nobody should have sent: no panic, and a refusal that can be answered.

#![expect(clippy::unwrap_used, reason = "helpers of the tests below")]

#[path = "golden/files.rs"]
mod files;

use std::sync::LazyLock;

use files::Golden;
use pilothouse_shared::limits::{MAX_DEPTH, MAX_FRAME_BYTES, MAX_ID_BYTES};
use pilothouse_shared::{Body, DecodeError, Encoding, ErrorCode, Event, Extra, Op, codec};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

const BOTH: [Encoding; 2] = [Encoding::Json, Encoding::MessagePack];

/// Every golden file in both encodings.
static GOLDEN: LazyLock<Vec<(Encoding, Vec<u8>)>> = LazyLock::new(|| {
    let goldens: Vec<Golden> = files::all().iter().map(files::File::read).collect();
    BOTH.iter()
        .flat_map(|&encoding| {
            goldens
                .iter()
                .map(move |golden| (encoding, golden.bytes(encoding)))
        })
        .collect()
});

fn decode_every_way(bytes: &[u8]) {
    for encoding in BOTH {
        let _ = encoding.decode_client(bytes);
        let _ = encoding.decode_relay(bytes);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(".{0,8}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A body of a type this version does not know.
fn unknown_body() -> impl Strategy<Value = Extra> {
    btree_map("[a-z]{1,8}", any_json(), 0..6).prop_map(|fields| {
        let mut fields: Extra = fields.into_iter().collect();
        fields.insert("type".to_owned(), json!("later_than_this"));
        fields
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..600)) {
        decode_every_way(&bytes);
    }

    #[test]
    fn arbitrary_values_never_panic(value in any_json(), name in "[a-z]{0,6}|hello|event|publish") {
        let mut framed = value.clone();
        if let Value::Object(map) = &mut framed {
            map.insert("type".to_owned(), name.into());
        }
        for encoding in BOTH {
            decode_every_way(&encoding.encode(&value).unwrap());
            decode_every_way(&encoding.encode(&framed).unwrap());
        }
    }

    #[test]
    fn damaged_frames_never_panic(
        which in any::<prop::sample::Index>(),
        flips in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let (_, bytes) = which.get(&GOLDEN);
        let mut bytes = bytes.clone();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        decode_every_way(&bytes);
    }

    #[test]
    fn frames_under_another_name_never_panic(
        which in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        field in any::<prop::sample::Index>(),
        value in any_json(),
    ) {
        let files = &*GOLDEN;
        let (encoding, _) = which.get(files);
        let (mut frame, donor) = (frame_value(which.index(files.len())), other.index(files.len()));
        frame["type"] = frame_value(donor)["type"].clone();
        decode_every_way(&encoding.encode(&frame).unwrap());
        let names: Vec<String> = frame.as_object().unwrap().keys().cloned().collect();
        frame[field.get(&names)] = value;
        decode_every_way(&encoding.encode(&frame).unwrap());
    }

    #[test]
    fn unknown_bodies_survive_both_encodings(fields in unknown_body()) {
        let golden = Golden::Body(Body::Unknown(fields));
        for encoding in BOTH {
            prop_assert_eq!(golden.through(encoding), golden.clone());
        }
    }

    #[test]
    fn signal_values_survive_both_encodings(value in any_json()) {
        let golden = Golden::Op(Op::Set(value));
        for encoding in BOTH {
            prop_assert_eq!(golden.through(encoding), golden.clone());
        }
    }
}

/// The frame of a golden file as a value, whatever its encoding.
fn frame_value(index: usize) -> Value {
    let (encoding, bytes) = &GOLDEN[index];
    match encoding {
        Encoding::Json => serde_json::from_slice(bytes).unwrap(),
        Encoding::MessagePack => rmp_serde::from_slice(bytes).unwrap(),
    }
}

fn refusal(encoding: Encoding, value: &Value) -> DecodeError {
    encoding
        .decode_client(&encoding.encode(value).unwrap())
        .unwrap_err()
}

fn publish(body: &Value) -> Value {
    json!({"type": "publish", "ref": "7", "channel": "a", "body": body})
}

/// Arrays in arrays, `depth` of them.
fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |inner, _| json!([inner]))
}

#[test]
fn a_frame_too_large_is_refused_for_its_size_alone() {
    assert!(codec::check_size(MAX_FRAME_BYTES).is_ok());
    let error = codec::check_size(MAX_FRAME_BYTES + 1).unwrap_err();
    assert_eq!((error.code, error.r#ref), (ErrorCode::TooLarge, None));
}

#[test]
fn nesting_is_limited_in_both_encodings() {
    for encoding in BOTH {
        // The frame and the body are the first two levels.
        let deepest = publish(&json!({"type": "later", "in": nested(MAX_DEPTH - 2)}));
        assert!(
            encoding
                .decode_client(&encoding.encode(&deepest).unwrap())
                .is_ok()
        );
        for depth in [MAX_DEPTH - 1, 2 * MAX_DEPTH] {
            let too_deep = publish(&json!({"type": "later", "in": nested(depth)}));
            let error = refusal(encoding, &too_deep);
            assert_eq!(error.code, ErrorCode::BadFrame, "{encoding:?} {depth}");
        }
        let error = refusal(
            encoding,
            &publish(&json!({"type": "later", "in": nested(MAX_DEPTH)})),
        );
        assert_eq!(error.r#ref.as_deref(), Some("7"));
    }
}

#[test]
fn nesting_without_end_is_refused_before_it_eats_the_stack() {
    const OPEN_ARRAY: u8 = 0x91;
    for (encoding, opening) in [(Encoding::Json, b'['), (Encoding::MessagePack, OPEN_ARRAY)] {
        let error = encoding
            .decode_client(&[opening; MAX_FRAME_BYTES])
            .unwrap_err();
        assert_eq!(error.code, ErrorCode::BadFrame, "{encoding:?}");
    }
}

#[test]
fn whatever_a_client_may_publish_a_client_can_read_in_every_reply() {
    let event: Event = serde_json::from_value(json!({
        "seq": 1, "prev": 0, "id": "e", "at": 1, "author": {"member": "a", "name": "A"},
        "body": {"type": "later", "in": nested(MAX_DEPTH - 2)},
    }))
    .unwrap();
    let reply =
        json!({"type": "history", "ref": "1", "channel": "a", "events": [event], "more": false});
    for encoding in BOTH {
        assert!(
            encoding
                .decode_relay(&encoding.encode(&reply).unwrap())
                .is_ok()
        );
    }
}

#[test]
fn a_body_that_was_never_in_a_frame_is_held_to_the_same_depth() {
    let body = |depth| -> Body {
        serde_json::from_value(json!({"type": "later", "in": nested(depth)})).unwrap()
    };
    assert_eq!(body(MAX_DEPTH - 2).problem(), None);
    assert!(body(MAX_DEPTH - 1).problem().is_some());
}

#[test]
fn bytes_after_the_frame_are_refused() {
    for encoding in BOTH {
        let mut bytes = encoding.encode(&json!({"type": "ping"})).unwrap();
        assert!(encoding.decode_client(&bytes).is_ok());
        bytes.extend(encoding.encode(&json!({"type": "ping"})).unwrap());
        assert_eq!(
            encoding.decode_client(&bytes).unwrap_err().code,
            ErrorCode::BadFrame
        );
    }
}

#[test]
fn an_unknown_type_says_so_and_keeps_its_ref() {
    for encoding in BOTH {
        let long = "x".repeat(10_000);
        for name in ["teleport", "welcome", "", &long] {
            let error = refusal(encoding, &json!({"type": name, "ref": "7"}));
            assert_eq!(error.code, ErrorCode::UnknownType, "{name}");
            assert_eq!(error.r#ref.as_deref(), Some("7"));
            assert!(error.message.len() < 200);
        }
    }
}

#[test]
fn a_malformed_frame_is_a_bad_frame_and_keeps_a_readable_ref() {
    let channel = "x".repeat(129);
    let with_ref = [
        json!({"ref": "7"}),
        json!({"type": 1, "ref": "7"}),
        json!({"type": "subscribe", "ref": "7"}),
        json!({"type": "subscribe", "ref": "7", "channel": 5}),
        json!({"type": "subscribe", "ref": "7", "channel": "a/b"}),
        json!({"type": "subscribe", "ref": "7", "channel": channel}),
        json!({"type": "subscribe", "ref": "7", "channel": "a", "history": -1}),
        json!({"type": "subscribe", "ref": "7", "channel": "a", "after": {"seq": 3}}),
        json!({"type": "publish", "ref": "7", "channel": "a"}),
        publish(&json!("text")),
        publish(&json!([1])),
        json!({"type": "publish", "ref": "7", "channel": "a", "body": {}, "visibility": "me"}),
        json!({"type": "signal", "ref": "7", "channel": "a", "key": "k", "op": {"merge": 1}}),
        json!({"type": "signal", "ref": "7", "channel": "a", "key": "k", "op": {"append": 1}}),
        json!({"type": "signal", "ref": "7", "channel": "a", "key": "k", "op": {"clear": false}}),
    ];
    let without_ref = [
        json!([]),
        json!("ping"),
        json!(null),
        json!({}),
        json!({"type": "unsubscribe", "channel": "a"}),
        json!({"type": "unsubscribe", "channel": "a", "ref": 7}),
    ];
    for encoding in BOTH {
        for (cases, r#ref) in [(&with_ref[..], Some("7")), (&without_ref[..], None)] {
            for value in cases {
                let error = refusal(encoding, value);
                assert_eq!(error.code, ErrorCode::BadFrame, "{value}");
                assert_eq!(error.r#ref.as_deref(), r#ref, "{value}");
            }
        }
    }
}

#[test]
fn a_ref_too_long_is_refused_and_not_sent_back() {
    for encoding in BOTH {
        let frame = |length: usize| json!({"type": "unsubscribe", "channel": "a", "ref": "x".repeat(length)});
        let longest = encoding.encode(&frame(MAX_ID_BYTES)).unwrap();
        assert!(encoding.decode_client(&longest).is_ok());
        let error = refusal(encoding, &frame(MAX_ID_BYTES + 1));
        assert_eq!((error.code, error.r#ref), (ErrorCode::BadFrame, None));
    }
}

#[test]
fn fields_of_a_later_version_do_not_make_a_frame_unreadable() {
    for file in files::all() {
        let (Golden::Client(_) | Golden::Relay(_)) = file.read() else {
            continue;
        };
        let mut value = file.value();
        value["zz_later"] = json!({"a": [1]});
        for encoding in BOTH {
            let bytes = encoding.encode(&value).unwrap();
            match file.promise().0 {
                "client" => assert!(encoding.decode_client(&bytes).is_ok(), "{}", file.name),
                _ => assert!(encoding.decode_relay(&bytes).is_ok(), "{}", file.name),
            }
        }
    }
}

#[test]
fn subprotocols_choose_the_encoding() {
    assert_eq!(Encoding::negotiate([]), Some(Encoding::Json));
    for encoding in BOTH {
        assert_eq!(
            Encoding::negotiate(["chat", encoding.subprotocol()]),
            Some(encoding)
        );
    }
    assert_eq!(Encoding::negotiate(["chat"]), None);
}
