//! The browser's socket; nothing else touches `WebSocket`.

use std::rc::Rc;

use pilothouse_shared::CloseCode;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

/// Bytes the browser holds for a peer that does not read before the socket counts as broken.
const MAX_BUFFERED_BYTES: u32 = 4 * 1024 * 1024;

/// What a socket did.
#[derive(Debug)]
pub(super) enum Happened {
    Opened,
    Message(String),
    Closed { code: u16, reason: String },
}

/// A socket; dropping it silences it and closes it.
pub(super) struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut(Event)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Begins to open; `None` when the browser refuses the address outright.
    pub(super) fn open(url: &str, hear: impl Fn(Happened) + 'static) -> Option<Self> {
        // No subprotocol means JSON; the proxy of `trunk serve` would not answer one.
        let socket = WebSocket::new(url).ok()?;
        let hear = Rc::new(hear);
        let on_open = {
            let hear = Rc::clone(&hear);
            Closure::<dyn FnMut(Event)>::new(move |_| hear(Happened::Opened))
        };
        let on_message = {
            let hear = Rc::clone(&hear);
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(text) = event.data().as_string() {
                    hear(Happened::Message(text));
                }
            })
        };
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            hear(Happened::Closed {
                code: event.code(),
                reason: event.reason(),
            });
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Some(Self {
            socket,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
        })
    }

    /// Sends a text. What cannot be sent is lost with the socket, whose close follows.
    pub(super) fn send(&self, text: &str) {
        if self.socket.buffered_amount() > MAX_BUFFERED_BYTES {
            let _ = self.socket.close();
            return;
        }
        let _ = self.socket.send_with_str(text);
    }

    /// Closes with a code, as far as browsers allow one.
    pub(super) fn close(self, code: CloseCode) {
        let _ = self.socket.close_with_code(code.number());
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Without effect on one that is closing already.
        let _ = self.socket.close();
    }
}
