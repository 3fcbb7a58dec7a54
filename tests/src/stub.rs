//! Stubs: servers that answer what a test tells them to.

use std::collections::BTreeMap;
use std::future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a stub was asked.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The path, with its query.
    pub path: String,
    /// The value of the header `Pilothouse-Member`, if there is one.
    pub member: Option<String>,
    /// Every header, by its name in lower case; of several with a name the last.
    pub headers: BTreeMap<String, String>,
    /// The body; null when it was no JSON.
    pub body: Value,
}

/// What a stub answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A status, a media type and a text.
    Text(u16, &'static str, String),
    /// Nothing, ever.
    Never,
}

impl Reply {
    /// JSON.
    #[must_use]
    pub fn json(value: &Value) -> Self {
        Self::Text(200, "application/json", value.to_string())
    }
}

/// A server on a free port. It ends with the test.
#[derive(Debug)]
pub struct Stub {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Script {
    heard: Arc<Mutex<Vec<Heard>>>,
    reply: Arc<dyn Fn(Heard) -> BoxFuture<'static, Reply> + Send + Sync>,
}

impl Stub {
    /// Starts one that answers each request as `reply` says.
    pub async fn start(reply: impl Fn(&Heard) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_slow(move |heard| future::ready(reply(&heard))).await
    }

    /// Starts one that takes its time.
    pub async fn start_slow<F>(reply: impl Fn(Heard) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Reply> + Send + 'static,
    {
        let heard = Arc::<Mutex<Vec<Heard>>>::default();
        let script = Script {
            heard: Arc::clone(&heard),
            reply: Arc::new(move |heard| Box::pin(reply(heard))),
        };
        let router = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::disable())
            .with_state(script);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            heard,
            serving,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base of its URLs.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(
    State(script): State<Script>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let member = headers.get("pilothouse-member");
    let pair = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.to_string(), value.to_str().ok()?.to_owned()))
    };
    let heard = Heard {
        path: uri.to_string(),
        member: member.map(|it| it.to_str().unwrap().to_owned()),
        headers: headers.iter().filter_map(pair).collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    script.heard.lock().unwrap().push(heard.clone());
    match (script.reply)(heard).await {
        Reply::Text(status, media_type, text) => {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [(header::CONTENT_TYPE, media_type)], text).into_response()
        }
        Reply::Never => future::pending().await,
    }
}
