//! Making long things short, with a mark that says how much is not there.

use serde_json::{Map, Value};

/// What every mark of something left out ends with.
const MARK: &str = "left out by Pilothouse …]";

/// The key of the mark in an object.
const REST: &str = "…";

/// Deepest nesting that is kept; limits::MAX_DEPTH leaves room for the event around it.
const MAX_DEPTH: usize = 32;

/// The whole text, or its beginning and its end with a mark between them: of a tool's output the end
/// often says most. At most `most` bytes and a mark.
pub(super) fn text(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let tail = most / 4;
    let head = &text[..text.floor_char_boundary(most - tail)];
    let tail = &text[text.ceil_char_boundary(text.len() - tail)..];
    let n = text.len() - head.len() - tail.len();
    format!("{head}\n[… {n} bytes {MARK}\n{tail}")
}

/// The beginning of a text that may not have a mark of any length, such as a name; `…` says that there
/// was more.
pub(super) fn start(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let head = text.floor_char_boundary(most.saturating_sub('…'.len_utf8()));
    format!("{}…", &text[..head])
}

/// A value with no text longer than `most_text` bytes and about `most` bytes in all.
pub(super) fn value(value: &Value, most_text: usize, most: usize) -> Value {
    Room {
        most_text,
        left: most,
    }
    .shorten(value, 0)
}

struct Room {
    most_text: usize,
    left: usize,
}

impl Room {
    fn take(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }

    fn shorten(&mut self, value: &Value, depth: usize) -> Value {
        match value {
            Value::String(whole) => {
                let short = text(whole, self.most_text.min(self.left));
                self.take(short.len());
                short.into()
            }
            Value::Array(_) | Value::Object(_) if depth == MAX_DEPTH => mark(1, "level").into(),
            Value::Array(items) => self.array(items, depth),
            Value::Object(fields) => self.object(fields, depth),
            plain => {
                self.take(8);
                plain.clone()
            }
        }
    }

    fn array(&mut self, items: &[Value], depth: usize) -> Value {
        let mut kept = Vec::new();
        for item in items {
            if self.left == 0 {
                kept.push(mark(items.len() - kept.len(), "items").into());
                break;
            }
            self.take(4);
            kept.push(self.shorten(item, depth + 1));
        }
        kept.into()
    }

    fn object(&mut self, fields: &Map<String, Value>, depth: usize) -> Value {
        let mut kept = Map::new();
        for (name, value) in fields {
            if self.left <= name.len() {
                let rest = mark(fields.len() - kept.len(), "fields");
                kept.insert(REST.to_owned(), rest.into());
                break;
            }
            self.take(name.len() + 4);
            kept.insert(name.clone(), self.shorten(value, depth + 1));
        }
        kept.into()
    }
}

fn mark(n: usize, of: &str) -> String {
    format!("[… {n} {of} {MARK}")
}

/// What somebody made of a value that was `shown` shortened, with everything they left alone as it was
/// in the `original`. None when they changed what they could not see whole.
pub(super) fn restore(changed: &Value, shown: &Value, original: &Value) -> Option<Value> {
    if changed == shown {
        return Some(original.clone());
    }
    match (changed, shown, original) {
        (Value::Object(changed), Value::Object(shown), Value::Object(original)) => {
            if shown.contains_key(REST) && !original.contains_key(REST) {
                return None;
            }
            let fields = changed.iter().map(|(name, value)| {
                let value = match (shown.get(name), original.get(name)) {
                    (Some(shown), Some(original)) => restore(value, shown, original),
                    _ => whole(value),
                };
                Some((name.clone(), value?))
            });
            fields.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        (Value::Array(changed), Value::Array(shown), Value::Array(original))
            if changed.len() == shown.len() && shown.len() == original.len() =>
        {
            let items = changed.iter().zip(shown).zip(original);
            let items = items.map(|((changed, shown), original)| restore(changed, shown, original));
            items.collect::<Option<Vec<_>>>().map(Value::Array)
        }
        _ => whole(changed),
    }
}

/// The value, if nothing in it was left out.
fn whole(value: &Value) -> Option<Value> {
    (!has_mark(value)).then(|| value.clone())
}

fn has_mark(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(MARK),
        Value::Array(items) => items.iter().any(has_mark),
        Value::Object(fields) => fields.values().any(has_mark),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
