//! What browsers load: with the right type, for the right time, under a strict policy; and what of it
//! pages of other origins may have. What this build has no files for says so.

use std::collections::BTreeMap;

use reqwest::Method;

use crate::harness::{Answer, Relay};

/// A page that nobody allowed.
const STRANGER: &str = "https://stranger.example";

/// A content security policy, by directive.
fn policy(answer: &Answer) -> BTreeMap<String, String> {
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    let directives = policy.split(';').map(|directive| {
        let directive = directive.trim();
        let (name, value) = directive.split_once(' ').unwrap_or((directive, ""));
        (name.to_owned(), value.to_owned())
    });
    let directives: Vec<_> = directives.collect();
    let map: BTreeMap<_, _> = directives.iter().cloned().collect();
    assert_eq!(
        map.len(),
        directives.len(),
        "each once, the first counts: {policy}"
    );
    map
}

async fn get_from(relay: &Relay, origin: &'static str, path: &str) -> Answer {
    let request = relay.request(Method::GET, path).header("origin", origin);
    Answer::to(request.header("sec-fetch-site", "cross-site")).await
}

#[tokio::test]
async fn nothing_is_allowed_that_the_page_does_not_need() {
    let relay = Relay::start().await;
    for path in ["/", "/c/c", "/api/channels", "/nowhere"] {
        let policy = policy(&relay.get(path).await);
        for (directive, value) in [
            ("default-src", "'none'"),
            ("style-src", "'self'"),
            ("img-src", "'self' data:"),
            ("font-src", "'none'"),
            ("connect-src", "'self'"),
            ("manifest-src", "'self'"),
            ("worker-src", "'self'"),
            ("object-src", "'none'"),
            ("base-uri", "'none'"),
            ("form-action", "'none'"),
            ("frame-ancestors", "'none'"),
        ] {
            assert_eq!(policy[directive], value, "{path}: {directive}");
        }
        let scripts: Vec<_> = policy["script-src"].split(' ').collect();
        assert_eq!(scripts[..2], ["'self'", "'wasm-unsafe-eval'"]);
        let is_hash = |source: &&str| source.starts_with("'sha256-");
        assert!(scripts[2..].iter().all(is_hash), "{scripts:?}");
        assert_eq!(policy.len(), 12, "{policy:?}");
    }
}

#[tokio::test]
async fn files_have_their_type_and_are_asked_for_anew_unless_their_name_has_a_hash() {
    let relay = Relay::start().await;
    let files = [
        ("/", "text/html; charset=utf-8"),
        ("/sw.js", "text/javascript; charset=utf-8"),
        ("/register-sw.js", "text/javascript; charset=utf-8"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/icons/192.png", "image/png"),
        ("/icons/512.png", "image/png"),
        ("/icons/maskable-192.png", "image/png"),
        ("/icons/maskable-512.png", "image/png"),
    ];
    for (path, content_type) in files {
        let answer = relay.get(path).await;
        if answer.status == 404 || !answer.headers.contains_key("etag") {
            // A build without the dashboard.
            continue;
        }
        assert_eq!(answer.headers["content-type"], content_type, "{path}");
        assert_eq!(answer.headers["cache-control"], "no-cache", "{path}");
        let again = relay.request(Method::GET, path);
        let again = again.header("if-none-match", &answer.headers["etag"]);
        assert_eq!(Answer::to(again).await.status, 304, "{path}");
    }
}

#[tokio::test]
async fn the_files_the_manifest_names_are_there() {
    let relay = Relay::start().await;
    let manifest = relay.get("/manifest.webmanifest").await;
    if manifest.status == 404 {
        // A build without the dashboard.
        return;
    }
    let manifest = manifest.json();
    for icon in manifest["icons"].as_array().unwrap() {
        let answer = relay.get(icon["src"].as_str().unwrap()).await;
        assert_eq!(answer.status, 200, "{icon}");
        assert_eq!(
            answer.headers["content-type"],
            icon["type"].as_str().unwrap()
        );
    }
    assert_eq!(
        (&manifest["start_url"], &manifest["scope"]),
        (&"/".into(), &"/".into())
    );
}

#[tokio::test]
async fn the_widget_goes_into_pages_of_others_and_the_relay_does_not() {
    let relay = Relay::start().await;
    for path in ["/embed.js", "/embed/c", "/embed/no/such/file.wasm"] {
        let answer = get_from(&relay, STRANGER, path).await;
        assert!(
            [200, 404].contains(&answer.status.as_u16()),
            "{path}: {}",
            answer.text
        );
        let text = |name: &str| answer.headers[name].to_str().unwrap();
        assert_eq!(text("access-control-allow-origin"), "*", "{path}");
        assert_eq!(
            text("cross-origin-resource-policy"),
            "cross-origin",
            "{path}"
        );
        assert_eq!(text("x-content-type-options"), "nosniff", "{path}");
        assert!(!answer.headers.contains_key("x-frame-options"), "{path}");
        let policy = policy(&answer);
        // Whoever frames it can lead a person's finger to its buttons.
        assert_eq!(policy["frame-ancestors"], "'self'");
        assert_eq!(policy["default-src"], "'none'");
        assert!(policy["script-src"].starts_with("'self' 'wasm-unsafe-eval'"));
        assert_eq!(policy["connect-src"], "'self'");
    }
    for path in ["/", "/c/c", "/embed", "/api/channels", "/ws", "/sw.js"] {
        let answer = get_from(&relay, STRANGER, path).await;
        answer.refused(403, "forbidden");
        assert!(
            !answer.headers.contains_key("access-control-allow-origin"),
            "{path}"
        );
        assert_eq!(answer.headers["x-frame-options"], "DENY");
    }
}

#[tokio::test]
async fn the_widget_has_a_short_life_in_caches_and_a_way_to_ask_again() {
    let relay = Relay::start().await;
    let loader = relay.get("/embed.js").await;
    if loader.status == 404 {
        let message = loader.refused(404, "not_found");
        assert!(message.contains("without the widget"), "{message}");
        relay.get("/embed/c").await.refused(404, "not_found");
        return;
    }
    assert_eq!(loader.headers["cache-control"], "public, max-age=300");
    assert_eq!(
        loader.headers["content-type"],
        "text/javascript; charset=utf-8"
    );
    assert!(loader.headers.contains_key("etag"));
    let page = relay.get("/embed/c").await;
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(page.headers["cache-control"], "no-cache");
}

#[tokio::test]
async fn a_name_that_was_rebound_gets_no_widget_either() {
    let relay = Relay::start().await;
    for path in ["/embed.js", "/embed/c"] {
        let request = relay
            .request(Method::GET, path)
            .header("host", "evil.example");
        Answer::to(request).await.refused(403, "forbidden");
    }
}
