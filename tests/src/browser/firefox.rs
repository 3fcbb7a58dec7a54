//! Firefox and its driver.

use std::path::PathBuf;

use tempfile::TempDir;
use thirtyfour::DesiredCapabilities;
use tokio::process::Command;

use super::driver::{Driver, Starting};
use crate::environment;

/// Where `cargo xtask` keeps the driver, in the user's folder for what can be had again.
const KEPT: &str = "pilothouse/tools/geckodriver-0.37.1/bin/geckodriver";

const HINT: &str =
    "run `cargo xtask test --only browser`, or let PILOTHOUSE_GECKODRIVER name geckodriver";

/// Starts a driver on ports that it picks itself.
pub(super) async fn driver() -> Driver {
    let profile = TempDir::new().unwrap();
    let mut command = Command::new(geckodriver());
    command.args(["--port", "0", "--websocket-port", "0", "--profile-root"]);
    command.arg(profile.path());
    let mut driver = Starting::spawn(&mut command, profile, HINT);
    let port = driver.port_behind("Listening on 127.0.0.1:").await;
    let port = port.expect("the driver says its port");
    let mut capabilities = DesiredCapabilities::firefox();
    capabilities.set_headless().unwrap();
    driver.listening(port, capabilities)
}

/// The one that is named, else the one that is kept, else one on PATH.
fn geckodriver() -> PathBuf {
    let kept = environment::cache().map(|cache| cache.join(KEPT));
    environment::path(environment::GECKODRIVER)
        .or_else(|| kept.filter(|kept| kept.exists()))
        .unwrap_or_else(|| PathBuf::from("geckodriver"))
}
