//! A command of the binary with pipes to all sides.

use std::fs::read_to_string;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin};
use tokio::task::JoinHandle;

use crate::process::pilothouse;
use crate::{DEADLINE, Finished, until, within};

/// A command that runs, with pipes to all sides. Killed when dropped.
#[derive(Debug)]
pub struct Piped {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Stream,
    stderr: Stream,
}

/// What comes through a pipe, read as it comes.
#[derive(Debug)]
struct Stream {
    text: Arc<Mutex<Vec<u8>>>,
    reading: JoinHandle<()>,
}

impl Stream {
    fn of(mut pipe: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let text: Arc<Mutex<Vec<u8>>> = Arc::default();
        let kept = Arc::clone(&text);
        let reading = tokio::spawn(async move {
            let mut bytes = vec![0; 65_536];
            while let Ok(n @ 1..) = pipe.read(&mut bytes).await {
                kept.lock().unwrap().extend_from_slice(&bytes[..n]);
            }
        });
        Self { text, reading }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap()).into_owned()
    }

    async fn whole(self) -> String {
        within(DEADLINE, "the end of a pipe", self.reading)
            .await
            .unwrap();
        String::from_utf8(std::mem::take(&mut self.text.lock().unwrap())).unwrap()
    }
}

impl Piped {
    /// Starts `pilothouse` with `arguments`.
    #[must_use]
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = pilothouse()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take(),
            stdout: Stream::of(child.stdout.take().unwrap()),
            stderr: Stream::of(child.stderr.take().unwrap()),
            child,
        }
    }

    /// Writes to its standard input.
    pub async fn type_in(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("standard input is open");
        stdin.write_all(text.as_bytes()).await.unwrap();
        stdin.flush().await.unwrap();
    }

    /// Ends its standard input.
    pub fn end_input(&mut self) {
        self.stdin = None;
    }

    /// Waits until it has printed this.
    pub async fn prints(&self, text: &str) {
        until(format!("{text:?} to be printed"), || async move {
            self.stdout.so_far().contains(text).then_some(())
        })
        .await;
    }

    /// Waits until it has said this on standard error.
    pub async fn says(&self, text: &str) {
        until(format!("{text:?} to be said"), || async move {
            self.stderr.so_far().contains(text).then_some(())
        })
        .await;
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = self.child.id().expect("the command runs");
        let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// The most memory it has held, in KiB.
    #[must_use]
    pub fn peak_kib(&self) -> u64 {
        let pid = self.child.id().expect("the command runs");
        let status = read_to_string(format!("/proc/{pid}/status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|rest| rest.trim().strip_suffix(" kB"));
        kib.and_then(|kib| kib.parse().ok())
            .expect("the system counts it")
    }

    /// Waits until it has ended; its input goes on until then.
    pub async fn ended(mut self) -> Finished {
        let status: ExitStatus = within(DEADLINE, "a command to end", self.child.wait())
            .await
            .unwrap();
        Finished {
            status,
            stdout: self.stdout.whole().await,
            stderr: self.stderr.whole().await,
        }
    }
}
