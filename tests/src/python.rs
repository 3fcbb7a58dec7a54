//! A Python with the packages of the client that is not ours.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use tokio::process::Command;

use crate::environment;
use crate::process::{Finished, finish};

const PACKAGES: [&str; 3] = [
    "websockets==16.0",
    "openapi-spec-validator==0.9.0",
    "mcp==2.3.0",
];

/// Runs Python with `arguments`, in the folder of the tests, and feeds it `input`.
pub async fn python(arguments: &[&str], input: &str) -> Finished {
    let mut python = Command::new(interpreter());
    let python = python
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    finish(python.env("PYTHONDONTWRITEBYTECODE", "1"), input).await
}

/// The Python that is named, or that of an environment made once, in the folder for temporary files.
pub(crate) fn interpreter() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| environment::path(environment::PYTHON).unwrap_or_else(make))
}

fn make() -> PathBuf {
    let name = format!("pilothouse-{}", PACKAGES.join("-").replace("==", "-"));
    let folder = std::env::temp_dir().join(name);
    let python = folder.join("bin/python");
    let is_complete = "import websockets, openapi_spec_validator, mcp";
    if succeeds(&python, &["-c", is_complete]) {
        return python;
    }
    let folder = folder.to_str().unwrap();
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    let is_made = succeeds(Path::new("python3"), &["-m", "venv", "--clear", folder])
        && succeeds(&python, &[&install[..], &PACKAGES[..]].concat());
    assert!(
        is_made,
        "Python could not be set up: install python3-venv, or let {} name a Python that has {}",
        environment::PYTHON,
        PACKAGES.join(" and "),
    );
    python
}

fn succeeds(program: &Path, arguments: &[&str]) -> bool {
    let command = &mut std::process::Command::new(program);
    let status = command.args(arguments).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
