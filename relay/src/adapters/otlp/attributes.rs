//! Attributes of a record: `[{"key", "value": {"stringValue" | "intValue" | …}}]`.

use std::borrow::Cow;

use serde_json::Value;

/// What a record says, and what is said of everything from its resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attributes<'a> {
    own: &'a [Value],
    resource: &'a [Value],
}

/// The attributes of a record or a resource.
pub(super) fn list(of: &Value) -> &[Value] {
    super::list(of, "attributes")
}

impl<'a> Attributes<'a> {
    pub(super) fn new(record: &'a Value, resource: &'a [Value]) -> Self {
        Self {
            own: list(record),
            resource,
        }
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        let both = self.own.iter().chain(self.resource);
        let mut found = both.filter(|attribute| attribute["key"] == key);
        found.next().map(|attribute| &attribute["value"])
    }

    /// A text that is not empty.
    pub(super) fn word(&self, key: &str) -> Option<&'a str> {
        let text = self.value(key)?["stringValue"].as_str()?;
        (!text.is_empty()).then_some(text)
    }

    /// A text or a number, as text that is not empty.
    pub(super) fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        let text = match scalar(self.value(key)?)? {
            Value::String(text) => Cow::from(text),
            number @ Value::Number(_) => Cow::from(number.to_string()),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// A number that is not negative, however it is written: 64-bit integers are strings in OTLP/JSON,
    /// and Claude Code writes most of its numbers as text.
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        let number: f64 = self.text(key)?.trim().parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(number)
    }

    /// The same without its fraction.
    pub(super) fn count(&self, key: &str) -> Option<u64> {
        let whole = self.text(key)?.trim().parse().ok();
        // Saturates, which no count of tokens does.
        whole.or_else(|| self.number(key).map(|number| number as u64))
    }
}

fn scalar(value: &Value) -> Option<&Value> {
    ["stringValue", "intValue", "doubleValue"]
        .iter()
        .find_map(|form| value.get(form))
}
