//! The golden files are the wire, byte for byte, and `PROTOCOL.md` names all that is in them.

#![expect(clippy::unwrap_used, reason = "helpers of the tests below")]

#[path = "golden/files.rs"]
mod files;
#[path = "golden/protocol.rs"]
mod protocol;
#[path = "golden/session.rs"]
mod session;
#[path = "golden/unknown.rs"]
mod unknown;

use std::collections::BTreeSet;

use files::{File, Golden};
use pilothouse_shared::{Body, ClientFrame, Encoding, Op, RelayFrame, Snapshot};
use serde_json::json;

/// The ops there are, from the complaint about one that there is not.
fn op_names() -> Vec<String> {
    let complaint = serde_json::from_value::<Op>(json!({"?": 0}))
        .unwrap_err()
        .to_string();
    let names = complaint.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

#[test]
fn every_file_comes_back_byte_for_byte() {
    for file in files::all() {
        let golden = file.read();
        assert_eq!(golden.value(), file.value(), "{}", file.name);
        let pretty = match &golden {
            Golden::Client(frame) => serde_json::to_string_pretty(frame),
            Golden::Relay(frame) => serde_json::to_string_pretty(frame),
            Golden::Body(body) => serde_json::to_string_pretty(body),
            Golden::Op(op) => serde_json::to_string_pretty(op),
        };
        assert_eq!(pretty.unwrap() + "\n", file.text, "{}", file.name);
    }
}

#[test]
fn every_file_survives_both_encodings() {
    for file in files::all() {
        let golden = file.read();
        for encoding in [Encoding::Json, Encoding::MessagePack] {
            assert_eq!(
                golden.through(encoding),
                golden,
                "{} {encoding:?}",
                file.name
            );
        }
    }
}

#[test]
fn every_variant_has_a_file_and_every_file_a_variant() {
    let mut missing: BTreeSet<(&str, String)> = BTreeSet::new();
    missing.extend(ClientFrame::TYPES.map(|name| ("client", name.to_owned())));
    missing.extend(RelayFrame::TYPES.map(|name| ("relay", name.to_owned())));
    missing.extend(Body::TYPES.map(|name| ("body", name.to_owned())));
    missing.extend(op_names().into_iter().map(|name| ("op", name)));
    missing.insert(("body", "unknown".to_owned()));
    let known = missing.clone();
    for file in files::all() {
        let (family, name) = file.promise();
        let entry = (family, name.to_owned());
        let is_known = known.iter().any(|known| *known == entry);
        assert!(is_known, "{} is about nothing", file.name);
        assert_eq!(actual_type(&file), name, "{}", file.name);
        missing.retain(|missing| *missing != entry);
    }
    assert!(missing.is_empty(), "without a file: {missing:?}");
}

fn actual_type(file: &File) -> String {
    match file.read() {
        Golden::Op(op) => {
            let value = serde_json::to_value(op).unwrap();
            value.as_object().unwrap().keys().next().unwrap().clone()
        }
        Golden::Body(body) if !Body::TYPES.contains(&body.type_name()) => "unknown".to_owned(),
        Golden::Body(body) => body.type_name().to_owned(),
        frame => frame.value()["type"].as_str().unwrap().to_owned(),
    }
}

#[test]
fn bodies_of_known_types_are_typed() {
    for file in files::all() {
        if let Golden::Body(body) = file.read() {
            let is_known = body.problem().is_none() && Body::TYPES.contains(&body.type_name());
            let is_typed = !matches!(body, Body::Unknown(_));
            assert_eq!(is_known, is_typed, "{}", file.name);
        }
    }
}

/// The snapshot of the file that fills every field.
fn full_snapshot() -> Snapshot {
    let files = files::all();
    let file = files
        .iter()
        .find(|file| file.name == "relay.subscribed.snapshot.json");
    let Golden::Relay(RelayFrame::Subscribed(reply)) = file.unwrap().read() else {
        panic!("not a `subscribed`");
    };
    reply.snapshot.unwrap()
}

#[test]
fn the_full_snapshot_leaves_nothing_empty() {
    // Without `..`: a new field must be put in the file too.
    let Snapshot {
        name,
        created_at,
        last_at,
        n_events,
        session,
        operation,
        tools,
        n_tools,
        n_failed,
        cancel_requested,
        members,
        messages,
        hints,
        requests,
        pipeline,
        reconciliation,
        parameters,
        files,
        usage,
    } = full_snapshot();
    assert!(name.is_some() && created_at.is_some() && last_at.is_some());
    assert!(n_events > 0 && n_tools > 0 && n_failed > 0);
    assert!(session.is_some_and(|session| session.ended.is_some()) && operation.is_some());
    assert!(cancel_requested.is_some() && reconciliation.is_some());
    assert!(!tools.is_empty() && !members.is_empty() && !messages.is_empty());
    assert!(
        hints
            .iter()
            .any(|hint| hint.acknowledged.is_some() && hint.delivered.is_some())
    );
    assert!(requests.iter().any(|request| request.resolution.is_some()));
    assert!(!pipeline.is_empty() && !parameters.is_empty() && !files.is_empty());
    assert!(!usage.models.is_empty());
}
