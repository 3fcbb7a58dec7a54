//! Agents that attach through the Model Context Protocol, with its official SDKs.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{Mutex, watch};

use crate::process::binary;
use crate::python::interpreter;
use crate::{DEADLINE, environment, npm, within};

const SDK: &str = "@modelcontextprotocol/sdk@1.32.2";

/// Which client, which revision of the protocol, and how it reaches the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The program and what its SDK is told to speak.
    client: &'static str,
    /// `current` or `previous`.
    revision: &'static str,
    /// How.
    pub way: Way,
}

/// How a client reaches the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// At its `/mcp`.
    Http,
    /// Through `pilothouse mcp`.
    Stdio,
}

/// A client at work. It ends with the test.
#[derive(Debug)]
pub struct McpClient {
    /// What it speaks.
    pub revision: String,
    child: Child,
    stdin: Mutex<ChildStdin>,
    /// Everything it said; a test says little.
    lines: watch::Receiver<Vec<Value>>,
}

/// What a tool said.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Whether it could not do what it was called for.
    pub is_error: bool,
    /// The texts, in their order.
    pub texts: Vec<String>,
}

impl Said {
    /// The first text of a tool that succeeded.
    ///
    /// # Panics
    /// When it did not.
    pub fn ok(&self) -> &str {
        assert!(!self.is_error, "{:?}", self.texts);
        &self.texts[0]
    }

    /// The first text of a tool that succeeded, which is JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(self.ok()).unwrap()
    }

    /// The first text of a tool that failed.
    ///
    /// # Panics
    /// When it did not.
    pub fn err(&self) -> &str {
        assert!(self.is_error, "{:?}", self.texts);
        &self.texts[0]
    }
}

impl Peer {
    /// The Python SDK, which speaks both revisions, and the TypeScript SDK, both ways.
    pub const ALL: [Self; 6] = [
        Self::new("python", "current", Way::Http),
        Self::new("python", "current", Way::Stdio),
        Self::new("python", "previous", Way::Http),
        Self::new("python", "previous", Way::Stdio),
        Self::new("typescript", "previous", Way::Http),
        Self::new("typescript", "previous", Way::Stdio),
    ];

    /// One client for each way: enough where the revision makes no difference.
    pub const EACH_WAY: [Self; 2] = [Self::ALL[0], Self::ALL[5]];

    const fn new(client: &'static str, revision: &'static str, way: Way) -> Self {
        Self {
            client,
            revision,
            way,
        }
    }

    /// Starts a client called `name` that acts in `channel`.
    pub async fn attach(self, relay: &str, name: &str, channel: &str) -> McpClient {
        let mut command = match self.client {
            "python" => {
                let mut command = Command::new(interpreter());
                command.arg("mcp_client.py");
                command.env("PYTHONDONTWRITEBYTECODE", "1");
                command
            }
            _ => {
                let mut command = Command::new("node");
                command.arg("mcp_client.mjs").arg(node_modules());
                command
            }
        };
        command.args([self.revision, name]);
        match self.way {
            Way::Http => command
                .arg("http")
                .arg(format!("{relay}/mcp"))
                .arg(format!("Pilothouse-Channel={channel}")),
            Way::Stdio => command.arg("stdio").arg(binary()).args([
                "mcp",
                "--url",
                relay,
                "--channel",
                channel,
            ]),
        };
        McpClient::start(&mut command).await
    }
}

impl McpClient {
    async fn start(command: &mut Command) -> Self {
        let mut child = command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdin = Mutex::new(child.stdin.take().unwrap());
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let (said, lines) = watch::channel(Vec::new());
        tokio::spawn(async move {
            while let Ok(Some(line)) = stdout.next_line().await {
                let line: Value = serde_json::from_str(&line).expect("a line of JSON");
                said.send_modify(|lines| lines.push(line));
            }
        });
        let mut client = Self {
            revision: String::new(),
            child,
            stdin,
            lines,
        };
        let ready = client.line("the client to be ready", |line| line.get("ready").is_some());
        client.revision = ready.await["ready"].as_str().unwrap().to_owned();
        client
    }

    /// The first line that is `wanted`, as soon as it is there.
    async fn line(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut lines = self.lines.clone();
        let found = lines.wait_for(|lines| lines.iter().any(&wanted));
        let found = within(2 * DEADLINE, what, found).await;
        let found = found.unwrap_or_else(|_| panic!("the client ended before {what}"));
        found.iter().find(|line| wanted(line)).unwrap().clone()
    }

    async fn tell(&self, line: &Value) {
        let line = format!("{line}\n");
        let mut stdin = self.stdin.lock().await;
        stdin.write_all(line.as_bytes()).await.unwrap();
    }

    /// The descriptions of the tools.
    pub async fn tools(&self) -> Vec<Value> {
        let id = fastrand::u64(..1 << 50);
        self.tell(&json!({"id": id, "list": true})).await;
        let answer = self
            .line("the list of tools", |line| line["id"] == id)
            .await;
        answer["result"]["tools"].as_array().unwrap().clone()
    }

    /// Calls a tool and waits for what it says.
    pub async fn call(&self, tool: &str, arguments: Value) -> Said {
        let call = self.begin(tool, arguments).await;
        self.end(call).await
    }

    /// Calls a tool; the call's number.
    pub async fn begin(&self, tool: &str, arguments: Value) -> u64 {
        let id = fastrand::u64(..1 << 50);
        let line = json!({"id": id, "tool": tool, "arguments": arguments});
        self.tell(&line).await;
        id
    }

    /// What a call said in the end.
    pub async fn end(&self, call: u64) -> Said {
        let ended = |line: &Value| line["id"] == call && line.get("progress").is_none();
        let line = self.line("a tool's result", ended).await;
        let result = line.get("result");
        let result = result.unwrap_or_else(|| panic!("a failure of the protocol: {line}"));
        let texts = result["content"].as_array().unwrap().iter();
        Said {
            is_error: result["isError"] == true,
            texts: texts
                .map(|item| item["text"].as_str().unwrap().to_owned())
                .collect(),
        }
    }

    /// The first that a call says of its progress.
    pub async fn progress(&self, call: u64) -> String {
        let tells = |line: &Value| line["id"] == call && line.get("progress").is_some();
        let line = self.line("progress", tells).await;
        line["progress"].as_str().unwrap().to_owned()
    }

    /// No longer waits for a call.
    pub async fn cancel(&self, call: u64) {
        let id = fastrand::u64(..1 << 50);
        self.tell(&json!({"id": id, "cancel": call})).await;
    }

    /// Kills the client with no chance to say anything.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// The modules that are named, or those of a folder made once, in the folder for temporary files.
fn node_modules() -> &'static Path {
    static MODULES: OnceLock<PathBuf> = OnceLock::new();
    MODULES.get_or_init(|| npm::modules(SDK, environment::MCP_SDK))
}
