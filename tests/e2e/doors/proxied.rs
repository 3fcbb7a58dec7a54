//! What is said on behalf of others is believed of those that are trusted, and of nobody else.

use pilothouse_relay::config::Config;
use pilothouse_tests::{Agent, InProcess};
use reqwest::Method;

/// What a request with these headers is answered.
async fn status(relay: &InProcess, headers: &[(&str, &str)]) -> u16 {
    let agent = Agent::new(&relay.url(), "build", "claude");
    let mut call = agent.request(Method::GET, "/api/channels");
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    call.send().await.unwrap().status().as_u16()
}

async fn behind(proxies: &[&str]) -> InProcess {
    InProcess::with(Config {
        trusted_proxy: proxies.iter().map(|it| it.parse().unwrap()).collect(),
        ..Config::default()
    })
    .await
}

/// Without keys, a proxy on the same machine would have opened the relay to everybody.
#[tokio::test]
async fn open_mode_is_for_this_machine_also_behind_a_trusted_proxy() {
    let relay = behind(&["127.0.0.1/32"]).await;
    for (name, value, expected) in [
        ("x-forwarded-for", "203.0.113.9", 403),
        ("x-forwarded-for", "127.0.0.1, 203.0.113.9", 403),
        ("x-forwarded-for", "203.0.113.9, 127.0.0.1", 403),
        ("x-forwarded-for", "127.0.0.1", 200),
        ("forwarded", "for=203.0.113.9", 403),
        ("forwarded", "for=\"[::1]:80\"", 200),
    ] {
        let found = status(&relay, &[(name, value)]).await;
        assert_eq!(found, expected, "{name}: {value}");
    }
}

#[tokio::test]
async fn whether_the_way_is_encrypted_is_believed_of_trusted_proxies_alone() {
    let trusting = behind(&["127.0.0.0/8"]).await;
    let wary = behind(&["10.0.0.0/8"]).await;
    for (relay, is_believed) in [(&trusting, true), (&wary, false)] {
        let origin = |scheme| format!("{scheme}://{}", relay.address());
        let [http, https] = ["http", "https"].map(origin);
        let proto = ("x-forwarded-proto", "https");
        let allowed = |yes: bool| if yes { 200 } else { 403 };
        let found = status(relay, &[proto, ("origin", &https)]).await;
        assert_eq!(found, allowed(is_believed));
        let found = status(relay, &[proto, ("origin", &http)]).await;
        assert_eq!(found, allowed(!is_believed));
        assert_eq!(status(relay, &[("origin", &http)]).await, 200);
        assert_eq!(status(relay, &[("origin", &https)]).await, 403);
    }
}
