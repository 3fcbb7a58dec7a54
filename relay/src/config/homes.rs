//! Where agents keep their settings.

use std::path::PathBuf;

use clap::Args;
use directories::BaseDirs;

/// The folders in which agents keep a user's settings, as typed.
#[derive(Debug, Clone, Args)]
pub struct HomeArgs {
    /// Claude Code's own folder [default: ~/.claude]
    #[arg(
        long,
        value_name = "DIR",
        env = "CLAUDE_CONFIG_DIR",
        hide_short_help = true
    )]
    claude_dir: Option<PathBuf>,

    /// Codex's own folder [default: ~/.codex]
    #[arg(long, value_name = "DIR", env = "CODEX_HOME", hide_short_help = true)]
    codex_dir: Option<PathBuf>,
}

impl HomeArgs {
    /// Claude Code's folder; `None` where there is no home.
    #[must_use]
    pub fn claude_code(&self) -> Option<PathBuf> {
        self.claude_dir.clone().or_else(|| at_home(".claude"))
    }

    /// Where Claude Code keeps its MCP servers: beside its folder, or in one that was named; `None` where
    /// there is no home.
    #[must_use]
    pub fn claude_code_servers(&self) -> Option<PathBuf> {
        let named = self.claude_dir.as_ref().map(|dir| dir.join(".claude.json"));
        named.or_else(|| at_home(".claude.json"))
    }

    /// Codex's folder; `None` where there is no home.
    #[must_use]
    pub fn codex(&self) -> Option<PathBuf> {
        self.codex_dir.clone().or_else(|| at_home(".codex"))
    }
}

fn at_home(name: &str) -> Option<PathBuf> {
    BaseDirs::new().map(|dirs| dirs.home_dir().join(name))
}
