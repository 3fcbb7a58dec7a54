//! People who zoom, choose their own colours, want nothing to move, have only keys, or only a thumb.

use pilothouse_tests::{Agent, Key, View, message, until};
use serde_json::{Value, json};

use super::{COMPOSER, LIVE, Scene, hint};

const CARD: &str = "[data-testid=channel-card]";
const REQUEST: &str = "[data-testid=request]";

/// Every view.
const VIEWS: [View; 11] = [
    View::new("fleet", "/", CARD),
    View::new("inbox", "/inbox", REQUEST),
    View::new("channel", "/c/build", REQUEST),
    View::new("details", "/c/build", REQUEST).after_click(".head__details"),
    View::new("files", "/c/build/files", "[data-testid=map-file]"),
    View::new("pipeline", "/c/build/pipeline", "[data-testid=work-item]"),
    View::new("display", "/c/build/display", "[data-testid=display-type]"),
    View::new(
        "history",
        "/c/build/history",
        "[data-testid=history-slider]",
    ),
    View::new("settings", "/", CARD)
        .after_click("[data-testid=settings]")
        .opens("dialog[open].settings"),
    View::new("palette", "/", CARD)
        .after_click("[data-testid=palette-button]")
        .opens("[data-testid=palette-option]"),
    View::new("keys", "/", CARD)
        .after_keys("?")
        .opens("dialog[open].keymap"),
];

/// What can be pressed, chosen or written in, and is drawn; with `ours`, its box on the page. A label is as
/// good as what it is for.
const CONTROLS: &str = "
    const top = document.querySelector('dialog[open]') ?? document;
    const all = [...top.querySelectorAll(
        'a[href], button, input, select, textarea, summary, [role=option], [role=switch]')];
    const seen = (it) => {
        const box = it.getBoundingClientRect();
        return it.checkVisibility({ visibilityProperty: true }) && box.width > 1 && box.height > 1
            && !it.closest('.sr-only, .skip:not(:focus)');
    };
    const controls = all.filter(seen).map((it) => it.closest('label') ?? it);
    const name = (it) => `${it.localName}.${it.className} ${(it.ariaLabel ?? it.innerText ?? '').slice(0, 30)}`;
    const frame = () => new Promise((done) => requestAnimationFrame(done));";

impl Scene {
    /// A page of a channel in which there is something for every view.
    async fn full() -> Self {
        let tool = |call: &str, kind: &str| json!({"type": kind, "call": call, "tool": "Read", "input": {"path": "src/main.rs"}, "ok": true, "duration_ms": 3});
        let scene = Self::with(json!([
            {"type": "session_started", "agent": "Claude", "model": "opus", "cwd": "/home/ada/harbour"},
            {"type": "operation_started", "operation": "Trim the sails", "status": "half way"},
            message("The **wind** has turned: see [the log](https://example.com/log)."),
            tool("1", "tool_started"), tool("1", "tool_finished"), tool("2", "tool_started"), tool("2", "tool_finished"),
            tool("3", "tool_started"), tool("3", "tool_finished"), tool("4", "tool_started"), tool("4", "tool_finished"),
            {"type": "file_accessed", "path": "src/main.rs", "access": "read"},
            {"type": "parameters_declared", "parameters": [
                {"name": "speed", "label": "Speed", "min": 0, "max": 10, "step": 1, "value": 5, "unit": "kn"},
                {"name": "sails", "min": 0, "max": 1, "step": 1, "value": 0},
                {"name": "seed", "min": 0, "max": 1_000_000_000, "step": 1, "value": 7}]},
            {"type": "pipeline", "stages": [
                {"name": "waiting", "items": [{"item": "a", "title": "Paint the hull"}]}, {"name": "done", "items": []}]},
            {"type": "permission_requested", "request": "p", "tool": "Bash", "input": {"command": "cargo publish"}},
            {"type": "question_asked", "request": "q", "text": "Which harbour?", "options": ["Kiel", "Oslo"]},
        ]))
        .await;
        let activity = json!({"operation": "Trim the sails", "progress": 0.4});
        scene
            .agent
            .signal("activity/claude", &json!({"set": activity}))
            .await;
        let display =
            json!({"width": 80, "height": 24, "rows": {"0": "$ make"}, "input": "claude"});
        scene
            .agent
            .signal("display/sh", &json!({"set": display}))
            .await;
        scene
    }

    /// Asks on every view; what was answered where, unless it was nothing.
    async fn everywhere(&self, script: &str) -> Vec<String> {
        let script = format!("{CONTROLS} return (async () => {{ {script} }})()");
        let mut answers = Vec::new();
        // Where there is room for them the details are on the page already.
        let is_narrow = self.browser.ask("return innerWidth < 992", &[]).await == true;
        let views = VIEWS.iter();
        for view in views.filter(|view| is_narrow || view.name != "details") {
            self.browser.visit(&self.relay.url(), view).await;
            self.browser.until(LIVE).await;
            self.browser.settled().await;
            let answer = self.browser.ask(&script, &[]).await;
            let said = answer.as_array().into_iter().flatten();
            answers.extend(said.map(|said| format!("{}: {}", view.name, said.as_str().unwrap())));
        }
        answers
    }

    /// What an element is drawn like, as far as it can tell it from its like.
    async fn looks(&self, css: &str) -> Value {
        let script = "const it = document.querySelector(arguments[0]);
            if (!it) return null;
            const style = getComputedStyle(it);
            const outline = style.outlineStyle === 'none' ? '' : style.outline;
            return [outline, style.borderTopWidth, style.borderTopStyle, style.backgroundColor].join(' ')";
        self.browser.until(css).await;
        self.browser.ask(script, &[json!(css)]).await
    }
}

#[tokio::test]
async fn at_twice_the_size_nothing_is_cut_off_and_everything_is_in_reach() {
    let scene = Scene::full().await;
    // What 1280 by 900 pixels are at 200 %.
    scene.browser.screen(640, 450, 2).await;
    let out_of_reach = "
        const bad = [];
        if (document.documentElement.scrollWidth > innerWidth) bad.push('the page is wider than the window');
        for (const it of controls) {
            let over = 'nothing';
            for (const block of ['center', 'start', 'end']) {
                if (over !== it) it.scrollIntoView({ block, inline: 'center', behavior: 'instant' });
                await frame();
                const box = it.getBoundingClientRect();
                const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
                const isHit = hit && (it.contains(hit) || hit.closest('label') === it);
                over = isHit ? it : `${hit && name(hit)} at ${Math.round(box.left)},${Math.round(box.top)}`;
                if (isHit && (box.left < -1 || box.right > innerWidth + 1)) bad.push(`${name(it)} is cut off`);
            }
            // A feed that follows has drawn its rows anew.
            if (over !== it && it.isConnected) bad.push(`${name(it)} is hidden by ${over}`);
        }
        return bad;";
    let found = scene.everywhere(out_of_reach).await;
    scene.browser.picture("zoomed").await;
    assert!(found.is_empty(), "{found:#?}");
    scene.end().await;
}

/// 44 CSS pixels either way, as WCAG 2.5.5 has it; a link within a text is as high as its line.
#[tokio::test]
async fn a_thumb_hits_everything_on_a_phone() {
    let scene = Scene::full().await;
    scene.browser.resize(390, 844).await;
    scene.browser.touch().await;
    let too_small = "
        const isWithinText = (it) => it.localName === 'a' && getComputedStyle(it).display === 'inline';
        return [...new Set(controls)].filter((it) => !isWithinText(it)).flatMap((it) => {
            const { width, height } = it.getBoundingClientRect();
            return width < 43.5 || height < 43.5 ? `${name(it)} is ${Math.round(width)} by ${Math.round(height)}` : [];
        });";
    let found = scene.everywhere(too_small).await;
    assert!(found.is_empty(), "{found:#?}");
    scene.end().await;
}

#[tokio::test]
async fn in_colours_of_ones_own_what_is_on_is_told_from_what_is_off() {
    let scene = Scene::full().await;
    scene.browser.media("forced-colors", "active").await;
    for (path, press, on, off) in [
        ("/", "", "[href='/'].bar__page", "[href='/inbox'].bar__page"),
        (
            "/",
            "[data-testid=only-waiting]",
            "[data-testid=only-waiting]",
            "[data-testid=only-idle]",
        ),
        ("/", "", "[data-testid=cards]", "[data-testid=list]"),
        (
            "/",
            "[data-testid=palette-button]",
            "[role=option][aria-selected=true]",
            "[role=option][aria-selected=false]",
        ),
        (
            "/c/build",
            "",
            ".tabs__tab[aria-current=page]",
            ".tabs__tab[aria-current=false]",
        ),
        (
            "/c/build/history",
            "[data-speed='16']",
            "[data-speed='16']",
            "[data-speed='1']",
        ),
    ] {
        scene.open(path).await;
        if !press.is_empty() {
            scene.browser.click(press).await;
        }
        scene.browser.settled().await;
        let (on_looks, off_looks) = (scene.looks(on).await, scene.looks(off).await);
        assert_ne!(on_looks, off_looks, "{on} and {off} look the same");
    }
    // Colours alone do not say these, and a system's own do not at all.
    scene.open("/").await;
    let idle = Agent::new(&scene.relay.url(), "idle", "codex");
    idle.publish(&message("done")).await;
    let waiting = scene.looks("[data-standing=waiting]").await;
    assert_ne!(waiting, scene.looks("[data-standing=idle]").await);
    for lamp in ["waiting", "idle"] {
        let css = format!("[data-standing={lamp}] .lamp");
        let looks = scene.looks(&css).await;
        assert!(
            !looks
                .as_str()
                .unwrap()
                .contains("0px none rgba(0, 0, 0, 0)"),
            "{css}: {looks}"
        );
    }
    scene.browser.picture("forced-colours").await;
    scene.end().await;
}

#[tokio::test]
async fn for_people_who_want_it_nothing_moves() {
    let scene = Scene::full().await;
    scene
        .agent
        .signal("tokens/m", &json!({"set": "and so"}))
        .await;
    let moving =
        "return document.getAnimations().filter((it) => it.playState === 'running').length";
    scene.browser.until("[data-testid=stream-row]").await;
    let moves = || async { (scene.browser.ask(moving, &[]).await != 0).then_some(()) };
    until("the page to move", moves).await;
    scene
        .browser
        .media("prefers-reduced-motion", "reduce")
        .await;
    // What takes less than a frame is no motion.
    let still = "return document.getAnimations().filter((it) => it.playState === 'running')
        .filter((it) => it.effect.getComputedTiming().activeDuration > 10)
        .map((it) => `${it.animationName ?? it.transitionProperty} of ${name(it.effect.target)}`)";
    let found = scene.everywhere(still).await;
    assert!(found.is_empty(), "{found:#?}");
    // The map draws what changes, and then holds still.
    scene.open("/c/build/files").await;
    scene.browser.until("[data-testid=map-file]").await;
    scene.browser.settled().await;
    let frames = "const draw = window.requestAnimationFrame; let n = 0;
        window.requestAnimationFrame = (act) => { n += 1; return draw(act); };
        return new Promise((done) => setTimeout(() => { window.requestAnimationFrame = draw; done(n); }, 1000))";
    let n_frames = scene.browser.ask(frames, &[]).await.as_u64().unwrap();
    assert!(n_frames < 20, "{n_frames} frames in a second");
    scene.end().await;
}

#[tokio::test]
async fn with_keys_alone_one_opens_a_channel_answers_hints_and_goes_on() {
    let scene = Scene::full().await;
    let Scene { agent, browser, .. } = &scene;
    scene.open("/").await;
    browser.until("[data-testid=channel-card]").await;
    browser.tab_to("[data-testid=channel-card]").await;
    browser.press(Key::Enter).await;
    let arrived = || async {
        let focus = "return document.activeElement.matches('main h1')";
        (browser.ask(focus, &[]).await == true).then_some(())
    };
    until("the focus on the channel's name", arrived).await;
    browser.tab_to("[data-request=p] [data-testid=allow]").await;
    browser.press(Key::Enter).await;
    browser
        .until("[data-request=p][data-outcome=allowed]")
        .await;
    browser
        .tab_to("[data-request=q] [data-testid=answer]")
        .await;
    browser.press(" ").await;
    browser
        .until("[data-request=q][data-outcome=answered]")
        .await;
    browser.tab_to(COMPOSER).await;
    browser.press("mind the gap").await;
    browser.press(Key::Enter).await;
    browser.until(&hint("accepted")).await;
    assert_eq!(agent.hints(30).await[0]["hint"]["text"], "mind the gap");
    browser.chord(Key::Control, "k").await;
    browser.until("[data-testid=palette-input]:focus").await;
    browser.press("inbox").await;
    browser.press(Key::Enter).await;
    let there =
        || async { (browser.ask("return location.pathname", &[]).await == "/inbox").then_some(()) };
    until("the inbox", there).await;
    browser.tab_to("[data-testid=settings]").await;
    browser.press(Key::Enter).await;
    browser.until("dialog[open].settings").await;
    browser.press(Key::Escape).await;
    browser.until_gone("dialog[open]").await;
    browser.until("[data-testid=settings]:focus").await;
    scene.end().await;
}
