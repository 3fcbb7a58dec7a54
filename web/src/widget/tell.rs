//! What the page around the widget is told.

use js_sys::{Array, Function, JSON, Reflect};
use pilothouse_shared::ChannelId;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};

use crate::board::Board;
use crate::dom::{Held, follow, memo};
use crate::view::{json, standing};

/// Tells the page.
#[derive(Clone)]
pub(super) struct Teller(pub(super) Option<Function>);

impl Teller {
    fn tell(&self, name: &str, detail: &JsValue) {
        if let Some(tell) = &self.0 {
            // What a listener of the page throws is the page's own.
            let _ = tell.call2(&JsValue::NULL, &name.into(), detail);
        }
    }

    fn say(&self, name: &str, detail: &Value) {
        if let Ok(detail) = JSON::parse(&json::text(detail)) {
            self.tell(name, &detail);
        }
    }

    /// Tells where the link stands and what is asked, now and whenever it changes.
    pub(super) fn follow(&self, board: Board) {
        let state = memo(move || board.link_state());
        let this = self.clone();
        follow(move || {
            let name = state.with(standing::name);
            this.say("status", &json!({ "state": name }));
        });
        let requests = memo(move || board.requests());
        let told = Held::new(Vec::<(String, &'static str)>::new());
        let this = self.clone();
        let mut is_first = true;
        follow(move || {
            let requests = requests.get();
            let before = told.get_untracked();
            told.set(
                requests
                    .iter()
                    .map(|request| (request.id.clone(), request.outcome))
                    .collect(),
            );
            for request in requests {
                let is_told = before
                    .iter()
                    .any(|(id, outcome)| *id == request.id && *outcome == request.outcome);
                if !is_told && (request.is_open() || !is_first) {
                    let detail = json!({
                        "request": request.id,
                        "outcome": request.outcome,
                        "title": request.title,
                        "subject": request.subject,
                    });
                    this.say("request", &detail);
                }
            }
            is_first &= !board.is_loaded();
        });
    }

    /// Tells the events that a frame brings: one that happened, or those missed while the link was down.
    pub(super) fn hear(&self, channel: &ChannelId, frame: &JsValue) {
        let get = |name: &str| Reflect::get(frame, &name.into()).unwrap_or_default();
        if get("channel").as_string().as_deref() != Some(channel.as_str()) {
            return;
        }
        match get("type").as_string().as_deref() {
            Some("event") => self.tell("event", frame),
            Some("subscribed") if get("recovered").is_truthy() => {
                let events: Array = get("events").unchecked_into();
                events.for_each(&mut |event, _, _| self.tell("event", &event));
            }
            _ => {}
        }
    }
}

/// The frame, when it may bring events. Read a second time, by the browser: to write events anew would
/// take the code for all of them.
pub(super) fn frame_with_events(text: &str) -> Option<JsValue> {
    let may = text.starts_with(r#"{"type":"event""#) || text.starts_with(r#"{"type":"subscribed""#);
    may.then(|| JSON::parse(text).ok()).flatten()
}
