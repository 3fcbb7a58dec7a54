//! A server under measurement.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use super::cases::System;
use super::{Place, pin};
use crate::failure::Failure;
use crate::relay::{self, Relay};

/// A running server, with a history of its own; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    process: Relay,
    pub(super) address: SocketAddr,
    data: PathBuf,
}

impl Server {
    /// Starts `system` on the server's core and waits until it listens.
    pub(super) fn start(place: &Place, system: System) -> Result<Self, Failure> {
        let data = place.folder.join(format!("data-{}", std::process::id()));
        let mut command = match system {
            System::Relay(durability) => {
                let data = data.to_string_lossy();
                let durability = durability.name();
                let flags = ["--listen", "127.0.0.1:0", "--data-dir", &data]
                    .into_iter()
                    .chain(["--durability", durability]);
                let flags: Vec<String> = flags.map(str::to_owned).collect();
                relay::serve(&place.relay, &flags)
            }
            System::Floor { per_write } => {
                let mut floor = Command::new(&place.generator);
                floor.args(["bench-floor", &per_write.to_string()]);
                floor
            }
        };
        let log = place.folder.join("server.log");
        command.stderr(File::create(&log).map_err(Failure::file(&log))?);
        let core = place.cores.map(|cores| cores.server);
        let started = pin::on_core(core, || Relay::start(&mut command)).map_err(super::failed)?;
        let process = started?;
        let listening = process.address.as_deref();
        let address = listening.and_then(|url| url.strip_prefix("http://")?.parse().ok());
        let Some(address) = address else {
            let log = log.display();
            let text = format!("the server does not listen, see {log}");
            return Err(Failure::Measurement(text));
        };
        Ok(Self {
            process,
            address,
            data,
        })
    }

    /// Its processes.
    pub(super) fn processes(&self) -> Vec<u32> {
        vec![self.process.process().id()]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill();
        // There is none with the floor.
        let _ = fs::remove_dir_all(&self.data);
    }
}
