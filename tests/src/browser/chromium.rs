//! Chromium and its driver.

use tempfile::TempDir;
use thirtyfour::{
    ChromeCapabilities, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel,
};
use tokio::process::Command;

use super::driver::{Driver, Starting};

/// It picks a port of IPv4, wants the same of IPv6, and gives up where somebody has that.
const ATTEMPTS: usize = 5;

/// Starts a driver on a port that it picks itself.
pub(super) async fn driver() -> Driver {
    for _ in 0..ATTEMPTS {
        let profile = TempDir::new().unwrap();
        let capabilities = capabilities(&profile);
        let mut command = Command::new("chromedriver");
        command.arg("--port=0");
        let hint = "install the package chromium-driver";
        let mut driver = Starting::spawn(&mut command, profile, hint);
        if let Some(port) = driver.port_behind("started successfully on port ").await {
            return driver.listening(port, capabilities);
        }
    }
    panic!("chromedriver ended {ATTEMPTS} times without a port");
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
        // Names that look as if they were elsewhere.
        "--host-resolver-rules=MAP *.test 127.0.0.1",
        &format!("--user-data-dir={}", profile.path().display()),
    ] {
        capabilities.add_arg(flag).unwrap();
    }
    capabilities
        .set_browser_log_level(LoggingPrefsLogLevel::All)
        .unwrap();
    capabilities
}
