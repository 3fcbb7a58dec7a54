//! Codex, the real client, in a home of its own and with a stub for a model.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::process::Finished;
use crate::{DEADLINE, Home, Model, environment, npm, within};

/// The version whose hooks the documentation describes.
const PACKAGE: &str = "@openai/codex@0.169.0";

/// Codex in a home.
#[derive(Debug)]
pub struct Codex {
    home: Home,
}

/// Codex as other programs drive it: a process that speaks JSON-RPC, line by line.
#[derive(Debug)]
pub struct AppServer {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    n_calls: u64,
    /// What it asked its own user.
    pub asked: Vec<Value>,
}

impl Codex {
    /// Sets it up to ask this model.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let home = Home::new();
        let config = format!(
            "model = \"stub\"\nmodel_provider = \"stub\"\ncheck_for_update_on_startup = false\n\n\
             [analytics]\nenabled = false\n\n\
             [model_providers.stub]\nname = \"stub\"\nbase_url = \"{}\"\nwire_api = \"responses\"\n",
            model.url()
        );
        home.write(".codex/config.toml", &config);
        Self { home }
    }

    /// Its home.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Attaches it to a relay, and tells it to trust the hooks, as `/hooks` does.
    pub async fn attach(&self, relay: &str) {
        let install = ["install", "codex", "--yes", "--url", relay];
        let done = self.home.run(&install, "").await;
        assert!(done.status.success(), "{}", done.stderr);
        let mut server = self.app_server().await;
        let list = json!({"cwds": [self.home.path("project")]});
        let list = server.call("hooks/list", &list).await;
        let hooks = list["data"][0]["hooks"].as_array().unwrap();
        let trust = hooks.iter().map(|hook| {
            let key = hook["key"].as_str().unwrap();
            let state = json!({key: {"trusted_hash": hook["currentHash"]}});
            json!({"keyPath": "hooks.state", "value": state, "mergeStrategy": "upsert"})
        });
        let edits: Vec<_> = trust.collect();
        assert!(!edits.is_empty(), "{list}");
        let _ = server
            .call("config/batchWrite", &json!({ "edits": edits }))
            .await;
        server.close().await;
    }

    /// Runs it to the end of one turn, with nobody at the terminal.
    pub async fn exec(&self, prompt: &str) -> Finished {
        let arguments = [
            "exec",
            "--skip-git-repo-check",
            "--sandbox",
            "danger-full-access",
            prompt,
        ];
        self.home.run_program(program(), &arguments, "").await
    }

    /// Starts it for a program.
    pub async fn app_server(&self) -> AppServer {
        let mut command = Command::new(program());
        let mut child = self
            .home
            .settle(command.arg("app-server"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut server = AppServer {
            child,
            stdin,
            lines,
            n_calls: 0,
            asked: Vec::new(),
        };
        let client = json!({"name": "pilothouse-tests", "title": "Tests", "version": "1"});
        let _ = server
            .call("initialize", &json!({ "clientInfo": client }))
            .await;
        server.tell(&json!({"method": "initialized"})).await;
        server
    }
}

impl AppServer {
    /// Calls a method; its result.
    pub async fn call(&mut self, method: &str, params: &Value) -> Value {
        self.n_calls += 1;
        let id = self.n_calls;
        self.tell(&json!({"id": id, "method": method, "params": params}))
            .await;
        let is_it = move |line: &Value| line["id"] == id && line.get("method").is_none();
        let mut answer = self.until(is_it).await;
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].take()
    }

    /// Takes a turn that begins with `prompt`, and asks for what it needs; waits for its end.
    pub async fn turn(&mut self, cwd: &Path, prompt: &str) {
        let start =
            json!({"approvalPolicy": "on-request", "sandbox": "workspace-write", "cwd": cwd});
        let thread = self.call("thread/start", &start).await;
        let input = [json!({"type": "text", "text": prompt})];
        let turn = json!({"threadId": thread["thread"]["id"], "input": input});
        let _ = self.call("turn/start", &turn).await;
        let _ = self.until(|line| line["method"] == "turn/completed").await;
    }

    /// Ends it, with the sessions in it.
    pub async fn close(mut self) {
        drop(self.stdin);
        let _ = within(DEADLINE, "Codex to end", self.child.wait()).await;
    }

    async fn tell(&mut self, message: &Value) {
        let line = format!("{message}\n");
        self.stdin.write_all(line.as_bytes()).await.unwrap();
    }

    /// Reads on to the first line that is wanted. Its user, whom it may ask meanwhile, declines.
    async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = within(2 * DEADLINE, "a line of Codex", self.lines.next_line()).await;
            let line = line.unwrap().expect("Codex goes on");
            let line: Value = serde_json::from_str(&line).unwrap();
            if wanted(&line) {
                return line;
            }
            if let (Some(id), Some(_)) = (line.get("id"), line.get("method")) {
                let decline = json!({"id": id, "result": {"decision": "decline"}});
                self.asked.push(line.clone());
                self.tell(&decline).await;
            }
        }
    }
}

/// The command.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| npm::modules(PACKAGE, environment::CODEX).join(".bin/codex"))
}
