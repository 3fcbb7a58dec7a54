//! Live values.

use pilothouse_shared::Op;
use serde_json::{Value, json};

use super::*;

fn op(op: Value) -> Op {
    serde_json::from_value(op).unwrap()
}

/// What is held once these pieces were appended, and what was held in between.
fn stream(pieces: &[&str]) -> (String, Vec<String>) {
    let masker = Masker::default();
    let (mut held, mut seen) = (None::<Value>, Vec::new());
    for piece in pieces {
        let asked = Op::Append((*piece).to_owned());
        let done = masker.piece(piece, held.as_ref()).unwrap_or(asked);
        held = done.apply(held.as_ref()).unwrap();
        seen.push(held.as_ref().unwrap().as_str().unwrap().to_owned());
    }
    (seen.last().unwrap().clone(), seen)
}

#[test]
fn a_secret_that_comes_in_pieces_is_masked_once_it_shows_and_does_not_go_on() {
    let (first, rest) = (noise(18), noise(22));
    let (held, seen) = stream(&["use gh", "p_", &first, &rest, "aaaa", " now", " and then"]);
    assert_eq!(held, "use [masked: GitHub token] now and then");
    assert!(seen.iter().all(|text| !text.contains(&rest)));
}

#[test]
fn a_private_key_that_comes_line_by_line_is_masked() {
    let line = format!("{}\n", noise(64));
    let begin = ["-----BEGIN ", "PRIVATE KEY-----\n"].concat();
    let (held, seen) = stream(&["key:\n", &begin, &line, &line, "abc==\n", "-----END X-----"]);
    assert_eq!(held, "key:\n[masked: private key]\n-----END X-----");
    assert!(seen.iter().all(|text| !text.contains(&line)));
}

#[test]
fn pieces_without_secrets_are_appended_as_they_are() {
    for (held, piece) in [
        ("", "Hello"),
        ("a tok", "en: 5"),
        ("done]", "more"),
        ("[masked: password]", " and"),
    ] {
        let held = Value::from(held);
        assert_eq!(Masker::default().piece(piece, Some(&held)), None);
    }
}

#[test]
fn values_are_masked_wherever_the_secret_is_and_rows_keep_their_width() {
    let token = ["gh", "p_", &noise(36)].concat();
    let masker = Masker::default();
    assert_eq!(
        masker.op(&op(json!({"set": {"status": format!("with {token}")}}))),
        Some(op(
            json!({"set": {"status": "with [masked: GitHub token]"}})
        ))
    );
    let rows = |text: String| op(json!({"rows": {"width": 80, "height": 1, "rows": {"0": text}}}));
    let mask = format!("{:<40}", "[masked: GitHub token]");
    assert_eq!(
        masker.op(&rows(format!("$ {token} | wc"))),
        Some(rows(format!("$ {mask} | wc")))
    );
    assert_eq!(masker.op(&op(json!({"clear": true}))), None);
}
