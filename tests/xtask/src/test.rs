//! All tests: those of each crate, those from end to end, and those with the
//! official clients of other languages.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use crate::summary::Summary;
use crate::workspace::{self, Workspace};
use crate::{clients, guests};

/// The variable in which the tests find the runtime.
pub(crate) const BINARY: &str = "PORTCULLIS_BIN";

/// Builds everything and runs all tests, or those that `filter` names. The
/// last line says how many ran.
pub(crate) fn run_all(workspace: &Workspace, filter: Option<&str>) -> Result<Summary> {
    guests::build(workspace, &[])?;
    let packages: Vec<&str> = workspace
        .native_packages()
        .flat_map(|package| ["--package", package.name.as_str()])
        .collect();
    // Binaries and tests in one go: with the same features nothing is built
    // twice.
    workspace::run(
        workspace
            .cargo(&["build", "--bins", "--tests"])
            .args(&packages),
    )?;

    let mut summary = rust_tests(workspace, &packages, filter)?;
    if filter.is_none() {
        summary += clients::run(workspace)?;
    }
    Ok(summary)
}

/// [`run_all`], with the summary on stdout and failures as an error.
pub(crate) fn run(workspace: &Workspace, filter: Option<&str>) -> Result<()> {
    let summary = run_all(workspace, filter)?;
    println!("\n{summary}");
    if summary.failed > 0 {
        bail!("{} tests failed", summary.failed);
    }
    Ok(())
}

fn rust_tests(workspace: &Workspace, packages: &[&str], filter: Option<&str>) -> Result<Summary> {
    let mut cargo = workspace.cargo(&["test", "--no-fail-fast"]);
    cargo.args(packages).args(filter);
    cargo
        .env(BINARY, workspace.binary("debug", "portcullis"))
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
