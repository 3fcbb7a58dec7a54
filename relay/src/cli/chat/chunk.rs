//! One event of a streamed completion.

use pilothouse_shared::{Extra, Usage};
use serde_json::Value;

use super::trouble::{Trouble, error_text, short};

/// What one event adds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Chunk {
    /// Text, if any.
    pub(super) text: String,
    /// What the whole call has cost so far.
    pub(super) usage: Option<Usage>,
    /// Why the model stopped, if it has: `stop`, `length` or another word.
    pub(super) finish: Option<String>,
}

/// Reads the `data` of an event, as OpenAI's chat completions stream it:
/// `{"choices":[{"delta":{"content"}, "finish_reason"}], "usage"?, "error"?}`.
pub(super) fn read(data: &str) -> Result<Chunk, Trouble> {
    let Ok(json) = serde_json::from_str::<Value>(data) else {
        let message = format!("the endpoint streams what is no JSON: {}", short(data));
        return Err(Trouble::passing(message));
    };
    if let Some(error) = error_text(&json) {
        let message = format!("the endpoint broke the answer off: {}", short(error));
        return Err(Trouble::passing(message));
    }
    let choice = &json["choices"][0];
    Ok(Chunk {
        text: choice["delta"]["content"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        usage: usage(&json),
        finish: choice["finish_reason"].as_str().map(str::to_owned),
    })
}

/// Tokens from a cache are part of the prompt's, and counted apart here.
fn usage(json: &Value) -> Option<Usage> {
    let usage = json["usage"].as_object()?;
    let count = |field: &str| usage.get(field).and_then(Value::as_u64);
    let cached = json["usage"]["prompt_tokens_details"]["cached_tokens"].as_u64();
    Some(Usage {
        model: json["model"].as_str().map(short),
        input_tokens: count("prompt_tokens")
            .unwrap_or(0)
            .saturating_sub(cached.unwrap_or(0)),
        output_tokens: count("completion_tokens").unwrap_or(0),
        cache_read_tokens: cached,
        cost_usd: None,
        extra: Extra::new(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn text(data: &Value) -> String {
        read(&data.to_string()).unwrap().text
    }

    #[test]
    fn tokens_are_text_and_what_has_none_is_empty() {
        let first = json!({"choices": [{"delta": {"content": "He"}}]});
        assert_eq!(text(&first), "He");
        for empty in [
            json!({"choices": []}),
            json!({"choices": [{"delta": {"role": "assistant", "content": null}}]}),
            json!({"choices": [{"delta": {}}]}),
            json!({}),
            json!([]),
            json!(7),
        ] {
            assert_eq!(text(&empty), "", "{empty}");
        }
    }

    #[test]
    fn the_last_events_say_why_it_ended_and_what_it_cost() {
        let last = json!({"choices": [{"delta": {}, "finish_reason": "length"}]});
        assert_eq!(
            read(&last.to_string()).unwrap().finish.as_deref(),
            Some("length")
        );
        let cost = json!({"model": "m", "choices": [], "usage": {
            "prompt_tokens": 10, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4},
        }});
        let usage = read(&cost.to_string()).unwrap().usage.unwrap();
        assert_eq!((usage.input_tokens, usage.output_tokens), (6, 3));
        assert_eq!(usage.cache_read_tokens, Some(4));
        assert_eq!(usage.model.as_deref(), Some("m"));
        let none = json!({"choices": [], "usage": null});
        assert_eq!(read(&none.to_string()).unwrap().usage, None);
    }

    #[test]
    fn what_is_no_json_and_an_error_are_trouble() {
        assert!(read("{").unwrap_err().message.contains("no JSON"));
        let error = json!({"error": {"message": "out of memory"}}).to_string();
        assert!(read(&error).unwrap_err().message.ends_with("out of memory"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(data in ".*") {
            let _ = read(&data);
        }
    }
}
