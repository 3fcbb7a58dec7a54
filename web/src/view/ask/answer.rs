//! Answers to requests, as they are sent, and changes of what is allowed.

use serde_json::{Value, json};

use crate::view::summary::whole;

/// What a person answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Yes.
    Allow,
    /// Yes, and by this rule from now on.
    AllowAlways(Value),
    /// Yes, with this input.
    AllowChanged(Value),
    /// No, and why.
    Deny(Option<String>),
    /// These words.
    Say(String),
}

impl Answer {
    /// The body of `POST …/resolve`.
    #[must_use]
    pub fn body(&self) -> Value {
        match self {
            Self::Allow => json!({"outcome": "allowed"}),
            Self::AllowAlways(rule) => json!({"outcome": "allowed", "suggestions": [rule]}),
            Self::AllowChanged(input) => json!({"outcome": "allowed", "updated_input": input}),
            Self::Deny(None) => json!({"outcome": "denied"}),
            Self::Deny(Some(why)) => json!({"outcome": "denied", "message": why}),
            Self::Say(words) => json!({"outcome": "answered", "answer": words}),
        }
    }
}

/// What a person edits: the command alone if there is one, all of the input otherwise.
#[must_use]
pub fn draft(input: &Value) -> String {
    match input.get("command") {
        Some(Value::String(command)) => command.clone(),
        _ => whole(input),
    }
}

/// The input with a person's edits, or what to mend about them.
///
/// # Errors
///
/// One sentence, when the text is empty or no input of that kind.
pub fn edited(input: &Value, text: &str) -> Result<Value, &'static str> {
    if text.trim().is_empty() {
        return Err("Nothing is left of it. Deny it instead.");
    }
    if let Some(Value::String(_)) = input.get("command") {
        let mut changed = input.clone();
        changed["command"] = Value::from(text);
        return Ok(changed);
    }
    match serde_json::from_slice(text.as_bytes()) {
        Ok(changed @ Value::Object(_)) => Ok(changed),
        Ok(_) => Err("This is no map of fields any more: keep the braces around it."),
        Err(_) => Err("This is no JSON: look for a missing comma, quote or brace."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_command_is_edited_and_the_rest_stays() {
        let input = json!({"command": "rm -r /", "timeout": 5});
        assert_eq!(draft(&input), "rm -r /");
        let changed = json!({"command": "rm -r build", "timeout": 5});
        assert_eq!(edited(&input, "rm -r build"), Ok(changed));
    }

    #[test]
    fn input_without_a_command_is_edited_as_json() {
        let input = json!({"path": "a", "depth": 1});
        let text = draft(&input).replace('1', "2");
        assert_eq!(edited(&input, &text), Ok(json!({"path": "a", "depth": 2})));
        for wrong in ["", " ", "[1]", "{\"path\": ", "text"] {
            assert!(edited(&input, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_answer_says_only_what_was_decided() {
        let rule = json!({"type": "addRules"});
        let always = json!({"outcome": "allowed", "suggestions": [rule]});
        assert_eq!(Answer::AllowAlways(rule).body(), always);
        let denied = json!({"outcome": "denied", "message": "too broad"});
        assert_eq!(Answer::Deny(Some("too broad".to_owned())).body(), denied);
    }
}
