//! What is shown before anything has been published: how to change that.

use leptos::prelude::*;

use super::dynamic::{Held, press, text};
use super::icon::Icon;
use crate::page;

/// The two commands that publish a first event into a channel.
#[component]
pub(crate) fn FirstSteps(#[prop(into)] channel: String) -> impl IntoView {
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
        let command =
            format!("curl {url} \\\n  -H 'content-type: application/json' \\\n  -d '{body}'");
        view! { <Command title command/> }.into_any()
    });
    view! { <ol class="steps">{steps.into_iter().collect_view()}</ol> }
}

#[component]
fn Command(title: &'static str, command: String) -> impl IntoView {
    let is_copied = Held::new(false);
    let copied = command.clone();
    let copy = press(move |_| {
        page::copy(&copied);
        is_copied.set(true);
    });
    view! {
        <li class="steps__step">
            <span class="steps__title">{title}</span>
            <pre class="steps__command" tabindex="0">{command}</pre>
            <button class="button button--quiet" on:click=copy>
                <Icon name="copy"/>
                {text(move || if is_copied.get() { "Copied" } else { "Copy" })}
            </button>
        </li>
    }
}
