//! A relay, a browser, and what the probe in the page has counted.

use pilothouse_tests::{Agent, Browser, Process, until};
use serde_json::{Value, json};

const LIVE: &str = "[data-testid=link-badge][data-state=live]";

/// One relay and one window for all measurements.
pub(crate) struct Scene {
    pub(crate) relay: Process,
    pub(crate) browser: Browser,
}

/// What memory a page holds, in MB.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) heap: f64,
    pub(crate) wasm: f64,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let relay = Process::start().await;
        let browser = Browser::start().await;
        browser.resize(1280, 900).await;
        browser.preload(include_str!("probe.js")).await;
        // CPU time and not time on the clock, so that neighbours on the machine are not counted.
        let cpu = json!({"timeDomain": "threadTicks"});
        browser.devtools("Performance.enable", cpu).await;
        Self { relay, browser }
    }

    /// An agent in a channel of its own, and the page on it, live.
    pub(crate) async fn open(&self, channel: &str) -> Agent {
        let agent = self.agent(channel).await;
        self.browser
            .go(&format!("{}/c/{channel}", self.relay.url()))
            .await;
        self.browser.until(LIVE).await;
        agent
    }

    /// An agent in a channel of its own.
    pub(crate) async fn agent(&self, channel: &str) -> Agent {
        let agent = Agent::new(&self.relay.url(), channel, "claude");
        agent.create().await;
        agent
    }

    /// What the probe has under this name.
    pub(crate) async fn probe(&self, name: &str) -> Value {
        self.browser
            .ask("return probe[arguments[0]]", &[json!(name)])
            .await
    }

    /// The same, as a number.
    pub(crate) async fn count(&self, name: &str) -> f64 {
        self.probe(name).await.as_f64().unwrap_or_default()
    }

    /// Writes down from now on, and forgets what was before; or stops.
    pub(crate) async fn record(&self, on: bool) {
        let script = "probe.on = arguments[0];
            if (probe.on) for (const list of ['frames', 'tasks', 'longFrames', 'heard', 'painted']) probe[list].length = 0;
            if (probe.on) probe.events = 0;";
        self.browser.ask(script, &[json!(on)]).await;
    }

    /// Waits until the row of the newest event is painted.
    pub(crate) async fn until_painted(&self, seq: u64) {
        let painted = || async { (self.count("lastRow").await >= seq as f64).then_some(()) };
        until(format!("row {seq}"), painted).await;
    }

    /// Collects garbage first if `exactly`.
    pub(crate) async fn memory(&self, exactly: bool) -> Memory {
        const MB: f64 = 1e6;
        if exactly {
            self.browser
                .devtools("HeapProfiler.collectGarbage", json!({}))
                .await;
        }
        let heap = self
            .browser
            .devtools("Runtime.getHeapUsage", json!({}))
            .await;
        let wasm = self
            .browser
            .ask("return probe.memory?.buffer.byteLength ?? 0", &[])
            .await;
        Memory {
            heap: heap["usedSize"].as_f64().unwrap() / MB,
            wasm: wasm.as_f64().unwrap() / MB,
        }
    }

    /// CPU time of the page's main thread in all tasks so far, in ms.
    pub(crate) async fn cpu_ms(&self) -> f64 {
        let answer = self
            .browser
            .devtools("Performance.getMetrics", json!({}))
            .await;
        let mut metrics = answer["metrics"].as_array().into_iter().flatten();
        let tasks = metrics.find(|metric| metric["name"] == "TaskDuration");
        tasks.map_or(0.0, |tasks| tasks["value"].as_f64().unwrap() * 1e3)
    }

    pub(crate) async fn end(self) {
        self.browser.close().await;
    }
}
