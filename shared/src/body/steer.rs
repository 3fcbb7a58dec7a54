//! How people steer, and what becomes of it.

use serde::Serialize;
use serde_json::Value;
use serde_with::skip_serializing_none;

use crate::read::{Read, Reading, deserialize_by_reading, optional, read_fields, required};
use crate::{EventId, Extra, MemberId, Millis};

/// A person's advisory steering. The event's id is the hint's id.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HintGiven {
    /// What the person said or pointed at.
    pub hint: Hint,
    /// The member it is for; anyone when absent.
    pub to: Option<MemberId>,
    /// The session it is for, as the agent that takes hints names it; any when absent.
    pub session: Option<String>,
    /// After this it is no longer handed over.
    pub expires_at: Option<Millis>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(HintGiven {
    required: [hint],
    optional: [to, session, expires_at],
    extra
});

/// The author took the hint. Written by the relay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HintDelivered {
    /// The hint.
    pub hint: EventId,
    /// By which path it was handed over.
    pub via: String,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(HintDelivered {
    required: [hint, via],
    optional: [],
    extra
});

/// The author says it has taken the hint into account.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HintAcknowledged {
    /// The hint.
    pub hint: EventId,
    /// What it made of it.
    pub note: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(HintAcknowledged {
    required: [hint],
    optional: [note],
    extra
});

/// Nobody took the hint in time. Written by the relay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HintExpired {
    /// The hint.
    pub hint: EventId,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(HintExpired {
    required: [hint],
    optional: [],
    extra
});

/// Parameters that people may move; replaces earlier ones of the same name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParametersDeclared {
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(ParametersDeclared {
    required: [parameters],
    optional: [],
    extra
});

/// A person's advisory steering.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Hint {
    /// Typed.
    Text {
        /// What was typed.
        text: String,
        /// Fields of later versions.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Spoken.
    Voice {
        /// What the browser heard, after the person could mend it.
        transcript: String,
        /// From 0 to 1, when the browser gives a real one.
        #[serde(skip_serializing_if = "Option::is_none")]
        confidence: Option<f64>,
        /// Fields of later versions.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Pointed at.
    Click {
        /// A path or another name of the thing.
        target: String,
        /// The thing itself, such as a function's signature.
        #[serde(skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
        /// Fields of later versions.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A parameter was moved.
    Parameter {
        /// Which one.
        name: String,
        /// Where to.
        value: Value,
        /// Fields of later versions.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Stop: what a `cancel_requested` is to the agent that takes its hints. Never in a `hint` body.
    Cancel {
        /// Fields of later versions.
        #[serde(flatten)]
        extra: Extra,
    },
}

impl Read for Hint {
    fn take(value: Value, reading: &mut Reading) -> Self {
        let mut fields = Extra::take(value, reading);
        let kind: String = required(&mut fields, "kind", reading);
        match kind.as_str() {
            "text" => Self::Text {
                text: required(&mut fields, "text", reading),
                extra: fields,
            },
            "voice" => Self::Voice {
                transcript: required(&mut fields, "transcript", reading),
                confidence: optional(&mut fields, "confidence", reading),
                extra: fields,
            },
            "click" => Self::Click {
                target: required(&mut fields, "target", reading),
                signature: optional(&mut fields, "signature", reading),
                extra: fields,
            },
            "parameter" => Self::Parameter {
                name: required(&mut fields, "name", reading),
                value: required(&mut fields, "value", reading),
                extra: fields,
            },
            other => {
                if other != "cancel" {
                    reading.fail_none_of(&["text", "voice", "click", "parameter", "cancel"]);
                }
                Self::Cancel { extra: fields }
            }
        }
    }
}

deserialize_by_reading!(Hint);

impl Hint {
    /// Something typed.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text {
            text: text.into(),
            extra: Extra::new(),
        }
    }

    /// A parameter moved.
    #[must_use]
    pub fn parameter(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::Parameter {
            name: name.into(),
            value: value.into(),
            extra: Extra::new(),
        }
    }
}

/// Something people may move while the agent works.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name, unique in the channel.
    pub name: String,
    /// What people read; the name when absent.
    pub label: Option<String>,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Distance between values.
    pub step: f64,
    /// Where it stood when it was declared; `parameter/<name>` has it from then on.
    pub value: f64,
    /// Unit, for display.
    pub unit: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(Parameter {
    required: [name, min, max, step, value],
    optional: [label, unit],
    extra
});
