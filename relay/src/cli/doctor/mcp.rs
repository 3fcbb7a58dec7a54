//! The Model Context Protocol: who was told of the relay, and whether its tools hand hints over.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use pilothouse_relay::config::HomeArgs;
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::{Value, json};

use super::relay::{Relay, answer};
use super::report::{ATTACHED, Check, Section};
use super::trip::{HINT, told};

/// The channel that is tried. The same each time, so that no more than one is ever left behind.
const CHANNEL: &str = "pilothouse-doctor-mcp";

/// The revision that is spoken: one that every relay with MCP knows.
const REVISION: &str = "2025-11-25";

/// What there is to say.
pub(super) async fn examine(homes: &HomeArgs, relay: &Relay, is_up: bool) -> Section {
    let mut checks = attached(homes, relay);
    if is_up {
        relay.remove(CHANNEL).await;
        let went = travel(relay).await;
        relay.remove(CHANNEL).await;
        let mend = "update the relay, and look into its log";
        checks.push(told(went, mend));
    }
    Section::new("mcp", checks)
}

/// The agents whose settings name our server.
fn attached(homes: &HomeArgs, relay: &Relay) -> Vec<Check> {
    let mut found: Vec<_> = files(homes)
        .into_iter()
        .filter(|path| std::fs::read_to_string(path).is_ok_and(|text| names_us(&text)))
        .map(|path| Check::ok(ATTACHED, format!("in {}", path.display())))
        .collect();
    if found.is_empty() {
        let url = relay.url().page("/mcp");
        let mend = format!(
            "attach Claude Code with `claude mcp add --transport http pilothouse {url}`, Codex with \
             `codex mcp add pilothouse --url {url}`"
        );
        found.push(Check::absent(ATTACHED, "no agent is told of it").mend(mend));
    }
    found
}

/// Where agents keep their servers.
fn files(homes: &HomeArgs) -> Vec<PathBuf> {
    let claude = homes.claude_code_servers();
    let codex = homes.codex().map(|home| home.join("config.toml"));
    let project = [".mcp.json", ".codex/config.toml"].map(PathBuf::from);
    claude.into_iter().chain(codex).chain(project).collect()
}

/// Whether settings in JSON or TOML name our server: by its URL, or by its command.
fn names_us(text: &str) -> bool {
    let json = serde_json::from_str::<Value>(text).ok();
    let toml = || toml::from_str::<Value>(text).ok();
    json.or_else(toml)
        .is_some_and(|settings| has_server(&settings))
}

/// Looks into everything: Claude Code keeps servers of projects further inside.
fn has_server(settings: &Value) -> bool {
    let Value::Object(fields) = settings else {
        return false;
    };
    let mut servers = ["mcpServers", "mcp_servers"]
        .iter()
        .filter_map(|name| settings[name].as_object())
        .flatten();
    servers.any(|(_, server)| is_ours(server)) || fields.values().any(has_server)
}

fn is_ours(server: &Value) -> bool {
    let url = server["url"].as_str().unwrap_or_default();
    let command = server["command"].as_str().unwrap_or_default();
    let program = command.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_local = ["//127.0.0.1:", "//localhost:", "//[::1]:"]
        .iter()
        .any(|host| url.contains(host));
    (is_local && url.ends_with("/mcp")) || program == "pilothouse" && server["args"][0] == "mcp"
}

async fn travel(relay: &Relay) -> Result<Duration, String> {
    let begun = Instant::now();
    let create = relay.call(Method::POST, "/api/channels");
    let _ = answer(create.json(&json!({"id": CHANNEL, "name": "pilothouse doctor"}))).await?;
    let client = json!({"name": "pilothouse-doctor", "version": env!("CARGO_PKG_VERSION")});
    let hello = json!({"protocolVersion": REVISION, "capabilities": {}, "clientInfo": client});
    let (_, session) = ask(relay, None, "initialize", hello).await?;
    let hint = relay.give_hint(CHANNEL, HINT).await?;
    let check = json!({"name": "check_hints", "arguments": {"channel": CHANNEL}});
    let checked = ask(relay, session.as_deref(), "tools/call", check).await;
    if let Some(session) = &session {
        let end = post(relay, Some(session), Method::DELETE);
        // It ends by itself too.
        let _ = end.send().await;
    }
    let (told, _) = checked?;
    if !told["result"].to_string().contains(HINT) {
        return Err("a hint was given, but the agent would not have been told it".to_owned());
    }
    relay.receipt(CHANNEL, &hint).await?;
    Ok(begun.elapsed())
}

fn post(relay: &Relay, session: Option<&str>, method: Method) -> reqwest::RequestBuilder {
    let request = relay
        .call_as_agent(method, "/mcp")
        .header("mcp-protocol-version", REVISION)
        .header(ACCEPT, "application/json, text/event-stream");
    match session {
        Some(session) => request.header("mcp-session-id", session),
        None => request,
    }
}

/// A request and its answer, which may come as a stream of events; and the session it opened.
async fn ask(
    relay: &Relay,
    session: Option<&str>,
    method: &str,
    params: Value,
) -> Result<(Value, Option<String>), String> {
    let failed = |error: reqwest::Error| format!("/mcp cannot be reached: {error}");
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let request = post(relay, session, Method::POST).json(&call);
    let response = request.send().await.map_err(failed)?;
    let status = response.status();
    let opened = response.headers().get("mcp-session-id");
    let opened = opened.and_then(|id| Some(id.to_str().ok()?.to_owned()));
    let text = response.text().await.map_err(failed)?;
    let lines = text
        .lines()
        .map(|line| line.strip_prefix("data:").unwrap_or(line));
    let mut messages = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    match messages.find(|message| message["id"] == 1) {
        Some(answer) if answer["result"].is_object() => Ok((answer, opened)),
        Some(answer) => Err(format!("/mcp refuses `{method}`: {}", answer["error"])),
        None => Err(format!(
            "/mcp answered {status} to `{method}`: {}",
            text.trim()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_found_wherever_agents_keep_them() {
        let own = [
            r#"{"mcpServers": {"p": {"type": "http", "url": "http://127.0.0.1:8420/mcp"}}}"#,
            r#"{"projects": {"/x": {"mcpServers": {"p": {"command": "pilothouse", "args": ["mcp"]}}}}}"#,
            "[mcp_servers.p]\nurl = \"http://localhost:8420/mcp\"",
            "[mcp_servers.p]\ncommand = \"/opt/pilothouse\"\nargs = [\"mcp\", \"--channel\", \"x\"]",
        ];
        for text in own {
            assert!(names_us(text), "{text}");
        }
        let others = [
            "",
            "{}",
            "no settings at all {",
            r#"{"mcpServers": {"p": {"url": "https://example.com/mcp"}}}"#,
            r#"{"mcpServers": {"p": {"command": "pilothouse", "args": ["watch"]}}}"#,
        ];
        for text in others {
            assert!(!names_us(text), "{text}");
        }
    }
}
