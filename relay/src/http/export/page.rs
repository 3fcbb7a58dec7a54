//! A channel as one HTML file that plays its history anywhere, without a relay or a network.

use std::borrow::Cow;
use std::sync::LazyLock;

use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pilothouse_shared::{ChannelId, ErrorCode, Event, Refusal};
use sha2::{Digest, Sha256};

use super::super::assets;

/// The widget, ready to be put into files; the same for all of them.
struct Shell {
    policy: String,
    sheet: String,
    /// Base64: a page has no place for bytes.
    module: String,
    script: String,
}

/// `None` in a relay that was built without the widget.
static SHELL: LazyLock<Option<Shell>> = LazyLock::new(|| {
    let script = text("embed/replay.js")?;
    Some(Shell {
        // Nothing but what is in the file: what an agent said cannot ask anybody for anything.
        policy: format!(
            "default-src 'none'; script-src '{}' 'wasm-unsafe-eval'; style-src '{}'; base-uri 'none'; \
             form-action 'none'",
            hash(&script),
            hash(STYLE)
        ),
        sheet: text("embed/widget.css")?,
        module: STANDARD.encode(assets::content("embed/widget.wasm")),
        script,
    })
});

const STYLE: &str = include_str!("page.css");

/// The page up to the first event; the reader gets it before the store is asked for more.
pub(super) fn before(channel: &ChannelId) -> Result<Bytes, Refusal> {
    let Shell {
        policy,
        sheet,
        module,
        ..
    } = shell()?;
    // A channel's id has no character that means anything here.
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{channel} · Pilothouse</title>\n<style>{STYLE}</style>\n\
         <main>\n<pilothouse-widget id=\"widget\" readonly></pilothouse-widget>\n\
         <div class=\"bar\">\n<button id=\"play\" type=\"button\">Play</button>\n\
         <input id=\"bar\" type=\"range\" min=\"0\" step=\"1\" aria-label=\"Moment\">\n\
         <select id=\"speed\" aria-label=\"Speed\">\n<option value=\"1\">1×</option>\
         <option value=\"4\">4×</option><option value=\"16\">16×</option>\n</select>\n\
         <output id=\"clock\"></output>\n</div>\n</main>\n\
         <script type=\"text/plain\" id=\"style\">{sheet}</script>\n\
         <script type=\"text/plain\" id=\"module\">{module}</script>\n\
         <script type=\"application/json\" id=\"recording\">{{\"channel\":\"{channel}\",\"events\":[\n"
    )
    .into())
}

/// What follows the last event.
pub(super) fn after() -> Result<Bytes, Refusal> {
    let script = &shell()?.script;
    Ok(format!("]}}</script>\n<script type=\"module\">{script}</script>\n</html>\n").into())
}

/// Events between the two: of the first of the page there is nothing before, all others a comma.
pub(super) fn events(events: &[Event], is_first: bool) -> Result<Bytes, Refusal> {
    let mut text = String::new();
    for (index, event) in events.iter().enumerate() {
        if index > 0 || !is_first {
            text.push_str(",\n");
        }
        let unreadable = |error: serde_json::Error| {
            Refusal::new(
                ErrorCode::Unavailable,
                format!("event {}: {error}", event.seq),
            )
        };
        text.push_str(&inert(&serde_json::to_string(event).map_err(unreadable)?));
    }
    Ok(text.into())
}

/// JSON that ends no element and begins none: the character that could is only ever inside of a text.
fn inert(json: &str) -> Cow<'_, str> {
    match json.contains('<') {
        true => json.replace('<', "\\u003c").into(),
        false => json.into(),
    }
}

fn shell() -> Result<&'static Shell, Refusal> {
    let none = || {
        Refusal::new(
            ErrorCode::NotFound,
            "this relay was built without the widget, which such a file needs; `cargo xtask run` builds it too",
        )
    };
    SHELL.as_ref().ok_or_else(none)
}

fn text(name: &str) -> Option<String> {
    let content = String::from_utf8(assets::content(name).into_owned()).ok();
    content.filter(|content| !content.is_empty())
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    proptest! {
        #[test]
        fn no_text_leaves_its_script_element(text in r#"(</script>|<!--|<|>|-->|\\|"|\PC){0,12}"#) {
            let event: Event = serde_json::from_value(json!({
                "seq": 1, "prev": 0, "id": "e", "at": 1,
                "author": {"member": "m", "name": "M"},
                "body": {"type": "message", "role": "assistant", "text": text},
            })).unwrap();
            let written = events(std::slice::from_ref(&event), true).unwrap();
            let written = std::str::from_utf8(&written).unwrap();
            prop_assert!(!written.contains('<'));
            let read: Value = serde_json::from_str(written).unwrap();
            prop_assert_eq!(read, serde_json::to_value(&event).unwrap());
        }
    }
}
