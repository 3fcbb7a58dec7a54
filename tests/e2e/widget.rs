//! The widget, on a page of somebody else's.

mod guest;
mod local;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use pilothouse_tests::{Agent, Browser, Engine, Process, message, until};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What a host has to allow, as the widget's page in docs/ says; no more.
fn strict(relay: &str) -> String {
    let socket = relay.replacen("http", "ws", 1);
    format!(
        "default-src 'none'; base-uri 'none'; script-src {relay} 'wasm-unsafe-eval' 'sha256-{SETUP_HASH}'; \
         connect-src {relay} {socket}"
    )
}

/// Keeps what the widgets of the page say.
const SETUP: &str = "window.said=[];for(const name of ['status','event','request','error'])\
    addEventListener('pilothouse-'+name,(e)=>said.push([name,e.detail,e.target.id]));";

/// Of [`SETUP`].
const SETUP_HASH: &str = "5qg0fk2P9tixBlUSIISigJL3ias3krhaRl57cjOeHIo=";

/// A relay, and a page of another origin.
struct Scene {
    relay: Process,
    agent: Agent,
    browser: Browser,
}

impl Scene {
    /// A page of Chromium with this in its body, at a host that the relay allows.
    async fn with(body: &str) -> Self {
        Self::on(Engine::Chromium, body).await
    }

    /// The same in this engine.
    async fn on(engine: Engine, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = format!("http://{}", listener.local_addr().unwrap());
        let relay = Process::with(&["--allow-origin", &host]).await;
        let browser = Browser::with(engine).await;
        Self::at(&host, listener, relay, browser, body).await
    }

    /// The same at this host, in a window that is there.
    async fn at(
        host: &str,
        listener: TcpListener,
        relay: Process,
        browser: Browser,
        body: &str,
    ) -> Self {
        let agent = Agent::new(&relay.url(), "build", "claude");
        agent.publish(&message("the first")).await;
        serve(listener, &relay.url(), body);
        browser.go(host).await;
        Self {
            relay,
            agent,
            browser,
        }
    }

    /// What a script returns that sees `all`, the shadow roots of the widgets.
    async fn ask(&self, script: &str) -> Value {
        let all = "const all = [...document.querySelectorAll('pilothouse-widget')].map(w => w.shadowRoot);";
        self.browser.ask(&format!("{all} {script}"), &[]).await
    }

    async fn until(&self, what: &str) {
        let script = format!("return !!({what})");
        until(what.to_owned(), || async {
            (self.ask(&script).await == true).then_some(())
        })
        .await;
    }

    /// Waits until every widget shows a row with this text.
    async fn shows(&self, text: &str) {
        let row = format!(
            "all.length && all.every(w => [...w.querySelectorAll('[data-testid=feed-row]')]\
             .some(row => row.textContent.includes({})))",
            json!(text)
        );
        self.until(&row).await;
    }

    async fn end(self) {
        let errors = self.browser.errors().await;
        self.browser.close().await;
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

/// Serves a page on this listener, as long as the test runs.
fn serve(listener: TcpListener, relay: &str, body: &str) {
    let page = format!(
        "<!doctype html><html lang=en><title>Host</title><link rel=icon href=\"data:,\">\
         <script>{SETUP}</script><script type=module src=\"{relay}/embed.js\"></script><main><h1>Host</h1>{body}</main>"
    );
    let policy = format!("{}; img-src data:", strict(relay));
    let answer = move || async move {
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
            (header::CONTENT_SECURITY_POLICY, policy.clone()),
        ];
        (headers, page.clone()).into_response()
    };
    let app = Router::new().route("/", get(answer));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
}

const ONE: &str = "<pilothouse-widget id=a channel=build></pilothouse-widget>";

const TWO: &str = "<div id=left><pilothouse-widget id=a channel=build></pilothouse-widget></div>\
    <div id=right><pilothouse-widget id=b channel=build></pilothouse-widget></div>";

pub(super) async fn two_widgets_share_a_link_and_the_last_one_leaves(engine: Engine) {
    let scene = Scene::on(engine, TWO).await;
    scene.shows("the first").await;
    assert_eq!(
        scene.agent.metric("pilothouse_connections").await,
        Some(1.0)
    );
    scene.agent.publish(&message("the second")).await;
    scene.shows("the second").await;

    scene.ask("document.querySelector('#a').remove()").await;
    scene.agent.publish(&message("the third")).await;
    scene.shows("the third").await;
    assert_eq!(
        scene.agent.metric("pilothouse_connections").await,
        Some(1.0)
    );

    scene.ask("document.querySelector('#b').remove()").await;
    until("nobody to watch", || async {
        let connections = scene.agent.metric("pilothouse_connections").await;
        (connections == Some(0.0)).then_some(())
    })
    .await;
    scene.end().await;
}

pub(super) async fn a_widget_that_is_moved_stays_as_it_is(engine: Engine) {
    let scene = Scene::on(engine, TWO).await;
    scene.shows("the first").await;
    let moved = "const a = document.querySelector('#a');
        window.kept = a.shadowRoot.querySelector('.feed');
        document.querySelector('#right').append(a);
        return new Promise(done => setTimeout(done)).then(() =>
            window.kept === a.shadowRoot.querySelector('.feed') && window.kept.isConnected)";
    assert_eq!(scene.ask(moved).await, true);
    scene.agent.publish(&message("after the move")).await;
    scene.shows("after the move").await;
    scene.end().await;
}

pub(super) async fn the_page_hears_what_happens_and_can_give_a_hint(engine: Engine) {
    let scene = Scene::on(engine, ONE).await;
    scene.shows("the first").await;
    scene
        .until("said.some(([name, detail]) => name === 'status' && detail.state === 'live')")
        .await;
    scene.agent.publish(&message("heard")).await;
    scene
        .until("said.some(([name, detail, id]) => name === 'event' && detail.body.text === 'heard' && id === 'a')")
        .await;
    let asked = json!({"type": "permission_requested", "request": "p", "tool": "Bash", "input": {"command": "ls"}});
    scene.agent.publish(&asked).await;
    scene
        .until("said.some(([name, detail]) => name === 'request' && detail.outcome === 'open')")
        .await;
    scene
        .until("all[0].querySelector('[part~=request] [data-testid=allow]')")
        .await;
    scene
        .ask("all[0].querySelector('[data-testid=allow]').click()")
        .await;
    let request = scene.agent.outcome("p", 30).await;
    assert_eq!(request["resolution"]["outcome"], "allowed");
    assert_eq!(
        scene
            .ask("return document.querySelector('#a').hint('mind the gap')")
            .await,
        true
    );
    assert_eq!(
        scene.agent.hints(30).await[0]["hint"]["text"],
        "mind the gap"
    );
    scene.end().await;
}

pub(super) async fn attributes_say_what_is_shown_and_how(engine: Engine) {
    let scene = Scene::on(engine, ONE).await;
    scene.shows("the first").await;
    let shown =
        |part: &str| format!("getComputedStyle(all[0].querySelector('{part}')).display !== 'none'");
    scene.until(&shown(".composer")).await;
    scene
        .ask("document.querySelector('#a').readonly = true")
        .await;
    scene.until(&format!("!({})", shown(".composer"))).await;
    scene
        .ask("document.querySelector('#a').features = 'feed'")
        .await;
    scene
        .until(&format!("!({}) && {}", shown(".head"), shown(".feed")))
        .await;
    for (theme, color) in [("light", "rgb(255, 255, 255)"), ("dark", "rgb(15, 29, 43)")] {
        scene
            .ask(&format!("document.querySelector('#a').theme = '{theme}'"))
            .await;
        scene
            .until(&format!(
                "getComputedStyle(document.querySelector('#a')).backgroundColor === '{color}'"
            ))
            .await;
    }
    scene.agent.publish(&message("still here")).await;
    scene.shows("still here").await;
    let other = Agent::new(&scene.relay.url(), "other", "claude");
    other.publish(&message("elsewhere")).await;
    scene
        .ask("document.querySelector('#a').channel = 'other'")
        .await;
    scene.shows("elsewhere").await;
    scene.end().await;
}

#[tokio::test]
async fn what_an_agent_says_is_text_and_nothing_else() {
    let scene = Scene::with(ONE).await;
    scene.shows("the first").await;
    let hostile =
        "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>\u{202e}\u{1b}[31m";
    let name = json!({"type": "operation_started", "operation": hostile, "status": hostile});
    scene.agent.publish(&message(hostile)).await;
    scene.agent.publish(&name).await;
    scene.shows("onerror=window.hacked").await;
    let injected = "return [window.hacked ?? null, all[0].querySelectorAll('img, script').length]";
    assert_eq!(scene.ask(injected).await, json!([null, 0]));
    scene.end().await;
}

pub(super) async fn a_page_that_the_relay_does_not_allow_says_what_to_do(engine: Engine) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    let (relay, browser) = (Process::start().await, Browser::with(engine).await);
    let scene = Scene::at(&host, listener, relay, browser, ONE).await;
    scene
        .until(&format!(
            "all[0].querySelector('[role=alert].wait')?.textContent.includes('--allow-origin {host}')"
        ))
        .await;
    scene.browser.close().await;
}

#[tokio::test]
async fn everybody_can_use_the_widget() {
    let scene = Scene::with(ONE).await;
    scene.shows("the first").await;
    let asked = json!({"type": "permission_requested", "request": "p", "tool": "Bash", "input": {"command": "ls"}});
    scene.agent.publish(&asked).await;
    scene.until("all[0].querySelector('[part~=request]')").await;
    for (theme, width) in [
        ("light", 1280),
        ("dark", 1280),
        ("light", 320),
        ("dark", 320),
    ] {
        scene.browser.resize(width, 800).await;
        scene
            .ask(&format!("document.querySelector('#a').theme = '{theme}'"))
            .await;
        let found = scene.browser.axe().await;
        assert!(found.is_empty(), "{theme}, {width}: {found:#?}");
        let picture = format!("widget-{theme}-{width}");
        scene.browser.picture(&picture).await;
    }
    scene.end().await;
}

#[tokio::test]
async fn in_a_frame_it_tells_its_page_how_high_it_is() {
    let relay = Process::start().await;
    Agent::new(&relay.url(), "build", "claude")
        .publish(&message("framed"))
        .await;
    let browser = Browser::at(&format!("{}/embed/build?readonly&theme=dark", relay.url())).await;
    until("the row in the frame's page", || async {
        let script = "return document.querySelector('pilothouse-widget')?.shadowRoot
            .textContent.includes('framed') ?? false";
        (browser.ask(script, &[]).await == true).then_some(())
    })
    .await;
    browser.close().await;
}

#[tokio::test]
async fn an_exported_file_plays_without_a_relay() {
    let mut relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    for text in [
        "the first",
        "</script><img src=x onerror=window.hacked=1>",
        "the last",
    ] {
        agent.publish(&message(text)).await;
    }
    let path = "/api/channels/build/export?format=html";
    let page = agent.request(Method::GET, path).send().await.unwrap();
    let file = relay.data().join("export.html");
    std::fs::write(&file, page.bytes().await.unwrap()).unwrap();
    relay.kill().await;
    let browser = Browser::at(&format!("file://{}", file.display())).await;
    let rows = "return [...document.querySelector('#widget').shadowRoot
        .querySelectorAll('[data-kind=message] .row__text')].map(row => row.textContent)";
    let shows = |count: usize| {
        let browser = &browser;
        async move {
            until(format!("{count} messages"), || async {
                let rows = browser.ask(rows, &[]).await;
                (rows.as_array().unwrap().len() == count).then_some(rows)
            })
            .await
        }
    };
    assert_eq!(
        shows(3).await[1],
        "</script><img src=x onerror=window.hacked=1>"
    );
    browser.picture("export").await;
    let move_to = "const bar = document.querySelector('#bar'); bar.value = arguments[0];
        bar.dispatchEvent(new Event('input'))";
    let n_events = browser
        .ask("return Number(document.querySelector('#bar').max)", &[])
        .await;
    browser
        .ask(move_to, &[json!(n_events.as_u64().unwrap() - 1)])
        .await;
    shows(2).await;
    browser.ask(move_to, &[n_events]).await;
    shows(3).await;
    assert_eq!(
        browser.ask("return window.hacked ?? null", &[]).await,
        Value::Null
    );
    let errors = browser.errors().await;
    browser.close().await;
    assert!(errors.is_empty(), "{errors:#?}");
}
