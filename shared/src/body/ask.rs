//! What agents ask people.

use serde::Serialize;
use serde_json::Value;
use serde_with::skip_serializing_none;

use crate::read::{read_fields, words};
use crate::{Extra, MemberId, Millis, RequestId};

/// May the agent use this tool?
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PermissionRequested {
    /// Names the request.
    pub request: RequestId,
    /// The tool.
    pub tool: String,
    /// What it would be called with.
    pub input: Value,
    /// Rules that would answer this for good, as the agent's vendor shapes them.
    pub suggestions: Option<Vec<Value>>,
    /// After this the agent no longer waits.
    pub expires_at: Option<Millis>,
    /// Whether the agent stays to hear the outcome: the relay withdraws the request once its asker has
    /// not been connected to the channel for 30 s.
    pub waits: Option<bool>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(PermissionRequested {
    required: [request, tool, input],
    optional: [suggestions, expires_at, waits],
    extra
});

/// The permission's one outcome.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PermissionResolved {
    /// The request.
    pub request: RequestId,
    /// How it ended.
    pub outcome: Outcome,
    /// Who decided, when it was a member.
    pub by: Option<MemberId>,
    /// What the agent is told.
    pub message: Option<String>,
    /// Input to use instead.
    pub updated_input: Option<Value>,
    /// Those of the request's suggestions that are to hold from now on: "always".
    pub suggestions: Option<Vec<Value>>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(PermissionResolved {
    required: [request, outcome],
    optional: [by, message, updated_input, suggestions],
    extra
});

/// The agent asks people something.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuestionAsked {
    /// Names the request.
    pub request: RequestId,
    /// The question.
    pub text: String,
    /// Answers to choose from; any text when absent.
    pub options: Option<Vec<String>>,
    /// After this the agent no longer waits.
    pub expires_at: Option<Millis>,
    /// Whether the agent stays to hear the answer, as in [`PermissionRequested::waits`].
    pub waits: Option<bool>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(QuestionAsked {
    required: [request, text],
    optional: [options, expires_at, waits],
    extra
});

/// The question's one outcome.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuestionAnswered {
    /// The request.
    pub request: RequestId,
    /// How it ended.
    pub outcome: Outcome,
    /// The answer, when there is one.
    pub answer: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(QuestionAnswered {
    required: [request, outcome],
    optional: [answer],
    extra
});

/// How a request ended. Six different things, and they stay different on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A person allowed it.
    Allowed,
    /// A person denied it.
    Denied,
    /// A person answered it.
    Answered,
    /// Nobody answered in time.
    Expired,
    /// It was answered in another place, such as the agent's terminal.
    Elsewhere,
    /// The asker no longer wants to know.
    Withdrawn,
}

words!(Outcome {
    "allowed" => Allowed,
    "denied" => Denied,
    "answered" => Answered,
    "expired" => Expired,
    "elsewhere" => Elsewhere,
    "withdrawn" => Withdrawn
});
