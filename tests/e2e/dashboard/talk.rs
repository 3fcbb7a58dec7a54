//! A person reads what is said, finds it again, and answers by hand.

use pilothouse_tests::{Agent, Watcher, message, until};
use reqwest::Method;
use serde_json::{Value, json};

use super::{COMPOSER, LIVE, SEND, Scene, hint};

const AIM: &str = "[data-testid=aim]";

impl Scene {
    /// Asks the page until it says `wanted`.
    async fn says(&self, script: &str, wanted: Value) {
        until(format!("{script} to be {wanted}"), || async {
            (self.browser.ask(script, &[]).await == wanted).then_some(())
        })
        .await;
    }

    /// Waits until an element says so.
    async fn reads(&self, css: &str, wanted: &str) {
        until(format!("{css} to say {wanted:?}"), || async {
            self.browser.text(css).await.contains(wanted).then_some(())
        })
        .await;
    }

    /// Chooses whom words are for.
    async fn aim_at(&self, name: &str) {
        self.browser
            .until(&format!("{AIM} option[value='{name}']"))
            .await;
        let choose = "const [css, name] = arguments; const field = document.querySelector(css);
            field.value = name; field.dispatchEvent(new Event('change', { bubbles: true }))";
        self.browser.ask(choose, &[json!(AIM), json!(name)]).await;
    }

    /// Puts a member into the channel.
    async fn join(&self, member: &str) -> Agent {
        let agent = Agent::new(&self.relay.url(), "build", member);
        let joined = agent.call(Method::POST, "/join").send().await.unwrap();
        assert!(joined.status().is_success(), "{}", joined.status());
        agent
    }
}

/// A turn with work that is done, one call of it in vain.
fn turn() -> Value {
    let mut bodies = vec![json!({"type": "message", "role": "user", "text": "Mend the login"})];
    for call in 0..6 {
        let ok = call != 3;
        bodies.push(json!({"type": "tool_started", "call": call.to_string(), "tool": "Read", "input": {"path": format!("src/{call}.rs")}}));
        bodies.push(json!({"type": "tool_finished", "call": call.to_string(), "tool": "Read", "ok": ok, "error": "gone", "duration_ms": 5}));
    }
    bodies.push(message("Mended"));
    json!(bodies)
}

#[tokio::test]
async fn what_agents_say_is_drawn_from_its_markdown() {
    let text = "# Plan\n\nUse **care** and `cargo test`:\n\n1. one\n   - below\n2. two\n\n```rust\nfn main() {}\n```\n\nSee [the docs](https://example.com/a) or [this](javascript:alert(1)).";
    let scene = Scene::with(message(text)).await;
    scene.browser.row("Plan").await;
    let drawn = "const row = document.querySelector('[data-testid=feed-row][data-kind=message]');
        const link = row.querySelector('a[target]');
        return [...['strong', 'p code', 'ol > li', 'ol ul li', 'pre[data-language=rust]', 'a[target]']
            .map((css) => row.querySelectorAll(css).length), link.rel, link.href]";
    let expected = json!([
        1,
        1,
        2,
        1,
        1,
        1,
        "noopener noreferrer nofollow",
        "https://example.com/a"
    ]);
    scene.says(drawn, expected).await;
    assert!(
        scene
            .browser
            .text("main")
            .await
            .contains("javascript:alert(1)")
    );
    scene.browser.picture("markdown").await;
    scene.end().await;
}

#[tokio::test]
async fn a_growing_message_keeps_what_is_closed() {
    let scene = Scene::with(message("at work")).await;
    let Scene { agent, browser, .. } = &scene;
    agent
        .signal("tokens/m1", &json!({"set": "First.\n\nSec"}))
        .await;
    scene.reads("[data-testid=stream-row]", "Sec").await;
    browser
        .ask(
            "window.first = document.querySelector('[data-testid=stream-row] p')",
            &[],
        )
        .await;
    agent
        .signal("tokens/m1", &json!({"append": "ond.\n\n**Third**"}))
        .await;
    scene
        .reads("[data-testid=stream-row] strong", "Third")
        .await;
    let stayed = "return [window.first.isConnected, window.first.innerText]";
    scene.says(stayed, json!([true, "First."])).await;
    let whole = json!({"type": "message", "role": "assistant", "text": "First.\n\nSecond.", "message": "m1"});
    agent.publish(&whole).await;
    browser.until_gone("[data-testid=stream-row]").await;
    browser.row("Second.").await;
    scene.end().await;
}

#[tokio::test]
async fn a_long_message_is_whole_when_one_asks() {
    let scene = Scene::with(message(&format!("{}the end", "word ".repeat(4_000)))).await;
    scene.browser.row("Show all").await;
    assert!(
        !scene
            .browser
            .text("[data-testid=feed]")
            .await
            .contains("the end")
    );
    scene.browser.click("[data-testid=show-all]").await;
    scene.browser.row("the end").await;
    scene.end().await;
}

#[tokio::test]
async fn work_that_is_done_is_one_line_until_one_asks() {
    let scene = Scene::with(turn()).await;
    let browser = &scene.browser;
    scene.reads("[data-testid=fold]", "6 tools: Read 6").await;
    scene.reads("[data-testid=turn]", "6 tools").await;
    scene.reads("[data-testid=turn]", "1 failed").await;
    let tools = "return document.querySelectorAll('[data-testid=feed-row][data-kind=tool]').length";
    scene.says(tools, json!(1)).await;
    browser.row("gone").await;
    browser.picture("turn").await;
    browser.click("[data-testid=fold] button").await;
    scene.says(tools, json!(6)).await;
    browser.click("[data-testid=fold] button").await;
    scene.says(tools, json!(1)).await;
    scene.end().await;
}

#[tokio::test]
async fn a_link_leads_into_a_fold() {
    let scene = Scene::with(turn()).await;
    let events = scene.agent.events(0, 0).await;
    let wanted = |event: &&Value| event["body"]["call"] == "1";
    let id = events.iter().find(wanted).unwrap()["id"].as_str().unwrap();
    scene.browser.go("about:blank").await;
    scene.open(&format!("/c/build#e={id}")).await;
    scene.reads(".row.is-target", "src/1.rs").await;
    scene.end().await;
}

#[tokio::test]
async fn a_feed_is_filtered_by_sort_and_by_words() {
    let scene = Scene::with(turn()).await;
    let browser = &scene.browser;
    let kinds = "return [...document.querySelectorAll('[data-testid=feed-row]')].map((row) => row.dataset.kind).join()";
    browser.click("[data-testid=filter]").await;
    browser.click("[data-testid=sort]:nth-of-type(1)").await;
    scene.says(kinds, json!("message,message")).await;
    scene.reads("[data-testid=found]", "2 found").await;
    browser.picture("filter").await;
    browser.click("[data-testid=sort]:nth-of-type(1)").await;
    browser.write("[data-testid=find]", "SRC/4").await;
    scene.says(kinds, json!("tool")).await;
    scene.end().await;
}

#[tokio::test]
async fn one_jumps_to_the_beginning_and_comes_back() {
    let many: Vec<_> = (0..450).map(|n| message(&format!("number {n}."))).collect();
    let scene = Scene::with(json!(many)).await;
    let browser = &scene.browser;
    browser.row("number 449.").await;
    browser.click("[data-testid=jump]").await;
    browser.click("[data-testid=jump-beginning]").await;
    browser.row("number 0.").await;
    scene.agent.publish(&message("one more")).await;
    scene.reads("[data-testid=new-pill]", "1 new").await;
    browser.row("number 0.").await;
    browser.click("[data-testid=new-pill]").await;
    browser.row("one more").await;
    scene.end().await;
}

#[tokio::test]
async fn what_one_reads_stays_where_it_is() {
    let many: Vec<_> = (0..300)
        .map(|n| message(&format!("number {n}.\n\n{}", "- line\n".repeat(n % 7))))
        .collect();
    let scene = Scene::with(json!(many)).await;
    let browser = &scene.browser;
    browser.row("number 299.").await;
    let up = "const box = document.querySelector('[data-testid=feed]'); box.scrollTop -= 900";
    browser.ask(up, &[]).await;
    browser.until("[data-testid=new-pill]").await;
    // Once nothing settles any more.
    let first = "const box = document.querySelector('[data-testid=feed]').getBoundingClientRect();
        const row = [...document.querySelectorAll('[data-testid=feed-row]')].find((row) => row.getBoundingClientRect().bottom > box.top + 1);
        const read = () => [row.dataset.seq, Math.round(row.getBoundingClientRect().top - box.top)];
        return new Promise((done) => { let before = ''; let same = 0; const look = () => {
            const now = JSON.stringify(read()); same = now === before ? same + 1 : 0; before = now;
            same > 20 ? done(now) : requestAnimationFrame(look); }; look(); })";
    let before = browser.ask(first, &[]).await;
    scene.agent.publish(&turn()).await;
    scene.reads("[data-testid=new-pill]", "new").await;
    assert_eq!(browser.ask(first, &[]).await, before);
    scene.end().await;
}

/// Such a scroll used to win: the feed stayed where it was, as if nobody had pressed anything.
#[tokio::test]
async fn who_goes_to_the_newest_while_the_feed_still_scrolls_gets_there() {
    let many: Vec<_> = (0..300).map(|n| message(&format!("number {n}."))).collect();
    let scene = Scene::with(json!(many)).await;
    let browser = &scene.browser;
    browser.row("number 299.").await;
    let up = "const box = document.querySelector('[data-testid=feed]'); box.scrollTop -= 900";
    browser.ask(up, &[]).await;
    browser.until("[data-testid=new-pill]").await;
    let press = format!("{up}; document.querySelector('[data-testid=new-pill]').click()");
    browser.ask(&press, &[]).await;
    scene.agent.publish(&message("one more")).await;
    browser.row("one more").await;
    browser.until_gone("[data-testid=new-pill]").await;
    scene.end().await;
}

#[tokio::test]
async fn a_draft_outlives_another_view_and_a_reload() {
    let scene = Scene::with(message("at work")).await;
    let browser = &scene.browser;
    browser.write(COMPOSER, "not yet sent").await;
    browser.click("[data-testid=tab]:nth-child(2)").await;
    let draft = "return document.querySelector('[data-testid=composer-input]')?.value";
    scene.says(draft, json!("not yet sent")).await;
    browser.reload().await;
    browser.until(LIVE).await;
    scene.says(draft, json!("not yet sent")).await;
    browser.click(SEND).await;
    browser.until(&hint("accepted")).await;
    browser.reload().await;
    browser.until(LIVE).await;
    scene.says(draft, json!("")).await;
    scene.end().await;
}

#[tokio::test]
async fn what_one_points_at_goes_with_the_words() {
    let scene =
        Scene::with(json!({"type": "file_accessed", "path": "src/login.rs", "access": "read"}))
            .await;
    let Scene { agent, browser, .. } = &scene;
    browser.click("[data-testid=point-at]").await;
    scene.reads("[data-testid=chip]", "src/login.rs").await;
    browser.write(COMPOSER, "mend this").await;
    browser.click(SEND).await;
    browser.until_gone("[data-testid=chip]").await;
    browser
        .until(&format!("{} ~ {}", hint("accepted"), hint("accepted")))
        .await;
    let hints = agent.hints(30).await;
    let given: Vec<_> = hints.iter().map(|given| &given["hint"]).collect();
    let expected = [
        json!({"kind": "click", "target": "src/login.rs"}),
        json!({"kind": "text", "text": "mend this"}),
    ];
    assert_eq!(given, expected.iter().collect::<Vec<_>>());
    scene.end().await;
}

#[tokio::test]
async fn a_hint_for_one_agent_is_for_no_other() {
    let scene = Scene::with(message("at work")).await;
    let codex = scene.join("codex").await;
    scene.aim_at("hint codex").await;
    scene.browser.write(COMPOSER, "only you").await;
    scene.browser.click(SEND).await;
    scene.browser.until(&hint("accepted")).await;
    assert_eq!(scene.agent.hints(0).await, [] as [Value; 0]);
    assert_eq!(codex.hints(30).await[0]["hint"]["text"], "only you");
    scene.end().await;
}

#[tokio::test]
async fn a_message_is_seen_by_those_it_is_for() {
    let scene = Scene::with(message("at work")).await;
    let codex = scene.join("codex").await;
    for (aim, text) in [
        ("only codex", "for codex"),
        ("agents", "for agents"),
        ("say", "for all"),
    ] {
        scene.aim_at(aim).await;
        scene.browser.write(COMPOSER, text).await;
        scene.browser.click(SEND).await;
        scene.browser.row(text).await;
    }
    let ada = Agent::person(&scene.relay.url(), "build", "ada");
    for (who, n_seen) in [(&codex, 3), (&scene.agent, 2), (&ada, 1)] {
        let events = who.events(0, 0).await;
        let is_ours = |event: &&Value| {
            event["body"]["text"]
                .as_str()
                .is_some_and(|text| text.starts_with("for "))
        };
        assert_eq!(events.iter().filter(is_ours).count(), n_seen, "{events:?}");
    }
    scene.end().await;
}

#[tokio::test]
async fn people_see_each_other_type_and_who_is_here() {
    let scene = Scene::with(message("at work")).await;
    let mut ada = Watcher::connect(&scene.relay.url(), "build", "ada").await;
    scene.join("codex").await;
    scene
        .reads("[data-testid=members] [data-here=false]", "codex")
        .await;
    scene.reads("[data-testid=members]", "ada").await;
    let typing = Agent::person(&scene.relay.url(), "build", "ada");
    typing.signal("typing/ada", &json!({"set": true})).await;
    scene.reads("[data-testid=typing]", "ada is typing").await;
    scene.browser.write(COMPOSER, "me too").await;
    ada.until("the page to type", |replica| {
        let mut keys = replica
            .signals()
            .filter_map(|(key, _)| key.strip("typing/"));
        keys.any(|member| member != "ada")
    })
    .await;
    scene.browser.click(SEND).await;
    ada.until("the page to rest", |replica| {
        let mut keys = replica
            .signals()
            .filter_map(|(key, _)| key.strip("typing/"));
        keys.all(|member| member == "ada")
    })
    .await;
    scene.end().await;
}
