//! A page from elsewhere and a relay on one's own machine: the browser asks its person first.

use pilothouse_tests::{Browser, Process};
use serde_json::json;
use tokio::net::TcpListener;

use super::{ONE, Scene};

/// The browser's word on the local network, which is the test's: `answer` is what a person chose.
const FAKE_PERMISSIONS: &str = "
    window.asked = [];
    const status = { state: 'prompt' };
    window.answer = (state) => { status.state = state; status.onchange?.(); };
    Object.defineProperty(Navigator.prototype, 'permissions', { value: { query: async ({ name }) => {
        asked.push(name);
        if (name !== 'NAME') throw new TypeError(name);
        return status;
    } } });";

const SAID: &str = "all[0].querySelector('.wait')?.textContent";
const BUTTON: &str = "all[0].querySelector('.wait button')";

impl Scene {
    /// A page whose host does not look local, in a browser that knows the permission by this name.
    async fn from_elsewhere(permission: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let host = format!("http://harbour.test:{port}");
        let relay = Process::with(&["--allow-origin", &host]).await;
        let browser = Browser::start().await;
        let fake = FAKE_PERMISSIONS.replace("NAME", permission);
        browser.preload(&fake).await;
        Self::at(&host, listener, relay, browser, ONE).await
    }

    /// Nothing of the widget was loaded, and nobody watches.
    async fn holds_still(&self) {
        let loaded = "return performance.getEntriesByType('resource')
            .map(({ name }) => name.split('/').at(-1)).filter((name) => name.startsWith('widget'))";
        assert_eq!(self.ask(loaded).await, json!([]));
        let connections = self.agent.metric("pilothouse_connections").await;
        assert_eq!(connections, Some(0.0));
    }
}

#[tokio::test]
async fn the_widget_says_why_the_browser_will_ask_and_waits_for_a_press() {
    let scene = Scene::from_elsewhere("loopback-network").await;
    let sentence =
        format!("{SAID}.includes('on your own machine or network. The browser will ask you')");
    scene.until(&sentence).await;
    assert_eq!(
        scene.ask(&format!("return {BUTTON}.textContent")).await,
        "Connect to the local relay"
    );
    assert_eq!(scene.ask("return asked").await, json!(["loopback-network"]));
    scene.holds_still().await;
    assert_eq!(scene.browser.axe().await, []);
    scene.browser.picture("widget-local").await;
    // The press makes the browser ask; what is answered comes while the widget is on its way.
    scene
        .ask(&format!("{BUTTON}.click(); answer('granted')"))
        .await;
    scene.shows("the first").await;
    assert_eq!(
        scene.agent.metric("pilothouse_connections").await,
        Some(1.0)
    );
    scene.end().await;
}

#[tokio::test]
async fn a_refused_widget_says_where_to_allow_it_and_comes_when_that_is_done() {
    let scene = Scene::from_elsewhere("local-network-access").await;
    scene.until(BUTTON).await;
    let both = json!(["loopback-network", "local-network-access"]);
    assert_eq!(scene.ask("return asked").await, both);
    scene.ask("answer('denied')").await;
    scene
        .until(&format!("{SAID}.includes('Allow it in the site')"))
        .await;
    scene.until(&format!("!{BUTTON}")).await;
    scene.holds_still().await;
    scene.ask("answer('granted')").await;
    scene.shows("the first").await;
    scene.end().await;
}

#[tokio::test]
async fn a_browser_that_does_not_know_the_permission_asks_nobody() {
    let scene = Scene::from_elsewhere("none-of-them").await;
    scene.shows("the first").await;
    scene.end().await;
}
