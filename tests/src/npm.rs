//! Packages of npm.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::environment;

/// The `node_modules` that `variable` names, or one with `package`, such as `name@1.2.3`, made once in the
/// folder for temporary files.
pub(crate) fn modules(package: &str, variable: &str) -> PathBuf {
    environment::path(variable).unwrap_or_else(|| install(package, variable))
}

fn install(package: &str, variable: &str) -> PathBuf {
    let name = format!("pilothouse-{}", package.replace(['@', '/'], "-"));
    let folder = std::env::temp_dir().join(name);
    let modules = folder.join("node_modules");
    if modules.join(".package-lock.json").is_file() {
        return modules;
    }
    let install = ["install", "--no-audit", "--no-fund", "--ignore-scripts"];
    let status = Command::new("npm")
        .args(install)
        .arg("--prefix")
        .arg(&folder)
        .arg(package)
        .stdout(Stdio::null())
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "npm could not install {package}: install Node, or let {variable} name a node_modules that has it",
    );
    modules
}
