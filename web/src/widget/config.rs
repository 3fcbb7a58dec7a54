//! What a widget was asked for.

use js_sys::Reflect;
use pilothouse_shared::ChannelId;
use wasm_bindgen::{JsCast, JsValue};

use super::tell::Teller;

/// The settings of a widget.
pub(super) struct Config {
    pub(super) channel: ChannelId,
    /// Scheme, host and port of the relay.
    pub(super) relay: String,
    pub(super) token: Option<String>,
    pub(super) teller: Teller,
}

impl Config {
    /// Reads what the loader hands over; `None` when it names no channel.
    pub(super) fn read(config: &JsValue) -> Option<Self> {
        Some(Self {
            channel: ChannelId::new(text(config, "channel")?).ok()?,
            relay: text(config, "relay")?,
            token: text(config, "token"),
            teller: Teller(get(config, "tell").dyn_into().ok()),
        })
    }
}

fn get(config: &JsValue, name: &str) -> JsValue {
    Reflect::get(config, &name.into()).unwrap_or_default()
}

fn text(config: &JsValue, name: &str) -> Option<String> {
    get(config, name)
        .as_string()
        .filter(|text| !text.is_empty())
}
