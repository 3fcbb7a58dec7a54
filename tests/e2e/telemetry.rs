//! An exporter that is not ours tells what a session costs.

use pilothouse_tests::{Agent, InProcess, export};
use reqwest::Method;
use serde_json::Value;

#[tokio::test]
async fn opentelemetrys_exporter_is_understood_plain_and_packed() {
    for compression in ["none", "gzip"] {
        let relay = InProcess::start().await;
        let exported = export(&relay.url(), compression).await;
        assert!(exported.status.success(), "{}", exported.stderr);
        let ada = Agent::person(&relay.url(), "claude-code-1a2b3c4d", "ada");
        let summary: Value = ada
            .call(Method::GET, "")
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(summary["cost_usd"], 0.75, "{compression}");
        let events = ada.events(0, 0).await;
        let last = &events.last().unwrap()["body"];
        assert_eq!(last["model"], "claude-sonnet-4-5");
        assert_eq!(last["cache_read_tokens"], 30);
        assert_eq!(events.len(), 4);
    }
}
