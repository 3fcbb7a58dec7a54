//! The Pilothouse relay: one process that shows what agents do and lets people steer them.
//!
//! Direction of the modules: `http` → `hub` → `channel` → `engine` → `pilothouse_shared`. Only `http`
//! knows axum, only the engines know SQL, only `config` reads the environment.

mod adapters;
mod audit;
mod channel;
mod clock;
mod engine;
mod http;
mod hub;
mod limits;
mod machine;
mod mask;
mod metrics;
mod name;
mod reached;
mod rules;
#[cfg(test)]
mod tests;
mod tls;
mod websocket;

pub mod access;
pub mod client;
pub mod config;
pub mod copies;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;

pub use adapters::mcp::stdio as mcp;

pub use reached::addresses_of;

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::Gate;
use crate::adapters::hooks::Hooks;
use crate::config::{Config, Durability};
use crate::engine::{Embedded, Engine, StoreError};
use crate::hub::Hub;
use crate::limits::Limits;
use crate::mask::Masker;
use crate::metrics::Metrics;
use crate::rules::Rules;
use crate::tls::{Encryption, Fingerprint};

/// Connections the system holds for a relay that is busy: with the usual 1024 a returning crowd waits
/// for retransmissions of a second and more.
const BACKLOG: u32 = 8192;

/// A relay: `new`, `bind`, `listen`, `shutdown`.
#[derive(Debug, Clone)]
pub struct Server {
    config: Arc<Config>,
    access: Arc<Gate>,
    /// How connections are encrypted, if they are.
    tls: Option<Arc<Encryption>>,
    hub: Arc<Hub>,
    hooks: Arc<Hooks>,
    metrics: Arc<Metrics>,
    rules: Arc<Rules>,
    /// Cancelled when the relay is to shut down.
    stopping: CancellationToken,
    /// Sockets that axum no longer knows of.
    connections: TaskTracker,
    /// Hints that programs are handing on.
    leases: Arc<http::Leases>,
    /// Who is connected now.
    connected: Arc<http::Connected>,
    /// Folds of past states at once.
    folds: Arc<http::Folds>,
    /// Where it listens, once it does.
    address: Arc<OnceLock<SocketAddr>>,
}

/// Why a relay cannot start.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct StartError(String);

impl StartError {
    fn of(error: &StoreError, folder: Option<&Path>) -> Self {
        match (error, folder) {
            (StoreError::Failed(failure), Some(folder)) => Self(failure.at_start(folder)),
            _ => Self(error.to_string()),
        }
    }
}

/// Why a relay stopped by itself.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The listener failed.
    #[error("the listener failed: {0}")]
    Listener(#[from] std::io::Error),
}

impl Server {
    /// Opens the store and loads the channels. Listens to nothing yet.
    ///
    /// # Errors
    /// [`StartError`] when the data folder or the database cannot be used; its text says why.
    pub async fn new(config: Config) -> Result<Self, StartError> {
        let metrics = Arc::new(Metrics::new());
        let folder = config
            .data_dir
            .as_deref()
            .filter(|_| config.durability != Durability::Memory);
        if let Some(folder) = folder {
            let refused = |error| StartError(format!("cannot make {}: {error}", folder.display()));
            std::fs::create_dir_all(folder).map_err(refused)?;
            sync_entry(folder);
        }
        let access = Gate::open(folder, config.issuer.clone(), &config.issuer_audience);
        let access = Arc::new(access.map_err(|error| StartError(error.to_string()))?);
        let engine = Embedded::open(folder, config.durability, Arc::clone(&metrics));
        let refused = |error| StartError::of(&error, folder);
        let engine: Arc<dyn Engine> = Arc::new(engine.map_err(refused)?);
        let tls = config.tls.as_ref().map(|tls| Encryption::new(tls, folder));
        let tls = tls.transpose();
        let tls = tls.map_err(|error| StartError(error.to_string()))?;
        let rules = Arc::new(Rules {
            mask: Masker::of(&config.mask),
            limits: Limits::new(
                &config.max_rates,
                config.trusted_proxy.clone(),
                metrics.limited.clone(),
            ),
        });
        let hub = Hub::open(
            engine,
            Arc::clone(&metrics),
            Arc::clone(&rules),
            config.keep_events,
        )
        .await;
        let hub = Arc::new(hub.map_err(refused)?);
        Ok(Self {
            config: Arc::new(config),
            access,
            tls: tls.map(Arc::new),
            hub,
            hooks: Arc::default(),
            metrics,
            rules,
            stopping: CancellationToken::new(),
            connections: TaskTracker::new(),
            leases: Arc::default(),
            connected: Arc::default(),
            folds: Arc::default(),
            address: Arc::default(),
        })
    }

    /// A listener fit for many watchers.
    ///
    /// # Errors
    /// What the system says, such as that the port is taken.
    pub fn bind(&self, address: SocketAddr) -> std::io::Result<TcpListener> {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        }?;
        // A restarted relay takes its port back at once.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    }

    /// Serves until [`Server::shutdown`] has done its work: no new connections, a goodbye to every
    /// socket, what is under way finished within the grace period, the store closed.
    ///
    /// # Errors
    /// [`ServeError`] when the listener fails.
    pub async fn listen(&self, listener: TcpListener) -> Result<(), ServeError> {
        // A relay listens once; the first address is the one.
        let _ = self.address.set(listener.local_addr()?);
        if let Some(folder) = &self.config.data_dir {
            reached::write(folder, &http::addresses(self));
        }
        let hub = Arc::clone(&self.hub);
        let keeper = tokio::spawn(hub.keep(self.config.keep_for, self.config.asker_grace));
        let audit = tokio::spawn(audit::keep(Arc::clone(&self.hub), Arc::clone(&self.access)));
        let tls = self.tls.clone();
        let follower = tokio::spawn(async move {
            if let Some(tls) = tls {
                tls.follow().await;
            }
        });
        http::serve(self, listener).await;
        self.stopping.cancel();
        self.connections.close();
        let ended = tokio::time::timeout(self.config.grace, self.connections.wait()).await;
        audit.abort();
        keeper.abort();
        follower.abort();
        self.hub.close().await;
        match ended {
            Ok(()) => tracing::info!("stopped: every connection ended"),
            Err(_) => {
                let left = self.connections.len();
                tracing::warn!(
                    left,
                    "stopped: the grace period ended before all connections did"
                );
            }
        }
        Ok(())
    }

    /// The start of the URLs of a relay that listens on this address.
    #[must_use]
    pub fn url(&self, address: SocketAddr) -> String {
        format!("{}://{address}", self.scheme())
    }

    fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// What the certificate is known by that the relay made itself.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.tls.as_ref().and_then(|tls| tls.fingerprint())
    }

    /// Starts a graceful shutdown; [`Server::listen`] returns when it is done.
    pub fn shutdown(&self) {
        self.stopping.cancel();
    }
}

/// Puts the name of a new folder on disk: SQLite does so for its files, but not for where they are. Some
/// systems cannot, and need not.
fn sync_entry(folder: &Path) {
    let above = folder.parent().and_then(|above| File::open(above).ok());
    let _ = above.map(|above| above.sync_all());
}
