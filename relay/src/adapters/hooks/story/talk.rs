//! What is said: by the agent's user, by the agent, and by the agent's program about itself.

use pilothouse_shared::limits::MAX_SAID_BYTES;
use pilothouse_shared::{
    Author, Body, Extra, HintEntry, Message, MessageEntry, MessageId, MessageKind, Millis,
    OperationFinished, OperationStarted, Role,
};

use super::super::{Call, trim};
use super::{Record, Story, id, words};

/// What a text begins with whose beginning nobody heard.
const UNHEARD: &str = "… ";

pub(super) fn prompted(call: &Call) -> Story {
    let Some(prompt) = call.text("prompt") else {
        return Story::default();
    };
    // The id alone may still be that of the prompt before.
    let id_of = |what: &str| {
        id(&[
            what,
            call.text("prompt_id").or(call.text("turn_id"))?,
            prompt,
        ])
    };
    let operation = OperationStarted {
        operation: words(prompt),
        status: None,
        extra: Extra::new(),
    };
    Story::default()
        .and(
            id_of("prompt"),
            message(Role::User, MessageKind::Text, prompt, None),
        )
        .and(id_of("operation"), Body::OperationStarted(operation))
        .doing(call, "working")
}

/// A message of which the last part has come. One that began before anybody listened says so.
pub(in super::super) fn spoken(message_id: &str, text: &str, is_whole: bool) -> Record {
    let text = match is_whole {
        true => text.to_owned(),
        false => format!("{UNHEARD}{text}"),
    };
    let stream = MessageId::new(message_id).ok();
    Record {
        id: id(&["said", message_id]),
        body: message(Role::Assistant, MessageKind::Text, &text, stream),
    }
}

/// What the agent said last in its turn, unless the channel has it already: from `MessageDisplay`, which
/// not every version and vendor has. `messages` and `hints` are what the channel holds.
pub(in super::super) fn last_words(
    call: &Call,
    author: &Author,
    messages: &[MessageEntry],
    hints: &[HintEntry],
) -> Option<Record> {
    let text = call.text("last_assistant_message")?;
    // After a prompt, whoever wrote it, the same words are new.
    let of_turn =
        |entry: &&MessageEntry| entry.author.member == author.member || entry.role == Role::User;
    let mut said = messages.iter().rev().filter(of_turn);
    let is_said = said.next().is_some_and(|entry| {
        entry.role == Role::Assistant
            && entry.at > continued_at(author, hints)
            && is_same(&entry.text, text)
    });
    let body = message(Role::Assistant, MessageKind::Text, text, None);
    (!is_said).then_some(Record { id: None, body })
}

/// When a hint last made this agent go on at the end of a turn: what it says since then is new, even if
/// it says the same.
fn continued_at(author: &Author, hints: &[HintEntry]) -> Millis {
    let at_stop = hints.iter().filter_map(|hint| {
        let delivered = hint.delivered.as_ref()?;
        let is_stop = ["Stop", "SubagentStop"].contains(&delivered.via.as_str());
        (is_stop && delivered.to.member == author.member).then_some(delivered.at)
    });
    at_stop.max().unwrap_or_default()
}

fn is_same(held: &str, said: &str) -> bool {
    let said = trim::text(said.trim(), MAX_SAID_BYTES);
    match held.strip_prefix(UNHEARD) {
        Some(heard) => !heard.trim().is_empty() && said.ends_with(heard.trim()),
        None => held.trim() == said,
    }
}

/// What the agent's program tells its user. What it waits for is a state; the rest is worth keeping.
pub(super) fn notified(call: &Call) -> Story {
    let text = call.text("message").unwrap_or("a notification");
    let status = match call.text("notification_type") {
        Some("permission_prompt") => "waiting for a permission",
        Some("idle_prompt" | "agent_needs_input") => "waiting for you",
        Some("elicitation_dialog" | "elicitation_url_dialog") => "waiting for an answer",
        Some("elicitation_complete" | "elicitation_response") => return Story::default(),
        Some(_) => return Story::of(about(text)),
        // Versions without types notify when they wait.
        None => return Story::of(about(text)).doing(call, "waiting for you"),
    };
    Story::default().doing(call, status)
}

/// A tool server asks the agent's user something, in the terminal.
pub(super) fn elicited(call: &Call) -> Story {
    let server = call.text("mcp_server_name").unwrap_or("a tool server");
    let text = call.text("message").unwrap_or_default();
    Story::of(about(&format!("{server} asks in the terminal: {text}")))
        .doing(call, "waiting for an answer")
}

/// The turn ended because the model could not be asked.
pub(super) fn failed(call: &Call) -> Story {
    let error = call.text("error").unwrap_or("unknown");
    let text = match call.text("error_details") {
        Some(details) => format!("The turn failed ({error}): {details}"),
        None => format!("The turn failed ({error})"),
    };
    let story = Story::of(about(&text)).doing(call, "failed");
    match call.sub_agent() {
        Some(_) => story,
        None => story.and(
            None,
            Body::OperationFinished(OperationFinished {
                ok: false,
                extra: Extra::new(),
            }),
        ),
    }
}

/// Somebody ended the turn in the terminal.
pub(super) fn interrupted(call: &Call) -> Story {
    let body = OperationFinished {
        ok: false,
        extra: Extra::new(),
    };
    Story::of(Body::OperationFinished(body)).doing(call, "waiting for you")
}

/// Something about the session rather than of the conversation.
pub(super) fn about(text: &str) -> Body {
    message(Role::System, MessageKind::System, text, None)
}

pub(super) fn message(
    role: Role,
    kind: MessageKind,
    text: &str,
    stream: Option<MessageId>,
) -> Body {
    Body::Message(Message {
        role,
        text: trim::text(text, MAX_SAID_BYTES),
        kind,
        message: stream,
        extra: Extra::new(),
    })
}
