//! A relay in this process on a port of its own, a raw socket, and waiting with a deadline.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::{HeaderName, HeaderValue};
use pilothouse_relay::config::{Config, Durability};
use pilothouse_relay::{ServeError, Server};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_websockets::{ClientBuilder, Limits, Message, WebSocketStream};

/// How long anything may take before a test gives up. Far above what it takes.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Waits for `work`, at most [`DEADLINE`].
pub(crate) async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    let done = timeout(DEADLINE, work).await;
    done.unwrap_or_else(|_| panic!("no {what} within {DEADLINE:?}"))
}

/// Asks until the answer is something, at most [`DEADLINE`].
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(Instant::now() < deadline, "no {what} within {DEADLINE:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Held by tests that move many megabytes: side by side they would take longer than the relay waits
/// for a stuck socket.
pub(crate) async fn one_at_a_time() -> tokio::sync::MutexGuard<'static, ()> {
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    TURN.lock().await
}

/// Nothing on disk.
pub(crate) fn in_memory() -> Config {
    Config {
        durability: Durability::Memory,
        ..Config::default()
    }
}

/// History in this folder.
pub(crate) fn in_folder(folder: &tempfile::TempDir) -> Config {
    Config {
        data_dir: Some(folder.path().to_owned()),
        ..Config::default()
    }
}

/// A relay that listens.
pub(crate) struct Relay {
    pub(crate) server: Server,
    pub(crate) address: SocketAddr,
    client: reqwest::Client,
    serving: JoinHandle<Result<(), ServeError>>,
}

impl Relay {
    pub(crate) async fn start() -> Self {
        Self::with(in_memory()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        Self::at(([127, 0, 0, 1], 0).into(), config).await
    }

    /// Listens where another one did.
    pub(crate) async fn at(address: SocketAddr, config: Config) -> Self {
        let server = Server::new(config).await.unwrap();
        let listener = server.bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn({
            let server = server.clone();
            async move { server.listen(listener).await }
        });
        let headers = [("content-type", "application/json")];
        let headers = headers.map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        let client = reqwest::Client::builder().no_proxy();
        let client = client.default_headers(headers.into_iter().collect());
        Self {
            server,
            address,
            client: client.build().unwrap(),
            serving,
        }
    }

    /// Shuts down and waits until it has.
    pub(crate) async fn stop(self) {
        self.server.shutdown();
        soon("end of the relay", self.serving)
            .await
            .unwrap()
            .unwrap();
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.client.request(method, url)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        Answer::to(self.request(Method::POST, path).body(body)).await
    }

    /// Publishes bodies as the agent `agent`; answers with their seqs.
    pub(crate) async fn publish(&self, channel: &str, bodies: Value) -> Vec<u64> {
        let path = format!("/api/channels/{channel}/events");
        let request = self.request(Method::POST, &path).json(&bodies);
        let answer = Answer::to(request.header("pilothouse-member", "agent")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let published = answer.json()["published"].as_array().unwrap().clone();
        published
            .iter()
            .map(|item| item["seq"].as_u64().unwrap())
            .collect()
    }

    /// One counter of `/metrics`.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").await.text;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
            .parse()
            .unwrap()
    }

    /// A socket of nobody in particular.
    pub(crate) async fn socket(&self) -> Socket {
        Socket::open(self, "/ws", &[]).await
    }

    /// A socket of this member.
    pub(crate) async fn member(&self, member: &str, kind: &str) -> Socket {
        let mut socket = self.socket().await;
        let hello = json!({"type": "hello", "member": member, "name": member, "kind": kind});
        socket.send(hello).await;
        let welcome = socket
            .until("welcome", |frame| frame["type"] == "welcome")
            .await;
        assert_eq!(welcome["member"], member);
        socket
    }
}

/// An HTTP answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let response = soon("answer", request.send()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = soon("end of the answer", response.text()).await.unwrap();
        Self {
            status,
            headers,
            text,
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// Checks that it refuses with this status and code, in the one shape of refusals; gives the
    /// sentence.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        let error = &self.json()["error"];
        assert_eq!(error["code"], code, "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.len() > 10, "{message}");
        message.to_owned()
    }
}

/// A WebSocket client that knows frames only as JSON values.
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// What came while something else was waited for.
    aside: VecDeque<Value>,
    n_refs: u64,
    pub(crate) welcome: Value,
    pub(crate) headers: http::HeaderMap,
}

impl Socket {
    /// Opens a socket and takes the `welcome`.
    pub(crate) async fn open(relay: &Relay, path: &str, headers: &[(&'static str, &str)]) -> Self {
        let uri = format!("ws://{}{path}", relay.address);
        // A reply may be larger than any frame of a client.
        let limits = Limits::default().max_payload_len(Some(16 * 1024 * 1024));
        let mut builder = ClientBuilder::new().uri(&uri).unwrap().limits(limits);
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).unwrap();
            builder = builder
                .add_header(HeaderName::from_static(name), value)
                .unwrap();
        }
        let stream = TcpStream::connect(relay.address).await.unwrap();
        let opening = builder.connect_on(stream);
        let (stream, response) = soon("handshake", opening).await.unwrap();
        let mut socket = Self {
            stream,
            aside: VecDeque::new(),
            n_refs: 0,
            welcome: Value::Null,
            headers: response.headers().clone(),
        };
        socket.welcome = socket.next().await;
        assert_eq!(socket.welcome["type"], "welcome");
        socket
    }

    pub(crate) async fn send(&mut self, frame: Value) {
        self.send_message(Message::text(frame.to_string())).await;
    }

    pub(crate) async fn send_message(&mut self, message: Message) {
        soon("room to send", self.stream.send(message))
            .await
            .unwrap();
    }

    /// The next frame.
    pub(crate) async fn next(&mut self) -> Value {
        match self.aside.pop_front() {
            Some(frame) => frame,
            None => self.read().await,
        }
    }

    async fn read(&mut self) -> Value {
        loop {
            let message = soon("frame", self.stream.next()).await.unwrap().unwrap();
            assert!(!message.is_close(), "closed: {:?}", message.as_close());
            if let Some(text) = message.as_text() {
                return serde_json::from_str(text).unwrap();
            }
            if message.is_binary() {
                return rmp_serde::from_slice(message.as_payload()).unwrap();
            }
        }
    }

    /// The first frame that is meant; keeps the others.
    pub(crate) async fn until(&mut self, what: &str, meant: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.aside.iter().position(&meant) {
            return self.aside.remove(index).unwrap();
        }
        let deadline = Instant::now() + DEADLINE;
        loop {
            let frame = self.read().await;
            if meant(&frame) {
                return frame;
            }
            self.aside.push_back(frame);
            assert!(Instant::now() < deadline, "no {what} within {DEADLINE:?}");
        }
    }

    /// Sends with a `ref` of its own and waits for the reply; keeps what comes before it.
    pub(crate) async fn ask(&mut self, mut frame: Value) -> Value {
        self.n_refs += 1;
        let reference = format!("ask-{}", self.n_refs);
        frame["ref"] = json!(reference);
        self.send(frame).await;
        self.until("reply", |frame| frame["ref"] == reference).await
    }

    pub(crate) async fn subscribe(&mut self, channel: &str) -> Value {
        let reply = self
            .ask(json!({"type": "subscribe", "channel": channel}))
            .await;
        assert_eq!(reply["type"], "subscribed", "{reply}");
        reply
    }

    /// Subscribes after this position.
    pub(crate) async fn resume(&mut self, channel: &str, after: &Value) -> Value {
        let frame = json!({"type": "subscribe", "channel": channel, "after": after});
        let reply = self.ask(frame).await;
        assert_eq!(reply["type"], "subscribed", "{reply}");
        reply
    }

    /// Publishes; gives the seq.
    pub(crate) async fn publish(&mut self, channel: &str, body: Value) -> u64 {
        let frame = json!({"type": "publish", "channel": channel, "body": body});
        let reply = self.ask(frame).await;
        assert_eq!(reply["type"], "published", "{reply}");
        reply["seq"].as_u64().unwrap()
    }

    /// Everything after seq `from` up to seq `to`: `event`, `skipped` and `gap` frames, each checked
    /// to follow on the one before.
    pub(crate) async fn follow(&mut self, from: u64, to: u64) -> Vec<Value> {
        let (mut at, mut frames) = (from, Vec::new());
        while at < to {
            let frame = self.until("event", is_of_history).await;
            if frame["type"] == "gap" {
                assert_eq!(frame["from"], at + 1, "{frame}");
                at = frame["to"].as_u64().unwrap();
            } else {
                assert_eq!(frame["prev"], at, "{frame}");
                at = frame["seq"].as_u64().unwrap();
            }
            frames.push(frame);
        }
        assert_eq!(at, to);
        frames
    }

    /// The next signal of this key.
    pub(crate) async fn signal(&mut self, key: &str) -> Value {
        let meant = |frame: &Value| frame["type"] == "signal" && frame["key"] == key;
        self.until("signal", meant).await
    }

    /// Proves that the connection lives: everything that was to come before the answer has come.
    pub(crate) async fn is_alive(&mut self) {
        self.send(json!({"type": "ping"})).await;
        self.until("pong", |frame| frame["type"] == "pong").await;
    }

    /// Sends a text and checks that it is refused with this code, and that the connection lives on;
    /// gives the error.
    pub(crate) async fn refused(&mut self, text: impl Into<String>, code: &str) -> Value {
        let text = text.into();
        self.send_message(Message::text(text.clone())).await;
        let error = self.until("error", |frame| frame["type"] == "error").await;
        assert_eq!(error["code"], code, "{error} to {text:.200}");
        assert!(error["message"].as_str().unwrap().len() > 10, "{error}");
        self.is_alive().await;
        error
    }

    /// What came before and has not been looked at.
    pub(crate) fn aside(&mut self) -> Vec<Value> {
        self.aside.drain(..).collect()
    }

    /// Waits for the close frame; gives its code, its reason and the frames before it.
    pub(crate) async fn closed(&mut self) -> (u16, String, Vec<Value>) {
        let mut frames = self.aside();
        loop {
            let message = soon("close", self.stream.next()).await;
            let message = message.expect("a close frame before the end").unwrap();
            if let Some((code, reason)) = message.as_close() {
                return (code.into(), reason.to_owned(), frames);
            }
            if let Some(text) = message.as_text() {
                frames.push(serde_json::from_str(text).unwrap());
            }
        }
    }

    /// The raw stream, for what a WebSocket library would not do.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream.into_inner()
    }
}

fn is_of_history(frame: &Value) -> bool {
    ["event", "skipped", "gap"]
        .iter()
        .any(|name| frame["type"] == *name)
}

/// A message of a user.
pub(crate) fn message(text: impl Into<String>) -> Value {
    json!({"type": "message", "role": "user", "text": text.into()})
}
