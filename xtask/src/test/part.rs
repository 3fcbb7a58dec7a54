//! The parts of the test command: what each checks, needs and runs.

use clap::ValueEnum;

use super::libtest::{self, Tally};
use super::{conformance, deny, size};
use crate::command;
use crate::dashboard;
use crate::failure::Failure;
use crate::fuzz;
use crate::relay;
use crate::say;
use crate::setup::cache::Cache;
use crate::setup::tool::Tools;
use crate::setup::wasm_target::{self, WasmTarget};
use crate::setup::{
    axe_core, browser, codex, cxx, engines, fronts, mcp_sdk, otlp_exporter, python,
};
use crate::workspace::Workspace;

/// Where the parts run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) cache: &'a Cache,
}

/// A part of the test command, in the order they run: quick ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Part {
    /// Formatting
    Fmt,
    /// Licences, duplicates and sources of what is depended on
    Deny,
    /// Known faults of what is depended on, where their database can be reached
    Advisories,
    /// The compiler for the browser and the tools around it, installed if missing
    Tools,
    /// Lints, natively and for the browser
    Clippy,
    /// Documents without warnings
    Docs,
    /// Unit, property and integration tests
    Tests,
    /// The WebSocket frames, by a suite that is not ours
    Conformance,
    /// Every parser of outside bytes, for a minute in all
    Fuzz,
    /// The release build of the dashboard
    Dashboard,
    /// The size budget of the dashboard
    Size,
    /// The release build of the relay
    Relay,
    /// Chromium, Firefox, WebKit, their drivers, a Python and npm packages, installed if missing
    Browser,
    /// End-to-end tests with real processes and a real browser
    E2e,
}

impl Part {
    /// All parts, in their order.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::value_variants().iter().copied()
    }

    /// The word for it on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The parts that must have succeeded for this one to make sense.
    pub(crate) fn needs(self) -> &'static [Self] {
        match self {
            Self::Fmt | Self::Tests | Self::Conformance | Self::Fuzz | Self::Browser => &[],
            Self::Tools | Self::Deny | Self::Advisories => &[],
            Self::Clippy | Self::Docs | Self::Dashboard => &[Self::Tools],
            Self::Size | Self::Relay => &[Self::Dashboard],
            Self::E2e => &[Self::Relay, Self::Browser],
        }
    }

    /// What it does and why, in one sentence.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Fmt => "cargo fmt --check: one layout, so that changes show only what changed",
            Self::Deny => {
                "cargo deny: licences, duplicates without a reason, packages from elsewhere"
            }
            Self::Advisories => "cargo deny: known faults and yanked versions",
            Self::Tools => "trunk, wasm-bindgen and the wasm target build the dashboard",
            Self::Clippy => "lints as errors, the dashboard for the browser and the rest natively",
            Self::Docs => "cargo doc: broken links and missing pages as errors",
            Self::Tests => "unit, property and integration tests of shared, relay and xtask",
            Self::Conformance => {
                "the Autobahn suite tries what RFC 6455 allows and forbids; a minute"
            }
            Self::Fuzz => {
                "libFuzzer makes up inputs for every parser of outside bytes; a minute beside its build"
            }
            Self::Dashboard => "the dashboard as it is shipped, with compressed variants",
            Self::Size => "what a browser has to load before the page lives",
            Self::Relay => "the relay as it is shipped, with the dashboard inside",
            Self::Browser => {
                "the end-to-end tests need three browsers, their drivers and clients that are not ours"
            }
            Self::E2e => "the shipped binary, real sockets, a real browser, a foreign client",
        }
    }

    /// Runs it; a part without tests of its own counts as one.
    pub(crate) fn run(self, place: &Place<'_>) -> Result<Tally, Failure> {
        let Place { workspace, cache } = *place;
        match self {
            Self::Fmt => command::run(&mut workspace.cargo("fmt --all --check"))?,
            Self::Deny => deny::dependencies(workspace, cache)?,
            Self::Advisories => deny::advisories(workspace, cache)?,
            Self::Tools => drop(Tools::ready(workspace, cache)?),
            Self::Clippy => clippy(workspace)?,
            Self::Docs => docs(workspace)?,
            Self::Tests => return tests(workspace),
            Self::Conformance => return conformance::run(workspace, cache),
            Self::Fuzz => return fuzz::briefly(workspace),
            Self::Dashboard => dashboard::build(workspace, cache)?,
            Self::Size => size::check(&workspace.dist(), dashboard::is_small(workspace))?,
            Self::Relay => {
                relay::build(workspace)?;
                relay::check_dashboard(workspace)?;
            }
            Self::Browser => {
                browser::ready()?;
                engines::ready()?;
                fronts::ready()?;
                engines::geckodriver(cache)?;
                python::ready(cache)?;
                axe_core::ready(cache)?;
                mcp_sdk::ready(cache)?;
                otlp_exporter::ready(cache)?;
                codex::ready(cache)?;
            }
            Self::E2e => return end_to_end(workspace, cache),
        }
        Ok(Tally::ONE_PASSED)
    }
}

fn clippy(workspace: &Workspace) -> Result<(), Failure> {
    const NATIVE: &str = "clippy --locked --workspace --exclude pilothouse-web --all-targets \
        --features pilothouse-relay/echo";
    const WEB: &str = "clippy --locked -p pilothouse-web --target wasm32-unknown-unknown";
    cxx::ready()?;
    command::run(workspace.cargo(NATIVE).args(["--", "-D", "warnings"]))?;
    let target = wasm_target::ready(workspace)?;
    if target == WasmTarget::Distribution {
        say::note("the distribution brings no clippy: the dashboard is linted where rustup works");
        return Ok(());
    }
    command::run(workspace.cargo(WEB).args(["--", "-D", "warnings"]))
}

fn docs(workspace: &Workspace) -> Result<(), Failure> {
    const NATIVE: &str = "doc --locked --no-deps --workspace --exclude pilothouse-web \
        --exclude pilothouse-fuzz";
    const WEB: &str = "doc --locked --no-deps -p pilothouse-web --target wasm32-unknown-unknown";
    let mut web = workspace.cargo(WEB);
    wasm_target::ready(workspace)?.apply(&mut web, workspace);
    for mut cargo in [workspace.cargo(NATIVE), web] {
        command::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    Ok(())
}

fn tests(workspace: &Workspace) -> Result<Tally, Failure> {
    const TESTS: &str =
        "test --locked --no-fail-fast -p pilothouse-shared -p pilothouse-relay -p xtask";
    libtest::run(&mut workspace.cargo(TESTS))
}

fn end_to_end(workspace: &Workspace, cache: &Cache) -> Result<Tally, Failure> {
    let mut tests = workspace.cargo("test --locked --no-fail-fast -p pilothouse-tests");
    tests.env("PILOTHOUSE_BINARY", relay::binary(workspace));
    tests.env("PILOTHOUSE_GECKODRIVER", engines::geckodriver(cache)?);
    tests.env("PILOTHOUSE_PYTHON", python::ready(cache)?);
    tests.env("PILOTHOUSE_AXE_CORE", axe_core::ready(cache)?);
    tests.env("PILOTHOUSE_MCP_SDK", mcp_sdk::ready(cache)?);
    tests.env("PILOTHOUSE_OTLP_EXPORTER", otlp_exporter::ready(cache)?);
    tests.env("PILOTHOUSE_CODEX", codex::ready(cache)?);
    libtest::run(&mut tests)
}
