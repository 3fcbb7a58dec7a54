//! The accept loop: who gets a connection, and how long it may take to say what for.

mod places;
mod timed;

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Shutdown};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;
use tower_service::Service;

use self::places::{Full, Place, Places};
use self::timed::Timed;
use super::peer::Peer;
use crate::Server;
use crate::tls::{Encrypted, Encryption};

/// How long an HTTP/1 connection may be silent between requests, and how long the headers of one that is
/// not the first may take. Longer than clients keep theirs (reqwest: 90 s), so that it is they who close:
/// otherwise a request may be on its way to a connection that is just gone.
const IDLE_WITHIN: Duration = Duration::from_secs(120);

/// How often an HTTP/2 peer is asked whether it is there, and how long it may take to answer.
const PING_EVERY: Duration = Duration::from_secs(25);
const PONG_WITHIN: Duration = Duration::from_secs(10);

/// How long the loop rests when the system has no sockets left.
const REST: Duration = Duration::from_secs(1);

/// When who is refused may come back, in seconds.
const COME_BACK_AFTER: u64 = 5;

/// The connection a request came over: an extension of the request. Who goes on using the connection keeps
/// it, so that it counts.
#[derive(Debug, Clone)]
pub(super) struct Held {
    _place: Arc<Place>,
}

/// What all connections share.
struct Reception {
    server: Server,
    places: Arc<Places>,
    router: Router,
    http: Builder<TokioExecutor>,
}

/// Accepts until the relay stops, then waits for the requests that are under way.
pub(super) async fn serve(server: &Server, listener: TcpListener, router: Router) {
    let reception = Arc::new(Reception::new(server, router));
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = server.stopping.cancelled() => break,
        };
        match accepted {
            Ok((socket, from)) => {
                reception.receive(&connections, socket, from.ip().to_canonical());
            }
            Err(error) => rest(error).await,
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// A peer that is gone before it was accepted is no matter; without sockets, the next try would fail too.
async fn rest(error: io::Error) {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        tracing::error!(%error, "no connection can be accepted");
        sleep(REST).await;
    }
}

impl Reception {
    fn new(server: &Server, router: Router) -> Self {
        let mut http = Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE_WITHIN);
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PONG_WITHIN);
        Self {
            server: server.clone(),
            places: Places::new(&server.config),
            // Done once: a router without state is built anew for each connection.
            router: router.with_state(()),
            http,
        }
    }

    fn receive(self: &Arc<Self>, connections: &TaskTracker, socket: TcpStream, from: IpAddr) {
        match self.places.take(from, &self.server.config) {
            Ok(place) => {
                let held = Held {
                    _place: Arc::new(place),
                };
                connections.spawn(Arc::clone(self).attend(socket, from, held));
            }
            Err(full) => {
                self.server.metrics.turned_away.inc();
                tracing::debug!(%from, ?full, "a connection too many");
                // Nothing can be said in the midst of a handshake.
                if self.server.tls.is_none() {
                    turn_away(&socket, full);
                }
            }
        }
    }

    async fn attend(self: Arc<Self>, socket: TcpStream, from: IpAddr, held: Held) {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "frames may wait for each other");
        }
        match self.server.tls.as_deref() {
            None => Box::pin(self.talk(socket, from, held)).await,
            Some(tls) => {
                if let Some(stream) = self.encrypt(tls, socket, from).await {
                    Box::pin(self.talk(stream, from, held)).await;
                }
            }
        }
    }

    /// Shakes hands; `None` when that fails, or does not come to an end.
    async fn encrypt(
        &self,
        tls: &Encryption,
        socket: TcpStream,
        from: IpAddr,
    ) -> Option<Encrypted> {
        let metrics = &self.server.metrics;
        let within = self.server.config.request_within;
        match timeout(within, shake_hands(tls, socket)).await {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err(error)) => {
                metrics.failed_handshakes.inc();
                tracing::debug!(%from, %error, "a TLS handshake failed");
                None
            }
            Err(_) => {
                metrics.late.inc();
                tracing::debug!(%from, "a TLS handshake took too long");
                None
            }
        }
    }

    /// Answers requests until there are no more, or the first does not come in time.
    async fn talk<S>(&self, stream: S, from: IpAddr, held: Held)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let config = Arc::clone(&self.server.config);
        let is_heard = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&is_heard);
        let router = self.router.clone();
        let is_tls = self.server.tls.is_some();
        let service = service_fn(move |request: Request<Incoming>| {
            heard.store(true, Ordering::Relaxed);
            let mut request = request.map(|body| match body.is_end_stream() {
                true => Body::empty(),
                false => Body::new(Timed::new(body)),
            });
            let peer = Peer::of(from, is_tls, request.headers(), &config);
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(held.clone());
            router.clone().call(request)
        });
        let io = TokioIo::new(stream);
        let talking = self.http.serve_connection_with_upgrades(io, service);
        let mut talking = std::pin::pin!(talking);
        let mut due = std::pin::pin!(sleep(self.server.config.request_within));
        let mut stopping = std::pin::pin!(self.server.stopping.cancelled());
        let (mut is_due, mut is_stopping) = (false, false);
        loop {
            tokio::select! {
                ended = talking.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%from, %error, "a connection broke");
                    }
                    return;
                }
                () = due.as_mut(), if !is_due => {
                    is_due = true;
                    if !is_heard.load(Ordering::Relaxed) {
                        self.server.metrics.late.inc();
                        return tracing::debug!(%from, "nothing was asked in time");
                    }
                }
                () = stopping.as_mut(), if !is_stopping => {
                    is_stopping = true;
                    talking.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

async fn shake_hands(tls: &Encryption, socket: TcpStream) -> io::Result<Encrypted> {
    let mut first = [0];
    let n_peeked = socket.peek(&mut first).await?;
    if n_peeked == 1 && first[0].is_ascii_uppercase() {
        let message = "this address is encrypted: begin it with https://";
        say(&socket, "400 Bad Request", "invalid", message);
        return Err(io::Error::other("the first byte is of an HTTP request"));
    }
    tls.accept(socket).await
}

/// Says that there is no place.
fn turn_away(socket: &TcpStream, full: Full) {
    let (status, code, message) = match full {
        Full::Relay => (
            "503 Service Unavailable",
            "unavailable",
            "the relay has as many connections as it can hold: come back later",
        ),
        Full::Address => (
            "429 Too Many Requests",
            "rate_limited",
            "too many connections come from your address: close some, or come back later",
        ),
    };
    say(socket, status, code, message);
}

/// Answers a request that was not read, as far as that can be done without waiting.
fn say(socket: &TcpStream, status: &str, code: &str, message: &str) {
    let body = format!(r#"{{"error":{{"code":"{code}","message":"{message}"}}}}"#);
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         retry-after: {COME_BACK_AFTER}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // A new socket has room for as little; and who is gone need not be told.
    let socket = SockRef::from(socket);
    let _ = socket.send(answer.as_bytes());
    let _ = socket.shutdown(Shutdown::Write);
}
