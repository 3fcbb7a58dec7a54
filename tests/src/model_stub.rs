//! A stub of a model's endpoint: it streams what the test says, when the test says so. No model is behind it.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::{DEADLINE, within};

/// Calls that wait for the test; more wait in their sockets.
const MAX_CALLS: usize = 16;

/// The stub. Its listener closes with it.
#[derive(Debug)]
pub struct ModelStub {
    address: SocketAddr,
    calls: mpsc::Receiver<StubCall>,
    accepting: JoinHandle<()>,
}

/// One request that waits for its answer. Dropping it breaks the connection.
#[derive(Debug)]
pub struct StubCall {
    /// The request line and the headers.
    pub head: String,
    /// The body.
    pub body: Value,
    stream: TcpStream,
}

impl ModelStub {
    /// A stub on a free port.
    pub async fn start() -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// A stub where one was before.
    pub async fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, calls) = mpsc::channel(MAX_CALLS);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sender = sender.clone();
                tokio::spawn(async move {
                    if let Some(call) = read(stream).await {
                        let _ = sender.send(call).await;
                    }
                });
            }
        });
        Self {
            address,
            calls,
            accepting,
        }
    }

    /// Closes its listener, and returns when that is done: nobody reaches it from then on. Where it was.
    pub async fn stop(&mut self) -> SocketAddr {
        self.accepting.abort();
        let _ = (&mut self.accepting).await;
        self.address
    }

    /// What `--base-url` is to say.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The next request.
    pub async fn call(&mut self) -> StubCall {
        let call = within(DEADLINE, "a request to the model", self.calls.recv()).await;
        call.unwrap()
    }

    /// Whether nobody has asked anything that the test has not taken.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty()
    }
}

impl Drop for ModelStub {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl StubCall {
    /// What it asks, as `role: content` a line.
    #[must_use]
    pub fn conversation(&self) -> Vec<String> {
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let line = |turn: &Value| format!("{}: {}", word(&turn["role"]), word(&turn["content"]));
        self.body["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(line)
            .collect()
    }

    /// Refuses, with a status line's end such as `429 Too Many Requests`, headers and a body.
    pub async fn refuse(mut self, status: &str, headers: &str, body: &str) {
        let answer = format!(
            "HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.write(&answer).await;
    }

    /// Begins an answer.
    pub async fn accept(&mut self) {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\
            Transfer-Encoding: chunked\r\n\r\n";
        self.write(head).await;
    }

    /// Streams some text.
    pub async fn say(&mut self, text: &str) {
        let chunk = json!({"choices": [{"index": 0, "delta": {"content": text}}]});
        self.send(&chunk.to_string()).await;
    }

    /// Streams an event with this data.
    pub async fn send(&mut self, data: &str) {
        let event = format!("data: {data}\n\n");
        let chunk = format!("{:x}\r\n{event}\r\n", event.len());
        self.write(&chunk).await;
    }

    /// Ends the answer as a model does, with what it has cost.
    pub async fn finish(mut self, prompt_tokens: u64, completion_tokens: u64) {
        let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
        self.send(&end.to_string()).await;
        let usage = json!({
            "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens,
        });
        let cost = json!({"model": "stub-1", "choices": [], "usage": usage});
        self.send(&cost.to_string()).await;
        self.send("[DONE]").await;
        self.write("0\r\n\r\n").await;
    }

    /// Begins, says and ends an answer.
    pub async fn answer(mut self, text: &str) {
        self.accept().await;
        self.say(text).await;
        self.finish(1, 1).await;
    }

    /// Waits until the asker has closed the connection.
    pub async fn hung_up(mut self) {
        let mut byte = [0];
        let read = self.stream.read(&mut byte);
        let read = within(DEADLINE, "the asker to hang up", read).await;
        assert!(matches!(read, Ok(0) | Err(_)), "the asker says more");
    }

    async fn write(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }
}

/// Reads one request; `None` when it is not whole.
async fn read(mut stream: TcpStream) -> Option<StubCall> {
    let (mut bytes, mut some) = (Vec::new(), [0; 4096]);
    loop {
        if let Some((head, body)) = split(&bytes) {
            let body = serde_json::from_slice(body).unwrap();
            return Some(StubCall { head, body, stream });
        }
        match stream.read(&mut some).await {
            Ok(n @ 1..) => bytes.extend_from_slice(&some[..n]),
            _ => return None,
        }
    }
}

/// The head and the body, once both are whole.
fn split(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let length = head.to_ascii_lowercase();
    let length = length
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))?;
    let body = bytes.get(end..end + length.trim().parse::<usize>().ok()?)?;
    Some((head, body))
}
