//! A line that fails: between a client and a relay, it forwards, delays, drops or goes deaf.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use crate::{door, pause_for};

/// Bytes taken at once: small, so that frames come in pieces.
const CHUNK_BYTES: usize = 512;

/// A proxy for TCP. Its connections end with it.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    line: Arc<Mutex<Line>>,
    accepting: AbortHandle,
}

#[derive(Debug)]
struct Line {
    target: SocketAddr,
    delay: Duration,
    /// What the connections of now do; new ones get a line of their own after each fault.
    fate: watch::Sender<Fate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Forward.
    Alive,
    /// Stay open and forward nothing, either way: a half-open connection.
    Deaf,
    /// Close.
    Dropped,
}

impl Proxy {
    /// A proxy in front of `target`.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = Arc::new(Mutex::new(Line {
            target,
            delay: Duration::ZERO,
            fate: watch::Sender::new(Fate::Alive),
        }));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&line))).abort_handle();
        Self {
            address,
            line,
            accepting,
        }
    }

    /// The base of the URLs that lead through it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", door::scheme(), self.address)
    }

    /// Connections from now on lead elsewhere.
    pub fn lead_to(&self, target: SocketAddr) {
        self.line.lock().unwrap().target = target;
    }

    /// Connections from now on hold every piece back this long.
    pub fn delay(&self, delay: Duration) {
        self.line.lock().unwrap().delay = delay;
    }

    /// Breaks every connection; new ones work.
    pub fn drop_all(&self) {
        self.doom(Fate::Dropped);
    }

    /// Forwards nothing more on any connection, and closes none; new ones work.
    pub fn go_deaf(&self) {
        self.doom(Fate::Deaf);
    }

    /// Forwards nothing more on any connection, and closes none; new ones neither, until
    /// [`Self::recover`].
    pub fn go_dead(&self) {
        self.doom(Fate::Deaf);
        self.line.lock().unwrap().fate = watch::Sender::new(Fate::Deaf);
    }

    /// New connections work again.
    pub fn recover(&self) {
        self.line.lock().unwrap().fate = watch::Sender::new(Fate::Alive);
    }

    fn doom(&self, fate: Fate) {
        let mut line = self.line.lock().unwrap();
        let old = std::mem::replace(&mut line.fate, watch::Sender::new(Fate::Alive));
        old.send_replace(fate);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, line: Arc<Mutex<Line>>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let (target, delay, fate) = {
            let line = line.lock().unwrap();
            (line.target, line.delay, line.fate.subscribe())
        };
        while connections.try_join_next().is_some() {}
        connections.spawn(async move {
            // A target that is down is a connection that breaks at once.
            if let Ok(relay) = TcpStream::connect(target).await {
                carry(client, relay, delay, fate).await;
            }
        });
    }
}

async fn carry(client: TcpStream, relay: TcpStream, delay: Duration, fate: watch::Receiver<Fate>) {
    let (from_client, to_client) = client.into_split();
    let (from_relay, to_relay) = relay.into_split();
    tokio::join!(
        copy(from_client, to_relay, delay, fate.clone()),
        copy(from_relay, to_client, delay, fate),
    );
}

/// Copies one way until either end closes or fate says otherwise.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    delay: Duration,
    mut fate: watch::Receiver<Fate>,
) {
    let mut bytes = [0; CHUNK_BYTES];
    loop {
        // In this order: nothing passes a line that is doomed.
        let read = tokio::select! {
            biased;
            fate = doomed(&mut fate) => match fate {
                // A line that is deaf stays so for as long as the proxy lives.
                Fate::Deaf => std::future::pending().await,
                Fate::Alive | Fate::Dropped => return,
            },
            read = from.read(&mut bytes) => read,
        };
        let Ok(n @ 1..) = read else { return };
        if !delay.is_zero() {
            pause_for(delay).await;
        }
        if to.write_all(&bytes[..n]).await.is_err() {
            return;
        }
    }
}

/// The end of a line that forwards; a proxy that is gone drops.
async fn doomed(fate: &mut watch::Receiver<Fate>) -> Fate {
    let doomed = fate.wait_for(|fate| *fate != Fate::Alive).await;
    doomed.map_or(Fate::Dropped, |fate| *fate)
}
