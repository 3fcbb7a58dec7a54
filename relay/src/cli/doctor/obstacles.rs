//! Settings by which an agent passes over hooks that stand in its settings.

use std::path::PathBuf;

use pilothouse_relay::config::HomeArgs;
use serde_json::Value;

use super::report::Check;
use crate::cli::install::file::Settings;
use crate::cli::install::merge::setting;
use crate::cli::vendor::{Scope, Vendor};

/// What whoever manages the machine decides for all its users of Claude Code, on Linux and macOS.
const MANAGED: [&str; 2] = [
    "/etc/claude-code/managed-settings.json",
    "/Library/Application Support/ClaudeCode/managed-settings.json",
];

/// What keeps our hooks, which post to `url`, from running.
pub(super) fn found(vendor: Vendor, url: &str, homes: &HomeArgs) -> Vec<Check> {
    if vendor != Vendor::ClaudeCode {
        return Vec::new();
    }
    let own = [Scope::User, Scope::Project].map(|scope| vendor.settings(scope, homes));
    let own = own.into_iter().flatten().map(|path| (path, false));
    let managed = MANAGED.map(|path| (PathBuf::from(path), true));
    let files = own.chain(managed).filter_map(|(path, is_managed)| {
        let settings = Settings::read(path).ok()?;
        let why = within(settings.text()?, url, is_managed)?;
        let detail = format!("{} {why}", settings.path().display());
        let mend = match is_managed {
            true => "ask whoever manages this machine",
            false => "change that setting, or remove it",
        };
        Some(Check::failed("allowed", detail).mend(mend))
    });
    files.collect()
}

/// How these settings keep our hooks from running; completes `FILE …`.
fn within(text: &str, url: &str, is_managed: bool) -> Option<String> {
    let is_on = |name: &str| setting(text, name) == Some(Value::Bool(true));
    if is_on("disableAllHooks") {
        return Some("switches all hooks off with `disableAllHooks`".to_owned());
    }
    if is_managed && is_on("allowManagedHooksOnly") {
        return Some("allows no hooks but its own, with `allowManagedHooksOnly`".to_owned());
    }
    let allowed = setting(text, "allowedHttpHookUrls")?;
    let mut allowed = allowed.as_array()?.iter().filter_map(Value::as_str);
    let is_allowed = allowed.any(|pattern| fits(pattern, url));
    (!is_allowed).then(|| format!("does not list {url} under `allowedHttpHookUrls`"))
}

/// Whether a text is as the pattern says, in which `*` is anything.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(start) else {
        return false;
    };
    let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    starts.any(|at| fits(rest, &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://127.0.0.1:8420/hooks/claude-code";

    #[test]
    fn settings_that_rule_our_hooks_out_are_found() {
        for text in [
            r#"{"disableAllHooks": true}"#,
            r#"{"allowedHttpHookUrls": []}"#,
            r#"{"allowedHttpHookUrls": ["https://*", "http://127.0.0.1:8420/"]}"#,
        ] {
            assert!(within(text, URL, false).is_some(), "{text}");
        }
        let managed = r#"{"allowManagedHooksOnly": true}"#;
        assert!(within(managed, URL, true).is_some());
        assert!(
            within(managed, URL, false).is_none(),
            "it means nothing there"
        );
    }

    #[test]
    fn settings_that_let_them_run_are_no_obstacle() {
        for text in [
            "",
            "{}",
            "no JSON",
            r#"{"disableAllHooks": false}"#,
            r#"{"allowedHttpHookUrls": ["https://*", "http://127.0.0.1:*/hooks/*"]}"#,
            r#"{"allowedHttpHookUrls": ["http://127.0.0.1:8420/hooks/claude-code"]}"#,
        ] {
            assert_eq!(within(text, URL, false), None, "{text}");
        }
    }
}
