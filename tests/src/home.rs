//! A user's home, with nothing in it but what a test puts there.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::process::Command;

use crate::process::{Finished, finish, pilothouse};

/// A home and a folder of a project in it. Commands run there see no other.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("project")).unwrap();
        Self { folder }
    }

    /// A place in it.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// What a file says; `None` when there is none.
    #[must_use]
    pub fn read(&self, relative: &str) -> Option<String> {
        std::fs::read_to_string(self.path(relative)).ok()
    }

    /// Makes a file, and the folders it is in.
    pub fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs `pilothouse` in the folder of the project.
    pub async fn run(&self, arguments: &[&str], input: &str) -> Finished {
        finish(self.settle(pilothouse().args(arguments)), input).await
    }

    /// Runs any command in the folder of the project.
    pub async fn run_program(&self, program: &Path, arguments: &[&str], input: &str) -> Finished {
        finish(self.settle(Command::new(program).args(arguments)), input).await
    }

    /// Makes a command run here.
    pub fn settle<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .current_dir(self.path("project"))
            .env("HOME", self.folder.path())
            .env_remove("CLAUDE_CONFIG_DIR")
            .env("CODEX_HOME", self.path(".codex"))
    }
}
