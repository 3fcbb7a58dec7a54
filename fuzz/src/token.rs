//! Credentials: whatever is shown to a relay with keys, nobody comes in who was not given a token.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;

use crate::http::request;
use crate::relay::{exchange, keys};

/// Stands for the id of the relay's keys, which are others in every run.
const KEYS: &str = "KEYS";

const JSON: &str = "content-type: application/json\r\n";

/// By the digit an input begins with: credentials as they are, the parts of a token, parted by empty lines
/// and not yet encoded, or a body that is to begin a session.
pub(crate) fn run(input: &[u8]) {
    let Some(keys) = keys() else { return };
    match input.split_first() {
        Some((b'0', shown)) => show(keys, shown),
        Some((b'1', parts)) => {
            let token = token(keys, parts);
            show(keys, token.as_bytes());
            begin(json!({ "token": token }).to_string().as_bytes());
        }
        Some((b'2', body)) => begin(body),
        _ => {}
    }
}

/// What is encoded as a token is.
fn token(keys: &str, input: &[u8]) -> String {
    let mut token = String::new();
    for part in crate::parts(input) {
        let part = match std::str::from_utf8(part) {
            Ok(text) => text.replace(KEYS, keys).into_bytes(),
            Err(_) => part.to_owned(),
        };
        let dot = if token.is_empty() { "" } else { "." };
        let _ = write!(token, "{dot}{}", BASE64_URL_SAFE_NO_PAD.encode(part));
    }
    token
}

/// As programs show credentials, and as browsers do.
fn show(keys: &str, credentials: &[u8]) {
    // What ends a line would begin another header.
    let credentials: Vec<u8> = credentials
        .iter()
        .map(|byte| {
            if matches!(byte, b'\r' | b'\n') {
                b' '
            } else {
                *byte
            }
        })
        .collect();
    for name in [
        "authorization: Bearer ",
        &format!("cookie: pilothouse_{keys}="),
    ] {
        let mut call =
            b"GET /api/session HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n".to_vec();
        for part in [name.as_bytes(), &credentials, b"\r\n\r\n"] {
            call.extend(part);
        }
        is_refused(&call);
    }
}

fn begin(body: &[u8]) {
    is_refused(&request("POST /api/session", JSON, body));
}

/// Nobody known, or nothing that could be understood. No answer at all is a failure of this machine.
fn is_refused(call: &[u8]) {
    let answer = exchange(call);
    let status = answer.get(9..12).unwrap_or_default();
    assert!(
        matches!(status, b"400" | b"401" | b"422" | b""),
        "{} was answered {}",
        String::from_utf8_lossy(call),
        String::from_utf8_lossy(&answer)
    );
}
