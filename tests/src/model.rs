//! A stub of a model: as much of the OpenAI Responses API as a client needs for one tool call and a last
//! word. It understands nothing.

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{Heard, Reply, Stub, until};

/// What it says in the end.
pub const LAST_WORD: &str = "All done.";

/// See the module. Calls a tool once, when it is let go, and says [`LAST_WORD`] once it has the result.
#[derive(Debug)]
pub struct Model {
    stub: Stub,
    may_go: watch::Sender<bool>,
}

impl Model {
    /// One that calls `tool` with these arguments.
    pub async fn start(tool: &'static str, arguments: &Value) -> Self {
        let (may_go, gate) = watch::channel(false);
        let call = json!({
            "type": "function_call", "id": "fc_1", "call_id": "call_1", "name": tool,
            "arguments": arguments.to_string(),
        });
        let text = json!({"type": "output_text", "text": LAST_WORD});
        let message =
            json!({"type": "message", "id": "msg_1", "role": "assistant", "content": [text]});
        let stub = Stub::start_slow(move |heard| {
            let (call, message, mut gate) = (call.clone(), message.clone(), gate.clone());
            async move {
                if !heard.path.ends_with("/responses") {
                    return Reply::Text(404, "text/plain", String::new());
                }
                let has_result = items(&heard).any(|item| item["type"] == "function_call_output");
                if has_result {
                    return stream(&message);
                }
                // The test that holds the other end may have ended.
                let _ = gate.wait_for(|may_go| *may_go).await;
                stream(&call)
            }
        })
        .await;
        Self { stub, may_go }
    }

    /// The base of its URLs.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/v1", self.stub.url())
    }

    /// Waits until it is asked for the first time. It answers when it is let go.
    pub async fn until_asked(&self) {
        until("the model to be asked", || async {
            let is_asked = !self.requests().is_empty();
            is_asked.then_some(())
        })
        .await;
    }

    /// Lets it answer.
    pub fn let_go(&self) {
        self.may_go.send_replace(true);
    }

    /// The inputs of the requests so far, as texts.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        let heard = self.stub.heard();
        let asked = heard
            .iter()
            .filter(|heard| heard.path.ends_with("/responses"));
        asked.map(|heard| heard.body["input"].to_string()).collect()
    }
}

fn items(heard: &Heard) -> impl Iterator<Item = &Value> {
    heard.body["input"].as_array().into_iter().flatten()
}

/// One item as a stream of events.
fn stream(item: &Value) -> Reply {
    let usage = json!({"input_tokens": 10, "output_tokens": 5, "total_tokens": 15});
    let events = [
        json!({"type": "response.created", "response": {"id": "resp_1"}}),
        json!({"type": "response.output_item.done", "item": item}),
        json!({"type": "response.completed", "response": {"id": "resp_1", "usage": usage}}),
    ];
    let text = events.map(|event| {
        let kind = event["type"].as_str().unwrap();
        format!("event: {kind}\ndata: {event}\n\n")
    });
    Reply::Text(200, "text/event-stream", text.concat())
}
