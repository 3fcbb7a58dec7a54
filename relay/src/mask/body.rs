//! Which texts of a body are masked: what people read, and everything inside values. What things are
//! found again by stays as it is: ids, the names of tools, items, stages and parameters, commits.

use pilothouse_shared::{
    Body, DISPLAY_INPUT, ErrorCode, Extra, Hint, Outcome, PipelineChanged, Refusal,
};
use serde_json::Value;

use super::{Masker, OPEN, assigned};

impl Masker {
    /// Masks the secrets of a body; says whether there were any.
    ///
    /// # Errors
    /// Of what an agent acts on, or what can be said only once, nothing is changed behind its author's
    /// back: it is refused.
    pub(crate) fn body(&self, body: &mut Body) -> Result<bool, Refusal> {
        let mut hand = Hand::new(self);
        hand.body(body);
        if !self.is_on {
            return Ok(false);
        }
        match (hand.is_changed || names_mask(body)).then(|| acts(body)) {
            Some(Some(sentence)) => Err(Refusal::new(ErrorCode::Invalid, sentence)),
            _ => Ok(hand.is_changed),
        }
    }

    /// Masks the texts of a value, wherever they are in it.
    pub(crate) fn value(&self, value: &mut Value) -> bool {
        let mut hand = Hand::new(self);
        hand.value(value);
        hand.is_changed
    }
}

/// What to tell the author, if a mask in this body would do harm.
fn acts(body: &Body) -> Option<&'static str> {
    match body {
        Body::PermissionResolved(body)
            if has_mask(body.updated_input.as_ref())
                || has_mask_in(body.suggestions.as_deref()) =>
        {
            Some(
                "the changed input has a secret in it, or the mask of one, and would not run as it \
                 stands: allow the input unchanged, or deny it and say in the message what to change",
            )
        }
        Body::QuestionAnswered(body)
            if body.outcome == Outcome::Answered
                && body
                    .answer
                    .as_ref()
                    .is_some_and(|answer| answer.contains(OPEN)) =>
        {
            Some(
                "the answer has a secret in it, which everybody in the channel would see: put it \
                 where the agent can read it, such as a file, and answer where that is",
            )
        }
        Body::Custom(body) if body.name == DISPLAY_INPUT && has_mask(Some(&body.data)) => Some(
            "what is typed has a secret in it, which everybody in the channel would see: put it \
             where the program can read it, such as a file",
        ),
        _ => None,
    }
}

/// Only what could be refused for it is looked through.
fn names_mask(body: &Body) -> bool {
    matches!(body, Body::PermissionResolved(_))
}

fn has_mask_in(values: Option<&[Value]>) -> bool {
    values
        .into_iter()
        .flatten()
        .any(|value| has_mask(Some(value)))
}

fn has_mask(value: Option<&Value>) -> bool {
    match value {
        Some(Value::String(text)) => text.contains(OPEN),
        Some(Value::Array(items)) => items.iter().any(|item| has_mask(Some(item))),
        Some(Value::Object(fields)) => fields.values().any(|field| has_mask(Some(field))),
        _ => false,
    }
}

/// Goes through what is to be masked.
struct Hand<'a> {
    masker: &'a Masker,
    is_changed: bool,
}

impl<'a> Hand<'a> {
    fn new(masker: &'a Masker) -> Self {
        let is_changed = false;
        Self { masker, is_changed }
    }

    fn text(&mut self, text: &mut String) {
        if let Some(masked) = self.masker.text(text) {
            *text = masked;
            self.is_changed = true;
        }
    }

    fn maybe(&mut self, text: &mut Option<String>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => self.fields(fields),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn values(&mut self, values: &mut Option<Vec<Value>>) {
        for value in values.iter_mut().flatten() {
            self.value(value);
        }
    }

    fn fields(&mut self, fields: &mut Extra) {
        for (name, value) in fields {
            self.value(value);
            // `{"password": "…"}`: only the name says what the text is.
            if let Value::String(text) = value
                && let Some(masked) = self.masker.given(name, text)
            {
                *text = masked;
                self.is_changed = true;
            }
        }
    }

    /// Every field is named, so that one that is new is decided upon.
    fn body(&mut self, body: &mut Body) {
        let extra = match body {
            Body::ChannelCreated(body) => {
                self.text(&mut body.name);
                &mut body.extra
            }
            Body::Joined(body) => &mut body.extra,
            Body::Left(body) => &mut body.extra,
            Body::SessionStarted(body) => {
                self.text(&mut body.agent);
                for text in [&mut body.cwd, &mut body.model, &mut body.source] {
                    self.maybe(text);
                }
                &mut body.extra
            }
            Body::SessionEnded(body) => {
                self.text(&mut body.reason);
                &mut body.extra
            }
            Body::OperationStarted(body) => {
                self.text(&mut body.operation);
                self.maybe(&mut body.status);
                &mut body.extra
            }
            Body::OperationFinished(body) => &mut body.extra,
            Body::ToolStarted(body) => {
                body.input.iter_mut().for_each(|input| self.value(input));
                &mut body.extra
            }
            Body::ToolFinished(body) => {
                body.output.iter_mut().for_each(|output| self.value(output));
                self.maybe(&mut body.error);
                &mut body.extra
            }
            Body::FileAccessed(body) => {
                self.text(&mut body.path);
                &mut body.extra
            }
            Body::Message(body) => {
                self.text(&mut body.text);
                &mut body.extra
            }
            Body::ConfigChanged(body) => {
                self.text(&mut body.what);
                &mut body.extra
            }
            Body::ReconciliationProgress(body) => {
                self.text(&mut body.status);
                self.maybe(&mut body.message);
                &mut body.extra
            }
            Body::WorkItemChanged(body) => {
                self.text(&mut body.action);
                &mut body.extra
            }
            Body::Usage(body) => {
                self.maybe(&mut body.model);
                &mut body.extra
            }
            Body::Custom(body) => {
                self.value(&mut body.data);
                &mut body.extra
            }
            Body::Unknown(fields) => fields,
            Body::PipelineChanged(body) => self.pipeline(body),
            steering => return self.steering(steering),
        };
        self.fields(extra);
    }

    fn pipeline<'b>(&mut self, body: &'b mut PipelineChanged) -> &'b mut Extra {
        for stage in &mut body.stages {
            for item in &mut stage.items {
                self.maybe(&mut item.title);
                self.fields(&mut item.extra);
            }
            self.fields(&mut stage.extra);
        }
        &mut body.extra
    }

    /// What people and agents say to each other.
    fn steering(&mut self, body: &mut Body) {
        let extra = match body {
            Body::CancelRequested(body) => &mut body.extra,
            Body::HintGiven(body) => {
                self.hint(&mut body.hint);
                &mut body.extra
            }
            Body::HintDelivered(body) => &mut body.extra,
            Body::HintAcknowledged(body) => {
                self.maybe(&mut body.note);
                &mut body.extra
            }
            Body::HintExpired(body) => &mut body.extra,
            Body::ParametersDeclared(body) => {
                for parameter in &mut body.parameters {
                    self.maybe(&mut parameter.label);
                    self.fields(&mut parameter.extra);
                }
                &mut body.extra
            }
            Body::PermissionRequested(body) => {
                self.value(&mut body.input);
                self.values(&mut body.suggestions);
                &mut body.extra
            }
            Body::PermissionResolved(body) => {
                self.maybe(&mut body.message);
                body.updated_input
                    .iter_mut()
                    .for_each(|input| self.value(input));
                self.values(&mut body.suggestions);
                &mut body.extra
            }
            Body::QuestionAsked(body) => {
                self.text(&mut body.text);
                body.options
                    .iter_mut()
                    .flatten()
                    .for_each(|option| self.text(option));
                &mut body.extra
            }
            Body::QuestionAnswered(body) => {
                self.maybe(&mut body.answer);
                &mut body.extra
            }
            _ => return,
        };
        self.fields(extra);
    }

    fn hint(&mut self, hint: &mut Hint) {
        let extra = match hint {
            Hint::Text { text, extra } => {
                self.text(text);
                extra
            }
            Hint::Voice {
                transcript, extra, ..
            } => {
                self.text(transcript);
                extra
            }
            Hint::Click {
                target,
                signature,
                extra,
            } => {
                self.text(target);
                self.maybe(signature);
                extra
            }
            Hint::Parameter { value, extra, .. } => {
                self.value(value);
                extra
            }
            Hint::Cancel { extra } => extra,
        };
        self.fields(extra);
    }
}

impl Masker {
    /// The mask of a text that its name says is a secret.
    fn given(&self, name: &str, text: &str) -> Option<String> {
        let kind = assigned::given(name, text).filter(|_| self.is_on && !self.is_excepted(text))?;
        Some(format!("{OPEN}{kind}]"))
    }
}
