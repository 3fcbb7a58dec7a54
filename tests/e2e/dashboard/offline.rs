//! The page without its relay: it starts and says so. What the relay says is never kept.

use serde_json::{Value, json};

use super::{LIVE, Scene};
use pilothouse_tests::{message, until};

const LOST: &str = "[data-testid=link-banner][data-kind=lost]";

/// Paths of everything in every cache.
const KEPT: &str = "return (async () => {
    const paths = [];
    for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys())
            paths.push(new URL(request.url).pathname);
    return paths;
})()";

/// What the page keeps, once it keeps its start page and is served by its service worker.
async fn kept(scene: &Scene) -> Vec<String> {
    until("the page to be kept", || async {
        let is_served = "return !!navigator.serviceWorker.controller";
        let is_served = scene.browser.ask(is_served, &[]).await;
        let kept = scene.browser.ask(KEPT, &[]).await;
        let kept: Vec<String> = serde_json::from_value(kept).unwrap();
        let is_there = is_served == true && kept.iter().any(|path| path == "/");
        is_there.then_some(kept)
    })
    .await
}

#[tokio::test]
async fn the_page_starts_without_the_relay_and_says_that_it_is_lost() {
    let mut scene = Scene::with(message("at work")).await;
    kept(&scene).await;
    scene.relay.kill().await;
    for path in ["/c/build", "/"] {
        let url = format!("{}{path}", scene.relay.url());
        scene.browser.go(&url).await;
        scene.browser.until(LOST).await;
    }
    scene.browser.picture("started-lost").await;
    scene.relay.restart().await;
    scene.browser.reload().await;
    scene.browser.until(LIVE).await;
    // A browser reports every connection that could not be made.
    let errors = scene.browser.errors().await;
    let other = errors.iter().filter(|error| !error.contains("net::ERR_"));
    assert_eq!(other.count(), 0, "{errors:#?}");
    scene.end().await;
}

#[tokio::test]
async fn what_the_relay_says_is_never_kept() {
    let mut scene = Scene::with(message("at work")).await;
    kept(&scene).await;
    let asked = [
        "/api/channels",
        "/api/channels/build/events",
        "/api/channels/build/export",
        "/health",
        "/ready",
        "/metrics",
        "/openapi.json",
        "/manifest.webmanifest",
    ];
    let ask =
        "return Promise.all(arguments[0].map(path => fetch(path).then(answer => answer.status)))";
    let answers = scene.browser.ask(ask, &[json!(asked)]).await;
    assert_eq!(answers, json!(vec![200; 8]));
    for path in ["/api/channels", "/health", "/c/build", "/"] {
        let url = format!("{}{path}", scene.relay.url());
        scene.browser.go(&url).await;
    }
    scene.browser.until(LIVE).await;
    let is_of_the_page = |path: &String| {
        let is_hash = |part: &str| part.len() >= 12 && part.bytes().all(|b| b.is_ascii_hexdigit());
        path == "/" || path.split(['-', '_', '.']).any(is_hash)
    };
    let kept = kept(&scene).await;
    assert!(kept.iter().all(is_of_the_page), "{kept:?}");
    assert!(kept.iter().any(|path| path.ends_with(".wasm")), "{kept:?}");
    scene.relay.kill().await;
    let ask =
        "return Promise.all(arguments[0].map(path => fetch(path).then(() => path, () => null)))";
    let answers = scene.browser.ask(ask, &[json!(asked)]).await;
    assert_eq!(
        answers,
        json!(vec![Value::Null; 8]),
        "nothing is answered in its name"
    );
    // As long as there is no relay, the page goes on trying, and its browser on reporting that.
    scene.relay.restart().await;
    let retry = "document.querySelector('[data-testid=retry-now]')?.click()";
    scene.browser.ask(retry, &[]).await;
    scene.browser.until(LIVE).await;
    scene.browser.errors().await;
    scene.end().await;
}

#[tokio::test]
async fn the_page_of_a_new_relay_shows_at_once_and_takes_the_place_of_the_old_one() {
    let scene = Scene::with(message("at work")).await;
    kept(&scene).await;
    let age = "return (async () => {
        const [name] = await caches.keys();
        const cache = await caches.open(name);
        await cache.put('/', new Response('<p>an old page', {headers: {etag: 'old'}}));
        await cache.put('/old-0123456789abcdef.js', new Response('an old file'));
    })()";
    scene.browser.ask(age, &[]).await;
    scene.browser.reload().await;
    scene.browser.until(LIVE).await;
    until("the new page to be kept", || async {
        let held = "return caches.match('/').then(held => held.text())";
        let held = scene.browser.ask(held, &[]).await;
        let kept = kept(&scene).await;
        let is_old = |path: &String| path.starts_with("/old-");
        let is_new = held.as_str().unwrap().contains("<noscript");
        (is_new && !kept.iter().any(is_old)).then_some(())
    })
    .await;
    scene.end().await;
}

/// The service worker, played with windows of our own: nobody can click a notification here.
#[tokio::test]
async fn a_notification_leads_to_its_channel() {
    let scene = Scene::with(message("at work")).await;
    let play = format!(
        "const [windows, data] = arguments, done = [], listeners = {{}};
        const show = url => ({{ url, focus: async () => done.push('focus ' + url) }});
        const fake = {{
            location: new URL('http://relay/'),
            addEventListener: (name, listener) => listeners[name] = listener,
            clients: {{
                matchAll: async () => windows.map(show),
                openWindow: async url => done.push('open ' + url),
            }},
        }};
        (self => {{ {} }})(fake);
        const waits = [];
        listeners.notificationclick({{
            notification: {{ data, close: () => done.push('close') }},
            waitUntil: promise => waits.push(promise),
        }});
        return Promise.all(waits).then(() => done);",
        include_str!("../../../web/sw.js")
    );
    let there = ["http://relay/", "http://relay/c/build#e=1"];
    for (windows, data, done) in [
        (
            &there[..],
            json!({"url": "/c/build"}),
            "focus http://relay/c/build#e=1",
        ),
        (
            &there[..1],
            json!({"url": "/c/build"}),
            "open http://relay/c/build",
        ),
        (
            &[],
            json!({"url": "http://relay/c/build"}),
            "open http://relay/c/build",
        ),
        (&there, Value::Null, "focus http://relay/"),
    ] {
        let answer = scene.browser.ask(&play, &[json!(windows), data]).await;
        assert_eq!(answer, json!(["close", done]));
    }
    let elsewhere = json!({"url": "https://evil.example/"});
    let answer = scene.browser.ask(&play, &[json!(there), elsewhere]).await;
    assert_eq!(answer, json!(["close"]));
    scene.end().await;
}
