//! A person at the dashboard: a browser, driven through WebDriver.

mod axe;
mod chromium;
mod devtools;
mod driver;
mod errors;
mod firefox;
mod view;
mod webkit;

use std::sync::Mutex;

use serde_json::{Value, json};
use thirtyfour::{By, Key, TypingData, WebDriver};

use crate::{DEADLINE, environment, until, within};
pub use axe::Violation;
use driver::Driver;
pub use view::View;

/// What draws the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Of Chrome, Edge and most browsers.
    Chromium,
    /// Of Firefox.
    Firefox,
    /// Of Safari. Its window is no narrower than 450 pixels, and there is one at a time.
    WebKit,
}

/// A window of its own, with a profile of its own.
#[derive(Debug)]
pub struct Browser {
    engine: Engine,
    session: WebDriver,
    /// Errors of pages that have been left, as far as the engine does not keep them.
    errors: Mutex<Vec<String>>,
    _driver: Driver,
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
    /// Opens a desktop window of Chromium.
    pub async fn start() -> Self {
        Self::with(Engine::Chromium).await
    }

    /// Opens a desktop window.
    pub async fn with(engine: Engine) -> Self {
        let driver = match engine {
            Engine::Chromium => chromium::driver().await,
            Engine::Firefox => firefox::driver().await,
            Engine::WebKit => webkit::driver().await,
        };
        let connecting = WebDriver::new(driver.url(), driver.capabilities());
        let session = within(3 * DEADLINE, "the browser to start", connecting).await;
        let session = session.expect("the browser starts");
        if engine != Engine::Chromium {
            session.set_window_rect(0, 0, 1280, 900).await.unwrap();
        }
        Self {
            engine,
            session,
            errors: Mutex::default(),
            _driver: driver,
        }
    }

    /// What draws the page.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Opens a desktop window of Chromium on a page.
    pub async fn at(url: &str) -> Self {
        let browser = Self::start().await;
        browser.go(url).await;
        browser
    }

    /// Goes to a page.
    pub async fn go(&self, url: &str) {
        self.leave().await;
        self.session.goto(url).await.unwrap();
        self.listen().await;
    }

    /// Loads the page anew.
    pub async fn reload(&self) {
        self.leave().await;
        self.session.refresh().await.unwrap();
        self.listen().await;
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

    /// Waits until every transition and every animation that ends has ended, in open shadow roots too, and that
    /// is drawn.
    pub async fn settled(&self) {
        let script = "
            const ends = (animation) => animation.effect.getComputedTiming().endTime !== Infinity;
            const shadows = [...document.querySelectorAll('*')].flatMap((it) => it.shadowRoot ?? []);
            const moving = [document, ...shadows].flatMap((it) => it.getAnimations()).filter(ends);
            const frame = () => new Promise(requestAnimationFrame);
            return Promise.allSettled([document.fonts.ready, ...moving.map((it) => it.finished)])
                .then(frame).then(frame).then(() => true)";
        self.ask(script, &[]).await;
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
        self.session
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
        let element = self.session.find(By::Css(css)).await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// Presses a key, or types a text, wherever the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        let keys = self.session.action_chain().send_keys(keys);
        keys.perform().await.unwrap();
    }

    /// Presses a key while another one is held.
    pub async fn chord(&self, held: Key, key: &str) {
        let keys = self.session.action_chain().key_down(held.clone());
        let keys = keys.send_keys(key).key_up(held);
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
        let answer = self.session.execute(script, arguments.to_vec()).await;
        answer.unwrap().json().clone()
    }

    /// Keeps a picture of the page, if a folder for them is named.
    pub async fn picture(&self, name: &str) {
        if let Some(folder) = environment::path(environment::SCREENSHOTS) {
            std::fs::create_dir_all(&folder).unwrap();
            let engine = match self.engine {
                Engine::Chromium => "",
                Engine::Firefox => "firefox-",
                Engine::WebKit => "webkit-",
            };
            let file = folder.join(format!("{engine}{name}.png"));
            std::fs::write(file, self.png().await).unwrap();
        }
    }

    /// A picture of what is on the screen.
    pub async fn png(&self) -> Vec<u8> {
        self.session.screenshot_as_png().await.unwrap()
    }

    /// Closes the window.
    pub async fn close(self) {
        self.session.clone().quit().await.unwrap();
    }
}

impl Drop for Browser {
    /// Without a word to anybody: after a failure the runtime may not run any more, and the session's
    /// own farewell would wait for it.
    fn drop(&mut self) {
        let _ = self.session.clone().leak();
    }
}
