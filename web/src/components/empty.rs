//! What is shown before anything has been published: how to change that.

use super::icon::icon;
use crate::dom::{El, Held, el, spawn};
use crate::page;

/// How the first agent is attached, on a relay without any channel.
pub(crate) fn attach() -> El {
    let curl = publish_command("first-watch", FIRST_WORDS);
    let relay = match page::origin().as_str() {
        // Where it is looked for anyway.
        "http://127.0.0.1:8420" | "http://localhost:8420" => String::new(),
        other => format!(" --url {other}"),
    };
    let ways = [
        (
            "Claude Code: every session from now on",
            format!("pilothouse install claude-code{relay}"),
        ),
        (
            "Any command, with its terminal",
            format!("pilothouse run{relay} -- cargo test"),
        ),
        ("Anything that can speak HTTP", curl),
    ];
    let steps = ways.map(|(title, way)| command(title, way));
    el("section", "welcome")
        .test("first-run")
        .add(el("h2", "").text("All quiet on deck"))
        .add(
            el("p", "").text(
                "No agent has reported yet. Attach one from a shell; it appears here by itself.",
            ),
        )
        .add(el("ul", "steps").add_all(steps))
}

const FIRST_WORDS: &str =
    r#"{"type":"message","role":"assistant","text":"Hello from the engine room"}"#;

/// The two commands that publish a first event into a channel.
pub(crate) fn first_steps(channel: &str) -> El {
    let commands = [
        (
            "Say what you are doing",
            r#"{"type":"operation_started","operation":"Trimming the sails"}"#,
        ),
        ("Say something", FIRST_WORDS),
    ];
    let steps = commands.map(|(title, body)| command(title, publish_command(channel, body)));
    el("ol", "steps").add_all(steps)
}

/// What fills a view that has nothing to show yet: why, and the commands that change it.
pub(crate) fn how_to<const N: usize>(
    title: &str,
    about: &str,
    commands: [(&'static str, String); N],
) -> El {
    let steps = commands.map(|(title, line)| command(title, line));
    el("div", "how-to")
        .add(el("h2", "").text(title))
        .add(el("p", "").text(about))
        .add(el("ol", "steps").add_all(steps))
}

fn publish_command(channel: &str, body: &str) -> String {
    let url = format!("{}/api/channels/{channel}/events", page::origin());
    format!("curl {url} \\\n  -H 'content-type: application/json' \\\n  -d '{body}'")
}

fn command(title: &str, command: String) -> El {
    let shown = el("pre", "steps__command")
        .attr("tabindex", "0")
        .text(&command);
    el("li", "steps__step")
        .add(el("span", "steps__title").text(title))
        .add(shown)
        .add(copy_button("Copy", move || command.clone()))
}

/// A button that puts a text on the clipboard and says whether it did.
pub(crate) fn copy_button(label: &'static str, text: impl Fn() -> String + 'static) -> El {
    let label = Held::new(label);
    el("button", "button button--quiet")
        .press(move || {
            let text = text();
            spawn(async move {
                let is_copied = page::copy(text).await;
                label.try_set(if is_copied { "Copied" } else { "Not copied" });
            });
        })
        .add(icon("copy"))
        .text_now(move || label.get())
}
