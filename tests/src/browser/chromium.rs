//! Chromium and its driver.

use tempfile::TempDir;
use thirtyfour::{
    ChromeCapabilities, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel,
};
use tokio::process::Command;

use super::driver::{Driver, Starting};

/// Starts a driver on a port that it picks itself.
pub(super) async fn driver() -> Driver {
    let profile = TempDir::new().unwrap();
    let capabilities = capabilities(&profile);
    let mut command = Command::new("chromedriver");
    command.arg("--port=0");
    let mut driver = Starting::spawn(&mut command, profile, "install the package chromium-driver");
    let port = driver.port_behind("started successfully on port ").await;
    driver.listening(port, capabilities)
}

fn capabilities(profile: &TempDir) -> ChromeCapabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    for flag in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--window-size=1280,900",
        &format!("--user-data-dir={}", profile.path().display()),
    ] {
        capabilities.add_arg(flag).unwrap();
    }
    capabilities
        .set_browser_log_level(LoggingPrefsLogLevel::All)
        .unwrap();
    capabilities
}
