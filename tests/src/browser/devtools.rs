//! What only Chromium can be told.

use serde_json::{Value, json};

use super::{Browser, Engine};
use crate::until;

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
        self.media("prefers-color-scheme", scheme).await;
    }

    /// Is as a person chose a feature of the media, such as `prefers-reduced-motion: reduce`; others are as
    /// they are by themselves again. Chromium only.
    pub async fn media(&self, name: &str, value: &str) {
        let feature = json!({"name": name, "value": value});
        self.devtools("Emulation.setEmulatedMedia", json!({"features": [feature]}))
            .await;
    }

    /// Is touched by a finger: no pointer is fine, and none hovers. Chromium only.
    pub async fn touch(&self) {
        let touch = json!({"enabled": true, "maxTouchPoints": 5});
        self.devtools("Emulation.setTouchEmulationEnabled", touch)
            .await;
    }

    /// Lets every page do what these permissions are for, as the DevTools protocol names them. Chromium only.
    pub async fn grant(&self, permissions: &[&str]) {
        let granted = json!({"permissions": permissions});
        self.devtools("Browser.grantPermissions", granted).await;
    }

    /// Has the focus from now on, also without a screen, and is never hidden. Chromium only.
    pub async fn stay_focused(&self) {
        let focus = json!({"enabled": true});
        self.devtools("Emulation.setFocusEmulationEnabled", focus)
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
        // The page is told a moment later.
        until("the page to be hidden", || async {
            let is_hidden = self.ask("return document.hidden", &[]).await;
            (is_hidden == true).then_some(())
        })
        .await;
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
