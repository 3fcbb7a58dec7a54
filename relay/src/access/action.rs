//! The one table of what needs which right.

use pilothouse_shared::{
    Body, DISPLAY_INPUT, ErrorCode, Outcome, Refusal, Right, Role as Speaker, SignalKey,
};

/// What somebody is about to do in a channel.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Action<'a> {
    /// See what is there and what comes.
    Watch,
    /// See one's own request and its outcome; those of others need [`Action::Watch`].
    Await,
    /// Say this.
    Publish(&'a Body),
    /// Give a request this outcome.
    Resolve(Outcome),
    /// Change this signal.
    Signal(&'a SignalKey),
    /// Do what agents do: take hints, acknowledge them, report by hooks and telemetry.
    Report,
    /// Be listed as a member.
    Join,
    /// Make the channel.
    Create,
    /// Remove it.
    Remove,
}

impl Action<'_> {
    /// One of these is enough.
    pub(crate) fn any_of(self) -> &'static [Right] {
        use Right::{Admin, Approve, Publish, Steer, Watch};
        match self {
            Self::Watch => &[Watch],
            Self::Await => &[Watch, Publish, Approve],
            Self::Publish(body) => publishing(body),
            Self::Resolve(outcome) => resolving(outcome),
            Self::Signal(key) if is_of_people(key) => &[Steer, Publish],
            Self::Signal(_) | Self::Report => &[Publish],
            Self::Join => &[Publish, Steer],
            Self::Create => &[Publish, Admin],
            Self::Remove => &[Admin],
        }
    }

    /// The refusal for one who has none of them.
    pub(crate) fn refusal(self) -> Refusal {
        let rights: Vec<_> = self
            .any_of()
            .iter()
            .map(|right| super::grant::name(*right))
            .collect();
        let message = format!(
            "your token does not allow this here: it takes the right to {} in this channel; ask \
             who runs the relay for one that has it",
            rights.join(" or ")
        );
        Refusal::new(ErrorCode::Forbidden, message)
    }
}

/// Typing, and where a person holds a slider.
fn is_of_people(key: &SignalKey) -> bool {
    key.strip("typing/").is_some() || key.strip("parameter/").is_some()
}

fn publishing(body: &Body) -> &'static [Right] {
    match body {
        Body::HintGiven(_) | Body::CancelRequested(_) => &[Right::Steer],
        // Keys that somebody types into a terminal.
        Body::Custom(body) if body.name == DISPLAY_INPUT => &[Right::Steer],
        Body::Message(message) if message.role == Speaker::User => &[Right::Steer, Right::Publish],
        Body::PermissionResolved(body) => resolving(body.outcome),
        Body::QuestionAnswered(body) => resolving(body.outcome),
        // By its name, also where this relay cannot read the rest: a later page may.
        body => match body.type_name() {
            "hint" | "cancel_requested" => &[Right::Steer],
            "permission_resolved" | "question_answered" => &[Right::Approve],
            _ => &[Right::Publish],
        },
    }
}

/// To decide is one thing; to say that it was decided in another place, or is moot, another.
fn resolving(outcome: Outcome) -> &'static [Right] {
    match outcome {
        Outcome::Allowed | Outcome::Denied | Outcome::Answered => &[Right::Approve],
        Outcome::Expired | Outcome::Elsewhere | Outcome::Withdrawn => {
            &[Right::Publish, Right::Approve]
        }
    }
}
