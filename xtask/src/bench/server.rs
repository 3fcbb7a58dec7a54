//! A server under measurement.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::peers::Launch;
use super::system::System;
use super::{Place, pin, process};
use crate::failure::Failure;
use crate::relay::{self, Relay};

/// How long a peer may take until it listens.
const STARTED_WITHIN: Duration = Duration::from_secs(20);

/// A running server, with a history of its own; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    process: Process,
    pub(super) address: SocketAddr,
    data: PathBuf,
}

#[derive(Debug)]
enum Process {
    /// One whose first line says where it listens.
    Telling(Relay),
    Silent(Child),
}

impl Server {
    /// Starts `system` on the server's core and waits until it listens.
    pub(super) fn start(place: &Place, system: &System) -> Result<Self, Failure> {
        let data = place.folder.join(format!("data-{}", std::process::id()));
        let Launch { mut command, port } = launch(place, system, &data)?;
        let log = place.folder.join("server.log");
        command.stderr(File::create(&log).map_err(Failure::file(&log))?);
        let core = place.cores.map(|cores| cores.server);
        let start = || match port {
            Some(port) => Self::silent(&mut command, port),
            None => Self::telling(&mut command),
        };
        let (process, address) = pin::on_core(core, start).map_err(super::failed)??;
        let server = |address| Self {
            process,
            address,
            data,
        };
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        // Made in any case, so that what was started also ends.
        let server = server(address.unwrap_or(nowhere));
        if address.is_none() {
            let text = format!("the server does not listen, see {}", log.display());
            return Err(Failure::Measurement(text));
        }
        Ok(server)
    }

    fn telling(command: &mut Command) -> Result<(Process, Option<SocketAddr>), Failure> {
        let relay = Relay::start(command)?;
        let listening = relay.address.as_deref();
        let address = listening.and_then(|url| url.strip_prefix("http://")?.parse().ok());
        Ok((Process::Telling(relay), address))
    }

    fn silent(command: &mut Command, port: u16) -> Result<(Process, Option<SocketAddr>), Failure> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().map_err(super::failed)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            if start.elapsed() > STARTED_WITHIN {
                return Ok((Process::Silent(child), None));
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
        Ok((Process::Silent(child), Some(address)))
    }

    /// Its first process; some start others to do the work.
    pub(super) fn id(&self) -> u32 {
        match &self.process {
            Process::Telling(relay) => relay.process().id(),
            Process::Silent(child) => child.id(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let others = process::family(self.id()).split_off(1);
        match &mut self.process {
            Process::Telling(relay) => relay.kill(),
            Process::Silent(child) => {
                // It fails only when the process has ended.
                let _ = child.kill();
                let _ = child.wait();
            }
        }
        for other in others.into_iter().filter_map(|id| i32::try_from(id).ok()) {
            if let Some(other) = Pid::from_raw(other) {
                let _ = kill_process(other, Signal::KILL);
            }
        }
        // There is none with the floor.
        let _ = fs::remove_dir_all(&self.data);
    }
}

fn launch(place: &Place, system: &System, data: &Path) -> Result<Launch, Failure> {
    let command = match system {
        System::Relay(durability) | System::Unmasked(durability) => {
            let data = data.to_string_lossy();
            let mask = match system {
                System::Unmasked(_) => "off",
                _ => "on",
            };
            let listen = ["--listen", "127.0.0.1:0", "--data-dir", &data];
            let flags = listen
                .into_iter()
                .chain(["--durability", durability.name()])
                .chain(["--mask", mask]);
            let flags: Vec<String> = flags.map(str::to_owned).collect();
            relay::serve(&place.relay, &flags)
        }
        System::Floor { per_write } => {
            let mut floor = Command::new(&place.generator);
            floor.args(["bench-floor", &per_write.to_string()]);
            floor
        }
        System::Peer(installed) => return installed.launch(data),
    };
    Ok(Launch {
        command,
        port: None,
    })
}
