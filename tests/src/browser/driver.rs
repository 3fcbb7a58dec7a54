//! A WebDriver server: the program between a test and its browser.

use std::net::SocketAddr;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use thirtyfour::Capabilities;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::webkit::Screen;
use crate::{DEADLINE, within};

/// A server with the browser that it starts: both end when this is dropped.
#[derive(Debug)]
pub(super) struct Driver {
    child: Child,
    address: SocketAddr,
    capabilities: Capabilities,
    _profile: TempDir,
    _screen: Option<Screen>,
}

/// A server that was started, and does not yet listen as far as we know.
#[derive(Debug)]
pub(super) struct Starting {
    child: Child,
    profile: TempDir,
    screen: Option<Screen>,
}

impl Starting {
    /// Starts `command`; the browser's files go into `profile`.
    pub(super) fn spawn(command: &mut Command, profile: TempDir, hint: &str) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // The browser is in its group, and ends with it.
            .process_group(0)
            .kill_on_drop(true)
            .spawn();
        Self {
            child: child.unwrap_or_else(|error| panic!("{error}: {hint}")),
            profile,
            screen: None,
        }
    }

    /// It draws on this screen.
    pub(super) fn on(self, screen: Screen) -> Self {
        let screen = Some(screen);
        Self { screen, ..self }
    }

    /// Its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id().expect("the driver runs")
    }

    /// Waits for the line in which it says its port, right behind `before`; nothing when it ended without.
    pub(super) async fn port_behind(&mut self, before: &str) -> Option<u16> {
        let mut lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        let port = within(DEADLINE, "a driver to listen", port_in(&mut lines, before)).await;
        // It goes on printing, and must not stand still for want of a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        port
    }

    /// It listens.
    pub(super) fn listening(self, port: u16, capabilities: impl Into<Capabilities>) -> Driver {
        Driver {
            child: self.child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            capabilities: capabilities.into(),
            _profile: self.profile,
            _screen: self.screen,
        }
    }
}

async fn port_in(lines: &mut Lines<BufReader<ChildStdout>>, before: &str) -> Option<u16> {
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, port)) = line.split_once(before) {
            return Some(port.trim_end_matches('.').parse().unwrap());
        }
    }
    None
}

impl Driver {
    /// Where it listens.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the browser is to be like.
    pub(super) fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = self.child.id().and_then(|id| id.try_into().ok());
        if let Some(group) = group.and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
