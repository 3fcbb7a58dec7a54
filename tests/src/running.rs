//! A command of the binary that goes on until it is stopped.

use std::io::Write;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::AsyncReadExt;
use tokio::process::Child;

use crate::process::pilothouse;
use crate::{DEADLINE, within};

/// A command that runs. Killed when dropped; what it said is shown when the test fails.
#[derive(Debug)]
pub struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Running {
    /// Starts `pilothouse` with `arguments`, and with settings in the environment.
    #[must_use]
    pub fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = pilothouse()
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let said = Arc::<Mutex<String>>::default();
        let (kept, mut stderr) = (Arc::clone(&said), child.stderr.take().unwrap());
        tokio::spawn(async move {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = stderr.read(&mut bytes).await {
                let text = String::from_utf8_lossy(&bytes[..n]);
                kept.lock().unwrap().push_str(&text);
            }
        });
        Self { child, said }
    }

    /// Kills it with no chance to say anything.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub async fn terminate(&mut self) -> ExitStatus {
        let pid = self.child.id().expect("it runs");
        let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        within(DEADLINE, "a command to end", self.child.wait())
            .await
            .unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let said = self
                .said
                .lock()
                .map(|said| said.clone())
                .unwrap_or_default();
            // The one writer that the test runner captures.
            let _ = writeln!(std::io::stderr(), "--- what a command said ---\n{said}");
        }
    }
}
