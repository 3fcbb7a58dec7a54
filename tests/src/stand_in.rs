//! A stand-in for an agent with hooks: it calls them in the order in which Claude Code's documentation says
//! that Claude Code does, and obeys what they answer. It thinks nothing; tests say what it does.

use std::pin::pin;

use reqwest::Client;
use serde_json::{Value, json};

use crate::run;

/// A session of an agent that is not there.
#[derive(Debug)]
pub struct StandIn {
    http: Client,
    relay: String,
    session: String,
    /// Everything it was given to read, in order.
    pub read: Vec<String>,
    n_calls: usize,
    is_continued: bool,
}

/// What became of a tool.
#[derive(Debug, Clone, PartialEq)]
pub enum Tool {
    /// It ran, with this input.
    Ran(Value),
    /// It did not, and the agent was told why.
    Denied(String),
    /// Nothing more is done in this turn.
    Stopped(String),
}

impl StandIn {
    /// A session of this id, a UUID. It begins as Claude Code's do: the first hook is a command.
    pub async fn start(relay: &str, session: &str) -> Self {
        let agent = Self {
            http: Client::builder().no_proxy().build().unwrap(),
            relay: relay.to_owned(),
            session: session.to_owned(),
            read: Vec::new(),
            n_calls: 0,
            is_continued: false,
        };
        let call = agent.call("SessionStart", &json!({"source": "startup"}));
        let command = ["hook", "claude-code", "--url", relay];
        let done = run(&command, &call.to_string()).await;
        assert!(done.status.success(), "{}", done.stderr);
        agent
    }

    /// Its channel.
    #[must_use]
    pub fn channel(&self) -> String {
        format!("claude-code-website-{}", &self.session[..8])
    }

    fn call(&self, event: &str, fields: &Value) -> Value {
        let mut call = json!({"session_id": self.session, "hook_event_name": event,
            "cwd": "/home/ana/website", "permission_mode": "default"});
        let fields = fields.as_object().unwrap().clone();
        call.as_object_mut().unwrap().extend(fields);
        call
    }

    /// Calls a hook; nothing when it fails in any way, because that is no decision.
    pub async fn hook(&mut self, event: &str, fields: &Value) -> Value {
        let answer = self.post(event, fields).await;
        let context = answer["hookSpecificOutput"]["additionalContext"].as_str();
        self.read.extend(context.map(str::to_owned));
        answer
    }

    async fn post(&self, event: &str, fields: &Value) -> Value {
        let url = format!("{}/hooks/claude-code", self.relay);
        let posted = self.http.post(url).json(&self.call(event, fields)).send();
        match posted.await {
            Ok(response) if response.status().is_success() => {
                response.json().await.unwrap_or_default()
            }
            _ => Value::Null,
        }
    }

    /// Its user says something.
    pub async fn prompt(&mut self, text: &str) {
        self.is_continued = false;
        self.hook("UserPromptSubmit", &json!({ "prompt": text }))
            .await;
    }

    /// Uses a tool that needs no permission, alone in its batch.
    pub async fn uses(&mut self, tool: &str, input: Value) -> Tool {
        self.asks(tool, input, async { true }).await
    }

    /// Uses a tool that needs a permission. `terminal` is the user at the dialog: whether it is allowed,
    /// once there is an answer.
    pub async fn asks(
        &mut self,
        tool: &str,
        input: Value,
        terminal: impl Future<Output = bool>,
    ) -> Tool {
        self.n_calls += 1;
        let id = format!("toolu_{}", self.n_calls);
        let about =
            |input: &Value| json!({"tool_name": tool, "tool_use_id": id, "tool_input": input});
        let before = self.hook("PreToolUse", &about(&input)).await;
        let decided = match before["hookSpecificOutput"]["permissionDecision"].as_str() {
            _ if before["continue"] == false => return stopped(&before),
            Some("allow") => Ok(before["hookSpecificOutput"]["updatedInput"].clone()),
            Some("deny") => Err(text(
                &before["hookSpecificOutput"]["permissionDecisionReason"],
            )),
            _ => self.dialog(tool, input, terminal).await,
        };
        let (input, outcome) = match decided {
            Ok(input) => (input.clone(), Tool::Ran(input)),
            Err(why) => return Tool::Denied(why),
        };
        let after = self.hook("PostToolUse", &about(&input)).await;
        match after["continue"] == false {
            true => stopped(&after),
            false => self.batch(tool, &id, &input).await.unwrap_or(outcome),
        }
    }

    /// The last hook before the model goes on.
    async fn batch(&mut self, tool: &str, id: &str, input: &Value) -> Option<Tool> {
        let call =
            json!({"tool_name": tool, "tool_use_id": id, "tool_input": input, "tool_response": ""});
        let after = self
            .hook("PostToolBatch", &json!({"tool_calls": [call]}))
            .await;
        (after["continue"] == false).then(|| stopped(&after))
    }

    /// The hook and the terminal ask at once, and the first answer wins. A hook that says nothing leaves
    /// it to the terminal; one that is too late is given up.
    async fn dialog(
        &self,
        tool: &str,
        input: Value,
        terminal: impl Future<Output = bool>,
    ) -> Result<Value, String> {
        let fields = json!({"tool_name": tool, "tool_input": input});
        let mut terminal = pin!(terminal);
        let by_terminal = |allowed: bool| match allowed {
            true => Ok(input.clone()),
            false => Err("the user said no".to_owned()),
        };
        let answer = tokio::select! {
            biased;
            allowed = &mut terminal => return by_terminal(allowed),
            answer = self.post("PermissionRequest", &fields) => answer,
        };
        let decision = &answer["hookSpecificOutput"]["decision"];
        match decision["behavior"].as_str() {
            Some("allow") => Ok(decision.get("updatedInput").unwrap_or(&input).clone()),
            Some("deny") => Err(text(&decision["message"])),
            _ => by_terminal(terminal.await),
        }
    }

    /// Wants to end its turn; whether it may. If not, what it was told is in what it read.
    pub async fn ends(&mut self, last: &str) -> bool {
        let fields = json!({"stop_hook_active": self.is_continued, "last_assistant_message": last});
        let answer = self.hook("Stop", &fields).await;
        self.is_continued = answer["decision"] == "block";
        if self.is_continued {
            self.read.push(text(&answer["reason"]));
        }
        !self.is_continued
    }
}

fn stopped(answer: &Value) -> Tool {
    Tool::Stopped(text(&answer["stopReason"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
