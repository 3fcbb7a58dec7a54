//! What the build needs and cargo does not bring: found, or installed once.

pub(crate) mod autobahn;
pub(crate) mod axe_core;
pub(crate) mod browser;
pub(crate) mod cache;
pub(crate) mod cargo_deny;
pub(crate) mod codex;
pub(crate) mod cxx;
pub(crate) mod debian;
pub(crate) mod distribution;
pub(crate) mod engines;
pub(crate) mod esbuild;
pub(crate) mod fronts;
pub(crate) mod mcp_sdk;
pub(crate) mod npm;
pub(crate) mod otlp_exporter;
pub(crate) mod python;
pub(crate) mod tool;
pub(crate) mod wasm_opt;
pub(crate) mod wasm_target;
