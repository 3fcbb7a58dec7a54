//! WebKit's small browser and its driver, on a screen that nobody sees: it has no headless mode.

use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use thirtyfour::Capabilities;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, MutexGuard};

use super::driver::{Driver, Starting};
use crate::{DEADLINE, until, within};

/// The driver has one session; more than one browser at once makes all of them late.
static TURN: Mutex<()> = Mutex::const_new(());

/// A screen, for as long as this lives, and the right to have one.
#[derive(Debug)]
pub(super) struct Screen {
    name: String,
    _xvfb: Child,
    _turn: MutexGuard<'static, ()>,
}

impl Screen {
    /// Waits for its turn, then starts one under a number that is free.
    async fn start() -> Self {
        let turn = TURN.lock().await;
        let mut xvfb = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp"])
            .args(["-screen", "0", "1600x1200x24"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Xvfb starts: install the package xvfb");
        let mut lines = BufReader::new(xvfb.stdout.take().unwrap()).lines();
        let number = within(DEADLINE, "a screen", lines.next_line()).await;
        let number = number.unwrap().expect("Xvfb finds a free number");
        Self {
            name: format!(":{number}"),
            _xvfb: xvfb,
            _turn: turn,
        }
    }
}

/// Starts a driver on a port that it picks itself.
pub(super) async fn driver() -> Driver {
    let screen = Screen::start().await;
    let home = TempDir::new().unwrap();
    let mut command = Command::new("WebKitWebDriver");
    command
        .arg("--port=0")
        .env("DISPLAY", &screen.name)
        .env("HOME", home.path())
        .env_remove("WAYLAND_DISPLAY")
        // It would wait for an accessibility service that nobody runs.
        .env("NO_AT_BRIDGE", "1");
    let driver = Starting::spawn(&mut command, home, "install the package webkit2gtk-driver");
    let id = driver.id();
    let port = until("a driver to listen", || async move { port_of(id) }).await;
    // The browser is the one that came with the driver.
    driver.on(screen).listening(port, Capabilities::new())
}

/// The port on which a process listens, as the system tells: this driver does not say.
fn port_of(process: u32) -> Option<u16> {
    let process = format!("/proc/{process}");
    let files = std::fs::read_dir(Path::new(&process).join("fd")).ok()?;
    let names = files.flatten().filter_map(|file| {
        let name = std::fs::read_link(file.path()).ok()?.display().to_string();
        Some(
            name.strip_prefix("socket:[")?
                .trim_end_matches(']')
                .to_owned(),
        )
    });
    let own: Vec<String> = names.collect();
    let sockets = std::fs::read_to_string(Path::new(&process).join("net/tcp")).ok()?;
    sockets.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, LISTENING, .., _] = fields[..] else {
            return None;
        };
        let is_own = own
            .iter()
            .any(|inode| fields.get(9) == Some(&inode.as_str()));
        let (_, port) = local.split_once(':').filter(|_| is_own)?;
        u16::from_str_radix(port, 16).ok()
    })
}

/// How Linux writes that a TCP socket listens, in `/proc/net/tcp`.
const LISTENING: &str = "0A";
