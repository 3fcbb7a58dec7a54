//! Other servers for the same workloads: where to get them, and how to run them bare, without
//! history and access control, as their own documents advise for speed.

mod configuration;
mod install;

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::plan::Dialect;
use crate::failure::Failure;
use crate::setup::cache::Cache;

/// A server that is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// uWebSockets, as Bun has it built in.
    UWebSockets,
    /// nginx with the nchan module.
    Nchan,
    Mosquitto,
    Nats,
}

/// A peer that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Installed {
    pub(crate) peer: Peer,
    binary: PathBuf,
}

/// How a peer is started.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) command: Command,
    /// Where it will listen; `None` when its first line says so.
    pub(crate) port: Option<u16>,
}

impl Peer {
    pub(crate) const ALL: [Self; 4] = [Self::UWebSockets, Self::Nchan, Self::Mosquitto, Self::Nats];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::UWebSockets => "uWebSockets (Bun)",
            Self::Nchan => "nginx nchan",
            Self::Mosquitto => "mosquitto",
            Self::Nats => "nats-server",
        }
    }

    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Self::UWebSockets | Self::Nchan => Dialect::Plain,
            Self::Mosquitto => Dialect::Mqtt,
            Self::Nats => Dialect::Nats,
        }
    }

    /// Finds or installs it.
    pub(crate) fn ready(self, cache: &Cache) -> Result<Installed, Failure> {
        let binary = match self {
            Self::UWebSockets => install::bun(cache)?,
            Self::Nchan => install::nchan()?,
            Self::Mosquitto => install::from_debian("mosquitto")?,
            Self::Nats => install::from_debian("nats-server")?,
        };
        Ok(Installed { peer: self, binary })
    }
}

impl Installed {
    /// Writes what it needs into `folder` and says how to start it.
    pub(crate) fn launch(&self, folder: &Path) -> Result<Launch, Failure> {
        std::fs::create_dir_all(folder).map_err(Failure::file(folder))?;
        let port = match self.peer {
            Peer::UWebSockets => None,
            _ => Some(free_port()?),
        };
        let file = configuration::write(self.peer, folder, port.unwrap_or_default())?;
        let mut command = Command::new(&self.binary);
        match self.peer {
            Peer::UWebSockets => command.arg(&file),
            Peer::Nchan => command.arg("-p").arg(folder).arg("-c").arg(&file),
            Peer::Mosquitto | Peer::Nats => command.arg("-c").arg(&file),
        };
        Ok(Launch { command, port })
    }
}

/// A port that was free a moment ago: these servers cannot tell which one they would choose.
fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(super::failed)?;
    let address = listener.local_addr().map_err(super::failed)?;
    Ok(address.port())
}
