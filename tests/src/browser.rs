//! A person at the dashboard: Chromium, driven through WebDriver.

use std::net::SocketAddr;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{
    By, ChromiumLikeCapabilities, DesiredCapabilities, Key, LoggingPrefsLogLevel, TypingData,
    WebDriver,
};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::{DEADLINE, environment, until, within};

/// A window of its own, with a profile of its own.
#[derive(Debug)]
pub struct Browser {
    driver: WebDriver,
    chromedriver: Child,
    _profile: TempDir,
}

/// A row of the feed, as it stands on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The seq of its event.
    pub seq: u64,
    /// The type of its body.
    pub kind: String,
    /// What a person reads.
    pub text: String,
}

impl Browser {
    /// Opens a desktop window.
    pub async fn start() -> Self {
        let (chromedriver, address) = chromedriver().await;
        let profile = TempDir::new().unwrap();
        let capabilities = capabilities(&profile);
        let connecting = WebDriver::new(format!("http://{address}"), capabilities);
        let driver = within(2 * DEADLINE, "Chromium to start", connecting).await;
        Self {
            driver: driver.expect("Chromium starts"),
            chromedriver,
            _profile: profile,
        }
    }

    /// Opens a desktop window on a page.
    pub async fn at(url: &str) -> Self {
        let browser = Self::start().await;
        browser.go(url).await;
        browser
    }

    /// Goes to a page.
    pub async fn go(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    /// Loads the page anew.
    pub async fn reload(&self) {
        self.driver.refresh().await.unwrap();
    }

    /// Shows pages as on a screen of this many CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let screen = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", screen)
            .await;
    }

    /// Prefers `light` or `dark`.
    pub async fn prefer(&self, scheme: &str) {
        let scheme = json!({"name": "prefers-color-scheme", "value": scheme});
        self.devtools("Emulation.setEmulatedMedia", json!({"features": [scheme]}))
            .await;
    }

    /// Waits until an element matches.
    pub async fn until(&self, css: &str) {
        let found = || async { (self.count(css).await > 0).then_some(()) };
        until(format!("{css} on the page"), found).await;
    }

    /// Waits until no element matches.
    pub async fn until_gone(&self, css: &str) {
        let gone = || async { (self.count(css).await == 0).then_some(()) };
        until(format!("{css} to go"), gone).await;
    }

    /// How many elements match.
    pub async fn count(&self, css: &str) -> u64 {
        let script = "return document.querySelectorAll(arguments[0]).length";
        self.ask(script, &[json!(css)]).await.as_u64().unwrap()
    }

    /// The text of the first element that matches; empty without one.
    pub async fn text(&self, css: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.innerText ?? ''";
        let text = self.ask(script, &[json!(css)]).await;
        text.as_str().unwrap().to_owned()
    }

    /// The rows of the feed that are drawn, top to bottom.
    pub async fn rows(&self) -> Vec<Row> {
        let script = "return [...document.querySelectorAll('[data-testid=\"feed-row\"]')]
            .map(row => [row.dataset.seq, row.dataset.kind, row.innerText])";
        let rows = self.ask(script, &[]).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let row = |row: &Value| Row {
            seq: text(&row[0]).parse().expect("a row has a seq"),
            kind: text(&row[1]),
            text: text(&row[2]),
        };
        rows.as_array().unwrap().iter().map(row).collect()
    }

    /// Waits until a row says `text`; that row.
    pub async fn row(&self, text: &str) -> Row {
        until(format!("a row with {text:?}"), || async {
            let mut rows = self.rows().await.into_iter();
            rows.find(|row| row.text.contains(text))
        })
        .await
    }

    /// Clicks the first element that matches, once there is one.
    pub async fn click(&self, css: &str) {
        self.until(css).await;
        self.driver
            .find(By::Css(css))
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
    }

    /// Types into the first element that matches, once there is one.
    pub async fn write(&self, css: &str, text: &str) {
        self.until(css).await;
        let element = self.driver.find(By::Css(css)).await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// Presses a key, or types a text, wherever the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        let keys = self.driver.action_chain().send_keys(keys);
        keys.perform().await.unwrap();
    }

    /// Presses Tab until an element that matches has the focus.
    pub async fn tab_to(&self, css: &str) {
        for _ in 0..50 {
            self.press(Key::Tab).await;
            let script = "return document.activeElement.matches(arguments[0])";
            if self.ask(script, &[json!(css)]).await == true {
                return;
            }
        }
        panic!("Tab does not lead to {css}");
    }

    /// Runs a script on the page; what it returns.
    pub async fn ask(&self, script: &str, arguments: &[Value]) -> Value {
        let answer = self.driver.execute(script, arguments.to_vec()).await;
        answer.unwrap().json().clone()
    }

    /// Errors on the console since the last call: of scripts and the content security policy too.
    pub async fn errors(&self) -> Vec<String> {
        let log = self.driver.browser_log().await.unwrap();
        let errors = log.into_iter().filter(|entry| entry.level == "SEVERE");
        errors.map(|entry| entry.message).collect()
    }

    /// Keeps a picture of the page, if a folder for them is named.
    pub async fn picture(&self, name: &str) {
        if let Some(folder) = environment::path(environment::SCREENSHOTS) {
            std::fs::create_dir_all(&folder).unwrap();
            let file = folder.join(format!("{name}.png"));
            self.driver.screenshot(&file).await.unwrap();
        }
    }

    /// Closes the window.
    pub async fn close(self) {
        self.driver.clone().quit().await.unwrap();
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        let sent = self.driver.cdp().send_raw(command, parameters).await;
        sent.unwrap();
    }
}

impl Drop for Browser {
    /// Without a word to anybody: after a failure the runtime may not run any more, and the driver's
    /// own farewell would wait for it.
    fn drop(&mut self) {
        let _ = self.driver.clone().leak();
        let group = self.chromedriver.id().and_then(|id| id.try_into().ok());
        if let Some(group) = group.and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Starts a driver on a port that it picks itself.
async fn chromedriver() -> (Child, SocketAddr) {
    let mut child = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // The browser is in its group, and ends with it.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver starts: install the package chromium-driver");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            let port = line.split_once("started successfully on port ");
            if let Some((_, port)) = port {
                return port.trim_end_matches('.').parse().unwrap();
            }
        }
        panic!("chromedriver ended without a port");
    };
    let port: u16 = within(DEADLINE, "chromedriver to listen", port).await;
    // It goes on printing, and must not stand still for want of a reader.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, SocketAddr::from(([127, 0, 0, 1], port)))
}

fn capabilities(profile: &TempDir) -> thirtyfour::ChromeCapabilities {
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
