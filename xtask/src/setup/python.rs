//! A Python for the test client that is not ours.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::Cache;
use super::debian;
use crate::command;
use crate::failure::Failure;
use crate::say;

const MCP: &str = "2.3.0";
const OPENAPI_SPEC_VALIDATOR: &str = "0.9.0";
const WEBSOCKETS: &str = "16.0";

/// The Python of a virtual environment that has the packages the tests import.
pub(crate) fn ready(cache: &Cache) -> Result<PathBuf, Failure> {
    let key = format!(
        "python-websockets-{WEBSOCKETS}-openapi-spec-validator-{OPENAPI_SPEC_VALIDATOR}-mcp-{MCP}"
    );
    Ok(python(&cache.provide(&key, imports, make)?))
}

fn python(environment: &Path) -> PathBuf {
    environment.join("bin/python")
}

fn imports(environment: &Path) -> bool {
    let import = ["-c", "import websockets, openapi_spec_validator, mcp"];
    command::output(Command::new(python(environment)).args(import)).is_ok()
}

fn make(environment: &Path) -> Result<(), Failure> {
    say::step(
        "Making a Python environment with websockets, openapi-spec-validator and mcp, once",
        "end-to-end tests speak the protocols with clients that are not ours",
    );
    if virtual_environment(environment).is_err() {
        debian::install(
            &["python3-venv"],
            "Python cannot make virtual environments without it",
        )?;
        virtual_environment(environment)?;
    }
    command::run(
        Command::new(python(environment))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .arg(format!("websockets=={WEBSOCKETS}"))
            .arg(format!("openapi-spec-validator=={OPENAPI_SPEC_VALIDATOR}"))
            .arg(format!("mcp=={MCP}")),
    )
}

fn virtual_environment(folder: &Path) -> Result<(), Failure> {
    command::run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder),
    )
}
