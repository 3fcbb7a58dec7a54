//! A relay in this process, on a port of its own.

use std::net::SocketAddr;
use std::path::Path;

use pilothouse_relay::Server;
use pilothouse_relay::config::{Config, Durability, Tls};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{Certificate, DEADLINE, door, within};

/// A relay that listens. It ends with the test.
#[derive(Debug)]
pub struct InProcess {
    address: SocketAddr,
    server: Server,
    /// Where its certificate is, if it encrypts.
    _certificate: Option<TempDir>,
    listening: JoinHandle<()>,
}

impl InProcess {
    /// Starts one that keeps its history in memory.
    pub async fn start() -> Self {
        Self::with(Config::default()).await
    }

    /// Starts one that keeps its history in `folder`.
    pub async fn start_in(folder: &Path) -> Self {
        Self::with(Config {
            data_dir: Some(folder.to_owned()),
            durability: Durability::Normal,
            ..Config::default()
        })
        .await
    }

    /// Starts one with settings of its own; the port is free whatever they say.
    pub async fn with(mut config: Config) -> Self {
        let folder = door::encrypts().then(|| TempDir::new().unwrap());
        if let Some(folder) = &folder {
            let [certificate, key] = Certificate::of_tests().put(folder.path());
            config.tls = Some(Tls::Files { certificate, key });
        }
        let server = Server::new(config).await.expect("a relay starts");
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = server.bind(anywhere).expect("a port is free");
        let address = listener.local_addr().unwrap();
        let listening = tokio::spawn({
            let server = server.clone();
            async move { server.listen(listener).await.expect("the relay serves") }
        });
        Self {
            address,
            server,
            _certificate: folder,
            listening,
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
        self.server.url(self.address)
    }

    /// Shuts it down and waits until it has.
    pub async fn shutdown(self) {
        self.server.shutdown();
        within(DEADLINE, "the relay to shut down", self.listening)
            .await
            .unwrap();
    }
}
