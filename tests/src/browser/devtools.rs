//! What only Chromium can be told.

use serde_json::{Value, json};

use super::{Browser, Engine};

impl Browser {
    /// Shows pages as on a screen of this many CSS pixels. Chromium only.
    pub async fn resize(&self, width: u32, height: u32) {
        self.screen(width, height, 1).await;
    }

    /// The same, with so many pixels of the device to each CSS pixel. Chromium only.
    pub async fn screen(&self, width: u32, height: u32, scale: u32) {
        let screen = json!({
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", screen)
            .await;
    }

    /// Prefers `light` or `dark`. Chromium only.
    pub async fn prefer(&self, scheme: &str) {
        let scheme = json!({"name": "prefers-color-scheme", "value": scheme});
        self.devtools("Emulation.setEmulatedMedia", json!({"features": [scheme]}))
            .await;
    }

    /// Runs a script on every page before the page's own from now on. Chromium only.
    pub async fn preload(&self, script: &str) {
        self.devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({"source": script}),
        )
        .await;
    }

    /// Puts another page in front of this one. Chromium only.
    pub async fn hide(&self) {
        let page = json!({"url": "about:blank", "background": false});
        self.devtools("Target.createTarget", page).await;
    }

    /// Brings the page back to the front. Chromium only.
    pub async fn show(&self) {
        self.devtools("Page.bringToFront", json!({})).await;
    }

    /// Sends a command of the DevTools protocol; the answer. Chromium only.
    ///
    /// # Panics
    /// In another engine.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        assert_eq!(self.engine, Engine::Chromium, "{command} is Chromium's");
        let sent = self.session.cdp().send_raw(command, parameters).await;
        sent.unwrap()
    }
}
