//! The conformance suite of RFC 6455, and the old Python it is written in.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::Cache;
use crate::command;
use crate::failure::Failure;
use crate::say;

/// The last version there is.
const SUITE: &str = "25.10.1";

/// Runs the suite's command: its packages are in a folder beside Python's own, and some are found
/// only by the `.pth` files there.
const START: &str = "import site, sys; site.addsitedir(sys.argv.pop(1)); \
    from autobahntestsuite.wstest import run; run()";

/// The suite, ready to run.
#[derive(Debug)]
pub(crate) struct Suite {
    python: PathBuf,
    packages: PathBuf,
}

impl Suite {
    /// Finds or installs it; `None` where there is no Python 2.7, which no distribution brings any
    /// more.
    pub(crate) fn ready(cache: &Cache) -> Result<Option<Self>, Failure> {
        let Some(python) = pythons().into_iter().find(|python| is_old(python)) else {
            return Ok(None);
        };
        let key = format!("autobahntestsuite-{SUITE}");
        let suite = |packages: &Path| Self {
            python: python.clone(),
            packages: packages.to_owned(),
        };
        let packages = cache.provide(
            &key,
            |place| suite(place).is_whole(),
            |place| suite(place).install(),
        )?;
        Ok(Some(suite(&packages)))
    }

    /// Its command.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.python);
        command
            .args(["-B", "-c", START])
            .arg(&self.packages)
            .env_remove("PYTHONPATH");
        command
    }

    fn is_whole(&self) -> bool {
        command::output(self.command().arg("--help")).is_ok()
    }

    fn install(&self) -> Result<(), Failure> {
        say::step(
            &format!("Installing autobahntestsuite {SUITE}, once"),
            "hundreds of cases of what a WebSocket server must and must not accept",
        );
        command::run(
            Command::new(&self.python)
                .args(["-m", "pip", "install", "--quiet"])
                .args(["--disable-pip-version-check", "--target"])
                .arg(&self.packages)
                .arg(format!("autobahntestsuite=={SUITE}")),
        )
    }
}

/// Where a Python 2.7 may be: on PATH, or among the versions that pyenv keeps beside it.
fn pythons() -> Vec<PathBuf> {
    let mut pythons: Vec<_> = ["python2.7", "python2", "pypy"].map(PathBuf::from).into();
    let root = command::output(Command::new("pyenv").arg("root")).unwrap_or_default();
    let versions = std::fs::read_dir(Path::new(root.trim()).join("versions"));
    let versions = versions.into_iter().flatten().flatten();
    pythons.extend(versions.map(|version| version.path().join("bin/python2.7")));
    pythons
}

fn is_old(python: &Path) -> bool {
    let question = [
        "-c",
        "import pip, sys; sys.exit(sys.version_info[:2] != (2, 7))",
    ];
    command::output(Command::new(python).args(question)).is_ok()
}
