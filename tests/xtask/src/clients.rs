//! The official clients of other languages, in `tests/clients/`, and the most
//! used one beside them, each against the real program.
//!
//! What is skipped and when, `packages` says.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::node;
use crate::packages::{answers, npm_installed, python_installed, skip};
use crate::summary::Summary;
use crate::test::BINARY;
use crate::workspace::Workspace;

/// Installs a client and gives the command that runs its checks.
type Client = fn(&Workspace) -> Result<Command>;

/// Runs all and counts their checks.
pub(crate) fn run(workspace: &Workspace) -> Result<Summary> {
    let clients: [(&str, Client); 6] = [
        ("the Python client", |workspace| {
            python(workspace, "client.py")
        }),
        ("the Python client with `everything`", |workspace| {
            python(workspace, "everything.py")
        }),
        ("FastMCP's client", |workspace| {
            python(workspace, "fastmcp_client.py")
        }),
        ("the TypeScript client", |workspace| {
            typescript(workspace, "client.mjs")
        }),
        ("the TypeScript client with `everything`", |workspace| {
            typescript(workspace, "everything.mjs")
        }),
        ("the MCP Inspector", |workspace| {
            javascript(workspace, "inspector", "client.mjs", node::find(workspace)?)
        }),
    ];
    let mut summary = Summary::default();
    for (name, client) in clients {
        summary += match client(workspace) {
            Ok(mut client) => check(workspace, &mut client)?,
            Err(error) => skip(name, &error)?,
        };
    }
    Ok(summary)
}

/// A script of `tests/clients/python`, in the environment that all of them
/// share.
fn python(workspace: &Workspace, script: &str) -> Result<Command> {
    let scripts = workspace.root.join("tests/clients/python");
    let home = workspace.target.join("clients/python");
    let bin = python_installed(&home, &scripts.join("requirements.txt"))?;
    let mut command = Command::new(bin.join("python"));
    command.arg(scripts.join(script));
    Ok(command)
}

/// A script of `tests/clients/typescript`.
fn typescript(workspace: &Workspace, script: &str) -> Result<Command> {
    if !answers("node") {
        bail!("there is no node");
    }
    javascript(workspace, "typescript", script, "node".into())
}

/// A script of a folder of `tests/clients`, with the packages pinned there.
fn javascript(workspace: &Workspace, folder: &str, script: &str, node: PathBuf) -> Result<Command> {
    let scripts = workspace.root.join("tests/clients").join(folder);
    let home = workspace.target.join("clients").join(folder);
    npm_installed(&home, &scripts)?;
    // Node looks for packages beside the script.
    let copy = home.join(script);
    fs::copy(scripts.join(script), &copy)?;
    let mut command = Command::new(node);
    command.arg(copy);
    Ok(command)
}

/// Runs a client's script. It prints `ok NAME` or `FAILED NAME: …` for each of
/// its checks.
fn check(workspace: &Workspace, script: &mut Command) -> Result<Summary> {
    script.env(BINARY, workspace.binary("debug", "portcullis"));
    script.env("PORTCULLIS_PLUGINS", workspace.root.join("plugins"));
    script.env("PORTCULLIS_GUESTS", workspace.root.join("tests/guests"));
    let mut child = script
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run the client")?;
    let stdout = child
        .stdout
        .take()
        .context("the client's output is piped")?;
    let mut summary = Summary::default();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        println!("{line}");
        if line.starts_with("ok ") {
            summary.passed += 1;
        } else if line.starts_with("FAILED ") {
            summary.failed += 1;
        }
    }
    if !child.wait()?.success() && summary.failed == 0 {
        bail!("the client ended before its checks");
    }
    Ok(summary)
}
