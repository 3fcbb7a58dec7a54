//! A user's home, with nothing in it but what a test puts there.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::{Finished, binary, finish, pilothouse};
use crate::{DEADLINE, within};

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

    /// Runs `pilothouse` at a terminal, where somebody types a line; what was on the screen.
    pub async fn run_at_terminal(&self, arguments: &[&str], line: &str) -> String {
        let terminal = native_pty_system().openpty(PtySize::default()).unwrap();
        let mut command = CommandBuilder::new(binary());
        command.args(arguments);
        command.cwd(self.path("project"));
        command.env("HOME", self.folder.path());
        for name in ["CLAUDE_CONFIG_DIR", "CODEX_HOME", "PILOTHOUSE_URL"] {
            command.env_remove(name);
        }
        let mut child = terminal.slave.spawn_command(command).unwrap();
        drop(terminal.slave);
        let mut keyboard = terminal.master.take_writer().unwrap();
        writeln!(keyboard, "{line}").unwrap();
        let mut screen = terminal.master.try_clone_reader().unwrap();
        let reading = tokio::task::spawn_blocking(move || {
            let mut shown = Vec::new();
            // On Linux a terminal that nobody writes to any more ends with an error.
            let _ = screen.read_to_end(&mut shown);
            let _ = child.wait();
            String::from_utf8_lossy(&shown).into_owned()
        });
        let shown = within(DEADLINE, "a command at a terminal to end", reading).await;
        shown.unwrap()
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
