//! All tests: those of each crate, those from end to end, the count of a call's
//! instructions, those with the official clients of other languages and with the
//! components of their toolchains, and the official conformance suite.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use crate::packages::{registry_installed, skip};
use crate::summary::Summary;
use crate::workspace::{self, Workspace};
use crate::{clients, conformance, guests, instructions, toolchains};

/// The variable in which the tests find the runtime.
pub(crate) const BINARY: &str = "PORTCULLIS_BIN";

/// The variable in which the tests find the program of a registry.
const REGISTRY: &str = "PORTCULLIS_REGISTRY";

/// The packages that are the runtime or link it, tested and built by themselves.
const RUNTIME: [&str; 2] = ["portcullis", "portcullis-inside"];

/// The tests of the fuzz targets, in a workspace of its own whose dependencies
/// are built as they are here.
const FUZZING: [&str; 4] = [
    "--manifest-path",
    "tests/fuzz/Cargo.toml",
    "--lib",
    "--locked",
];

/// Builds everything and runs all tests, or those that `filter` names.
pub(crate) fn run_all(workspace: &Workspace, filter: Option<&str>) -> Result<Summary> {
    guests::build(workspace, &[])?;
    // Built together with the others, the runtime's dependencies would have
    // more features than `cargo build` and `cargo xtask demo` give them, and
    // the compiler inside it would be built twice.
    let names = workspace
        .native_packages()
        .map(|package| package.name.as_str());
    let (runtime, others): (Vec<&str>, Vec<&str>) = names.partition(|name| RUNTIME.contains(name));
    let groups = [runtime, others].map(|names| {
        let flags = names.into_iter().flat_map(|name| ["--package", name]);
        flags.collect::<Vec<_>>()
    });
    for packages in &groups {
        workspace::run(
            workspace
                .cargo(&["build", "--bins", "--tests"])
                .args(packages),
        )?;
    }

    let mut summary = Summary::default();
    let registry = registry_installed(&workspace.target.join("registry"));
    if let Err(error) = &registry {
        summary += skip("what needs a registry", error)?;
    }
    let registry = registry.ok();
    for packages in &groups {
        summary += rust_tests(workspace, packages, filter, registry.as_deref())?;
    }
    summary += rust_tests(workspace, &FUZZING, filter, None)?;
    if filter.is_none() {
        summary += instructions::run(workspace)?;
        summary += clients::run(workspace)?;
        summary += toolchains::run(workspace)?;
        summary += conformance::run(workspace)?;
    }
    Ok(summary)
}

/// [`run_all`], with the summary as the last line, and failures as an error.
pub(crate) fn run(workspace: &Workspace, filter: Option<&str>) -> Result<()> {
    let summary = run_all(workspace, filter)?;
    println!("\n{summary}");
    if summary.failed > 0 {
        bail!("{} tests failed", summary.failed);
    }
    Ok(())
}

fn rust_tests(
    workspace: &Workspace,
    packages: &[&str],
    filter: Option<&str>,
    registry: Option<&Path>,
) -> Result<Summary> {
    let mut cargo = workspace.cargo(&["test", "--no-fail-fast"]);
    cargo.args(packages).args(filter);
    cargo
        .env(BINARY, workspace.binary("debug", "portcullis"))
        .env("CARGO_TARGET_DIR", &workspace.target)
        .envs(registry.map(|registry| (REGISTRY, registry)))
        .stdout(Stdio::piped());
    let mut child = cargo.spawn().context("cannot run cargo")?;
    let stdout = child.stdout.take().context("cargo's output is piped")?;
    let mut summary = Summary::default();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        println!("{line}");
        if let Some(part) = Summary::parse(&line) {
            summary += part;
        }
    }
    if !child.wait()?.success() && summary.failed == 0 {
        bail!("cargo test failed before it could run all tests");
    }
    Ok(summary)
}
