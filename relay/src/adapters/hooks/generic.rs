//! Hooks of anything else: bodies as they are, and the hints that wait.

use pilothouse_shared::limits::MAX_BATCH;
use pilothouse_shared::{
    Author, Body, ChannelId, ErrorCode, Extra, MemberKind, Refusal, Visibility,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Answer;
use crate::access::Action;
use crate::channel::{Proposal, Taker};
use crate::hub::Entrance;

/// What a call has to say.
struct Said {
    channel: ChannelId,
    author: Author,
    bodies: Vec<Body>,
}

/// Publishes `{"channel", "author"?: {"member", "name"}, …body}` or an array of such, all for one channel
/// and by one author, and answers `{"hints":[…]}`: what waits for the author. An object without a `type`
/// has no body: it only asks for hints.
pub(crate) async fn take(
    hub: &Entrance<'_>,
    caller: &Author,
    value: Value,
) -> Result<Answer, Refusal> {
    let Said {
        channel,
        author,
        bodies,
    } = read(caller, value)?;
    let proposal = |body| Proposal {
        author: author.clone(),
        body,
        id: None,
        visibility: Visibility::Public,
    };
    let proposals: Vec<_> = bodies.into_iter().map(proposal).collect();
    hub.access().check(Action::Report, &channel)?;
    hub.access().check_speaker(&author.member)?;
    let channel = hub
        .find_or_create_for(&channel, &author, &proposals)
        .await?;
    if !proposals.is_empty() {
        channel.publish(proposals).await?;
    }
    let session = None;
    let lease = channel.pending_hints(&Taker { author, session })?;
    Ok(Answer {
        json: json!({ "hints": lease.hints() }),
        hints: Some((lease, "hook")),
    })
}

fn read(caller: &Author, value: Value) -> Result<Said, Refusal> {
    let items = match value {
        Value::Array(items) => items,
        item => vec![item],
    };
    if items.len() > MAX_BATCH {
        let message = format!(
            "at most {MAX_BATCH} bodies at once, these are {}",
            items.len()
        );
        return Err(Refusal::new(ErrorCode::TooLarge, message));
    }
    let (mut channel, mut author, mut bodies) = (None, None, Vec::new());
    for item in items {
        let Value::Object(mut fields) = item else {
            return Err(invalid(
                "post an object with a `channel`, or an array of them",
            ));
        };
        one(&mut channel, field(&mut fields, "channel")?)?;
        one(&mut author, field(&mut fields, "author")?)?;
        if fields.contains_key("type") {
            bodies.push(convert(Value::Object(fields))?);
        }
    }
    let by = |mut author: Author| {
        author.kind = MemberKind::Agent;
        author
    };
    Ok(Said {
        channel: channel.ok_or_else(|| invalid("say which `channel` it is for"))?,
        author: author.map_or_else(|| caller.clone(), by),
        bodies,
    })
}

/// Takes a value that may be said more than once, but only in one way.
fn one<T: PartialEq>(held: &mut Option<T>, said: Option<T>) -> Result<(), Refusal> {
    match (held.as_ref(), said) {
        (Some(first), Some(other)) if *first != other => {
            Err(invalid("one call is for one `channel` and by one `author`"))
        }
        (None, said) => {
            *held = said;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn field<T: DeserializeOwned>(fields: &mut Extra, name: &str) -> Result<Option<T>, Refusal> {
    fields.remove(name).map(convert).transpose()
}

fn convert<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(|error| invalid(&error.to_string()))
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(ErrorCode::Invalid, message)
}
