//! What is shown before anything has been published: how to change that.

use super::icon::icon;
use crate::dom::{El, Held, el};
use crate::page;

/// The two commands that publish a first event into a channel.
pub(crate) fn first_steps(channel: &str) -> El {
    let url = format!("{}/api/channels/{channel}/events", page::origin());
    let commands = [
        (
            "Say what you are doing",
            r#"{"type":"operation_started","operation":"Trimming the sails"}"#,
        ),
        (
            "Say something",
            r#"{"type":"message","role":"assistant","text":"Hello from the engine room"}"#,
        ),
    ];
    let steps = commands.map(|(title, body)| {
        command(
            title,
            format!("curl {url} \\\n  -H 'content-type: application/json' \\\n  -d '{body}'"),
        )
    });
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

fn command(title: &str, command: String) -> El {
    let shown = el("pre", "steps__command")
        .attr("tabindex", "0")
        .text(&command);
    el("li", "steps__step")
        .add(el("span", "steps__title").text(title))
        .add(shown)
        .add(copy_button("Copy", move || command.clone()))
}

/// A button that puts a text on the clipboard and says that it did.
pub(crate) fn copy_button(label: &'static str, text: impl Fn() -> String + 'static) -> El {
    let is_copied = Held::new(false);
    el("button", "button button--quiet")
        .press(move || {
            page::copy(&text());
            is_copied.set(true);
        })
        .add(icon("copy"))
        .text_now(move || if is_copied.get() { "Copied" } else { label })
}
