//! What went wrong on the page.
//!
//! Chromium keeps a log. In other engines the page itself keeps it, from the moment it has loaded.

use serde_json::Value;

use super::{Browser, Engine};

/// Keeps the first hundred errors of a page.
const LISTEN: &str = "
    if (window.errorsOfThePage) return;
    const errors = window.errorsOfThePage = [];
    const keep = (error) => { if (errors.length < 100) errors.push(String(error)); };
    addEventListener('error', (event) => keep(event.message || event.target?.outerHTML), true);
    addEventListener('unhandledrejection', (event) => keep(event.reason));
    addEventListener('securitypolicyviolation', (event) =>
        keep(`${event.violatedDirective} forbids ${event.blockedURI}`));
    const said = console.error;
    console.error = (...words) => { keep(words.join(' ')); said.apply(console, words); };";

const TAKE: &str = "return window.errorsOfThePage?.splice(0) ?? []";

impl Browser {
    /// Errors since the last call: of scripts and the content security policy too. In Chromium also
    /// those of connections (`net::ERR_…`); elsewhere only what happened after the page had loaded.
    pub async fn errors(&self) -> Vec<String> {
        if self.engine == Engine::Chromium {
            let log = self.session.browser_log().await.unwrap();
            let errors = log.into_iter().filter(|entry| entry.level == "SEVERE");
            return errors.map(|entry| entry.message).collect();
        }
        self.leave().await;
        std::mem::take(&mut *self.errors.lock().unwrap())
    }

    /// A page has come: its errors are kept.
    pub(super) async fn listen(&self) {
        if self.engine != Engine::Chromium {
            self.ask(LISTEN, &[]).await;
        }
    }

    /// A page is about to go: its errors are taken off it.
    pub(super) async fn leave(&self) {
        if self.engine != Engine::Chromium {
            let errors = self.ask(TAKE, &[]).await;
            let errors = errors.as_array().into_iter().flatten();
            let text = |error: &Value| error.as_str().unwrap_or_default().to_owned();
            self.errors.lock().unwrap().extend(errors.map(text));
        }
    }
}
