//! The `pilothouse` binary, in a process of its own.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use crate::{Certificate, DEADLINE, door, environment, within};

/// What the environment may say to a relay or a command.
const SETTINGS: [&str; 27] = [
    "API_KEY",
    "TOKEN",
    "TOKEN_FILE",
    "FINGERPRINT",
    "ISSUER",
    "ISSUER_AUDIENCE",
    "PUBLIC_URL",
    "TRUSTED_PROXY",
    "TLS_CERT",
    "TLS_KEY",
    "TLS_SELF_SIGNED",
    "MAX_CONNECTIONS",
    "MAX_CONNECTIONS_PER_ADDRESS",
    "REQUEST_WITHIN",
    "URL",
    "NAME",
    "MEMBER",
    "KIND",
    "CONFIG",
    "LISTEN",
    "DATA_DIR",
    "DURABILITY",
    "ALLOW_ORIGIN",
    "LOG_FORMAT",
    "GRACE",
    "KEEP_EVENTS",
    "KEEP_DAYS",
];

/// A running relay with a data folder of its own. Killed when dropped; what it logged is shown when
/// the test fails.
#[derive(Debug)]
pub struct Process {
    data: TempDir,
    wrapper: Vec<String>,
    arguments: Vec<String>,
    address: SocketAddr,
    child: Child,
    log: Arc<Mutex<String>>,
}

/// A command that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it said besides.
    pub stderr: String,
}

impl Process {
    /// Starts a relay on a free port.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts one with more settings, as flags.
    pub async fn with(arguments: &[&str]) -> Self {
        Self::inside(&[], arguments).await
    }

    /// Starts one inside a wrapper: a command that ends by executing what it is given. The fourth word of
    /// that is the data folder.
    pub async fn inside(wrapper: &[&str], arguments: &[&str]) -> Self {
        Self::on(TempDir::new().unwrap(), wrapper, arguments).await
    }

    /// Starts one on a data folder that there is.
    pub(crate) async fn on(data: TempDir, wrapper: &[&str], arguments: &[&str]) -> Self {
        let log = Arc::default();
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let [wrapper, mut arguments] = [wrapper, arguments]
            .map(|words| words.iter().map(ToString::to_string).collect::<Vec<_>>());
        if door::encrypts() {
            let files = Certificate::of_tests().put(data.path());
            let files = files.map(|file| file.to_str().unwrap().to_owned());
            for (flag, file) in ["--tls-cert", "--tls-key"].into_iter().zip(files) {
                arguments.extend([flag.to_owned(), file]);
            }
        }
        let (child, address) = serve(&wrapper, data.path(), anywhere, &arguments, &log).await;
        Self {
            data,
            wrapper,
            arguments,
            address,
            child,
            log,
        }
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// What it logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> Pid {
        let pid = self.child.id().expect("the relay runs");
        Pid::from_raw(pid.try_into().unwrap()).unwrap()
    }

    /// Where it listens, also while it is down.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base of its URLs.
    #[must_use]
    pub fn url(&self) -> String {
        let encrypts = self.arguments.iter().any(|word| word.starts_with("--tls"));
        let scheme = if encrypts { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Kills it with no chance to say or store anything.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Starts it again, on the same port and with the same data.
    pub async fn restart(&mut self) {
        let (child, address) = serve(
            &self.wrapper,
            self.data.path(),
            self.address,
            &self.arguments,
            &self.log,
        )
        .await;
        assert_eq!(address, self.address);
        self.child = child;
    }

    /// Ends it and starts it again with these settings too.
    pub async fn restart_with(&mut self, arguments: &[&str]) {
        self.kill().await;
        let more = arguments.iter().map(ToString::to_string);
        self.arguments.extend(more);
        self.restart().await;
    }

    /// Asks it to end, as a service manager does.
    pub fn terminate(&self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
    }

    /// Memory it holds now, in KiB.
    #[must_use]
    pub fn resident_kib(&self) -> u64 {
        let pid = self.child.id().expect("the relay runs");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = resident.and_then(|rest| rest.trim().strip_suffix(" kB"));
        kib.and_then(|kib| kib.parse().ok())
            .expect("the system counts it")
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        within(DEADLINE, "the relay to end", self.child.wait())
            .await
            .unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log.lock().map(|log| log.clone()).unwrap_or_default();
            // The one writer that the test runner captures.
            let _ = writeln!(std::io::stderr(), "--- log of the relay ---\n{log}");
        }
    }
}

/// Runs `pilothouse` with `arguments` and feeds it `input`.
pub async fn run(arguments: &[&str], input: &str) -> Finished {
    finish(pilothouse().args(arguments), input).await
}

/// Runs it inside a wrapper: a command that ends by executing what it is given.
pub async fn run_inside(wrapper: &[&str], arguments: &[&str]) -> Finished {
    let wrapper: Vec<_> = wrapper.iter().map(ToString::to_string).collect();
    finish(wrapped(&wrapper).args(arguments), "").await
}

/// Runs a command to its end.
pub(crate) async fn finish(command: &mut Command, input: &str) -> Finished {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A command that ends early does not read to the end.
    let feeding = tokio::spawn(async move { drop(stdin.write_all(input.as_bytes()).await) });
    let output = within(DEADLINE, "a command to end", child.wait_with_output()).await;
    let output = output.unwrap();
    feeding.await.unwrap();
    Finished {
        status: output.status,
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The binary, ready for arguments, and deaf to the settings of whoever runs the tests.
pub(crate) fn pilothouse() -> Command {
    wrapped(&[])
}

fn wrapped(wrapper: &[String]) -> Command {
    let mut command = match wrapper {
        [] => Command::new(binary()),
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).arg(binary());
            command
        }
    };
    for name in SETTINGS {
        command.env_remove(format!("PILOTHOUSE_{name}"));
    }
    if door::encrypts() {
        let fingerprint = Certificate::of_tests().fingerprint.to_string();
        command.env("PILOTHOUSE_FINGERPRINT", fingerprint);
    }
    command
}

async fn serve(
    wrapper: &[String],
    data: &Path,
    listen: SocketAddr,
    arguments: &[String],
    log: &Arc<Mutex<String>>,
) -> (Child, SocketAddr) {
    let mut child = wrapped(wrapper)
        .arg("serve")
        .arg("--data-dir")
        .arg(data)
        .arg("--listen")
        .arg(listen.to_string())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let kept = Arc::clone(log);
    tokio::spawn(async move {
        let mut bytes = [0; 4096];
        while let Ok(n @ 1..) = stderr.read(&mut bytes).await {
            let text = String::from_utf8_lossy(&bytes[..n]);
            kept.lock().unwrap().push_str(&text);
        }
    });
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = within(DEADLINE, "the relay's first line", lines.next_line()).await;
    let first = first.unwrap().unwrap_or_default();
    let address = first.strip_prefix("listening on http");
    let address = address.and_then(|rest| rest.split_once("://"));
    let address = address.and_then(|(_, address)| address.parse().ok());
    let refused = || panic!("the relay did not start: {}", log.lock().unwrap());
    (child, address.unwrap_or_else(refused))
}

/// The binary to test: the one that is named, or a debug build.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| environment::path(environment::BINARY).unwrap_or_else(build))
}

/// Builds the binary; cargo says where it put it.
fn build() -> PathBuf {
    let build = "build --quiet --locked -p pilothouse-relay --bin pilothouse";
    let output = std::process::Command::new(env!("CARGO"))
        .args(build.split(' '))
        .arg("--message-format=json-render-diagnostics")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let messages = String::from_utf8(output.stdout).unwrap();
    let executable = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    executable.expect("`cargo build -p pilothouse-relay` makes the binary")
}
