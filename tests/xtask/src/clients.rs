//! The official clients of other languages, in `tests/clients/`.
//!
//! Their packages are installed below the target directory, pinned by the
//! files beside the scripts. In CI (`CI=true`) they have to run; elsewhere
//! they are skipped, aloud, where their language is not at hand or the packages
//! cannot be installed.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

use crate::summary::Summary;
use crate::test::BINARY;
use crate::workspace::{self, Workspace};

/// Runs both and counts their checks.
pub(crate) fn run(workspace: &Workspace) -> Result<Summary> {
    let mut summary = Summary::default();
    for client in [python, typescript] {
        summary += client(workspace)?;
    }
    Ok(summary)
}

fn python(workspace: &Workspace) -> Result<Summary> {
    let scripts = workspace.root.join("tests/clients/python");
    let home = workspace.target.join("clients/python");
    let bin = home.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let installed = installed(&home, &scripts.join("requirements.txt"), || {
        let python = ["python3", "python"].into_iter().find(|name| answers(name));
        let python = python.context("there is no python3")?;
        workspace::run(Command::new(python).args(["-m", "venv"]).arg(&home))?;
        let mut pip = Command::new(bin.join("python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ]);
        workspace::run(pip.arg(scripts.join("requirements.txt")))
    });
    match installed {
        Ok(()) => check(
            workspace,
            Command::new(bin.join("python")).arg(scripts.join("client.py")),
        ),
        Err(error) => skip("the Python client", &error),
    }
}

fn typescript(workspace: &Workspace) -> Result<Summary> {
    let scripts = workspace.root.join("tests/clients/typescript");
    let home = workspace.target.join("clients/typescript");
    let installed = installed(&home, &scripts.join("package-lock.json"), || {
        if !answers("node") {
            bail!("there is no node");
        }
        for file in ["package.json", "package-lock.json"] {
            fs::copy(scripts.join(file), home.join(file))?;
        }
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        workspace::run(
            Command::new(npm)
                .args(["ci", "--silent", "--no-audit", "--no-fund"])
                .current_dir(&home),
        )
    });
    match installed {
        Ok(()) => {
            // Node looks for packages beside the script.
            let script = home.join("client.mjs");
            fs::copy(scripts.join("client.mjs"), &script)?;
            check(workspace, Command::new("node").arg(script))
        }
        Err(error) => skip("the TypeScript client", &error),
    }
}

/// Installs into `home` unless the same pins are installed there already.
fn installed(home: &Path, pins: &Path, install: impl FnOnce() -> Result<()>) -> Result<()> {
    let wanted = fs::read(pins).with_context(|| format!("cannot read {}", pins.display()))?;
    let stamp: PathBuf = home.join("installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if home.exists() {
        fs::remove_dir_all(home)?;
    }
    fs::create_dir_all(home)?;
    install()?;
    Ok(fs::write(stamp, wanted)?)
}

fn answers(program: &str) -> bool {
    let status = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// Runs a client's script. It prints `ok NAME` or `FAILED NAME: …` for each of
/// its checks.
fn check(workspace: &Workspace, script: &mut Command) -> Result<Summary> {
    script.env(BINARY, workspace.binary("debug", "portcullis"));
    script.env("PORTCULLIS_PLUGINS", workspace.root.join("plugins"));
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

fn skip(what: &str, error: &anyhow::Error) -> Result<Summary> {
    if env::var_os("CI").is_some_and(|ci| ci == "true") {
        bail!("{what} cannot run, and CI=true demands it: {error:#}");
    }
    println!("\nSKIPPED: {what}: {error:#}");
    Ok(Summary {
        skipped: 1,
        ..Summary::default()
    })
}
