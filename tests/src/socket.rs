//! A bare WebSocket: frames as they are, for what no well-behaved client would send or hide.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderName, HeaderValue};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};

use crate::{DEADLINE, within};

/// A socket that speaks JSON.
#[derive(Debug)]
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens a socket and hears its `welcome`.
    pub async fn open(address: SocketAddr) -> Self {
        Self::knock(address).await.welcomed().await
    }

    /// Opens a socket to a relay that may want to know more before it says anything.
    pub async fn knock(address: SocketAddr) -> Self {
        let url = format!("ws://{address}/ws");
        let builder = ClientBuilder::new().uri(&url).unwrap();
        let opened = within(DEADLINE, "a socket to open", builder.connect()).await;
        Self(opened.unwrap().0)
    }

    /// The same from another address of this machine, with headers.
    pub async fn open_from(
        from: IpAddr,
        address: SocketAddr,
        headers: &[(HeaderName, &str)],
    ) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        let stream = MaybeTlsStream::Plain(socket.connect(address).await.unwrap());
        let url = format!("ws://{address}/ws");
        let mut builder = ClientBuilder::new().uri(&url).unwrap();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).unwrap();
            builder = builder.add_header(name.clone(), value).unwrap();
        }
        let opening = builder.connect_on(stream);
        let opened = within(DEADLINE, "a socket to open", opening).await;
        Self(opened.unwrap().0).welcomed().await
    }

    async fn welcomed(mut self) -> Self {
        assert_eq!(self.hear().await["type"], "welcome");
        self
    }

    /// Sends a frame.
    pub async fn say(&mut self, frame: &Value) {
        self.send(Message::text(frame.to_string())).await;
    }

    /// Sends a message that need not be a frame.
    pub async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// The next frame.
    ///
    /// # Panics
    /// When the socket closes instead.
    pub async fn hear(&mut self) -> Value {
        let message = self.next().await.expect("the socket is open");
        let text = message.as_text().unwrap_or_else(|| panic!("{message:?}"));
        serde_json::from_str(text).unwrap()
    }

    /// Sends a frame, unless the socket is gone: then `None`.
    pub async fn try_say(&mut self, frame: &Value) -> Option<()> {
        self.0.send(Message::text(frame.to_string())).await.ok()
    }

    /// The next frame; `None` when the socket is gone.
    pub async fn try_hear(&mut self) -> Option<Value> {
        let message = self.next().await?;
        serde_json::from_str(message.as_text()?).ok()
    }

    /// The next frame of this type; others are passed over.
    pub async fn hear_type(&mut self, wanted: &str) -> Value {
        loop {
            let frame = self.hear().await;
            if frame["type"] == wanted {
                return frame;
            }
        }
    }

    /// The close code; frames that come before it are passed over.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match self.next().await {
                Some(message) => {
                    if let Some((code, _)) = message.as_close() {
                        return code.into();
                    }
                }
                None => return 1006,
            }
        }
    }

    /// The next message but pings and pongs; `None` when the socket is gone.
    async fn next(&mut self) -> Option<Message> {
        loop {
            let message = within(DEADLINE, "a message", self.0.next()).await?.ok()?;
            if !message.is_ping() && !message.is_pong() {
                return Some(message);
            }
        }
    }
}
