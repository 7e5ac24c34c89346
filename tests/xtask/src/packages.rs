//! Packages that tests need, installed below the target directory: those of other
//! languages, pinned by files in the tree, and Debian's registry.
//!
//! In CI (`CI=true`) they have to be there; elsewhere what needs them is
//! skipped, aloud, where their language is not at hand or they cannot be
//! installed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

use crate::summary::Summary;
use crate::workspace;

/// Installs into `home`, which `install` finds empty, unless what the file
/// `pins` says is installed there already.
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

/// Installs the npm packages of the folder `pins` into `home`, exactly as its
/// `package-lock.json` has them, and runs none of their install scripts.
pub(crate) fn npm_installed(home: &Path, pins: &Path) -> Result<()> {
    installed(home, &pins.join("package-lock.json"), || {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        if !answers(npm) {
            bail!("there is no npm");
        }
        for file in ["package.json", "package-lock.json"] {
            fs::copy(pins.join(file), home.join(file))?;
        }
        let flags = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
        let mut command = Command::new(npm);
        workspace::run(command.arg("ci").args(flags).current_dir(home))
    })
}

/// Installs the Python packages that the file `pins` lists into a virtual
/// environment at `home`, and gives the folder of its programs.
pub(crate) fn python_installed(home: &Path, pins: &Path) -> Result<PathBuf> {
    let bin = home.join(if cfg!(windows) { "Scripts" } else { "bin" });
    installed(home, pins, || {
        let python = ["python3", "python"].into_iter().find(|name| answers(name));
        let python = python.context("there is no python3")?;
        workspace::run(Command::new(python).args(["-m", "venv"]).arg(home))?;
        let mut pip = Command::new(bin.join("python"));
        pip.args(["-m", "pip", "install", "--quiet"]);
        pip.args(["--disable-pip-version-check", "--requirement"]);
        workspace::run(pip.arg(pins))
    })?;
    Ok(bin)
}

/// The program `docker-registry`: the one on the `PATH`, or that of Debian's
/// package of this name, which is unpacked into `home` and needs nothing else.
pub(crate) fn registry_installed(home: &Path) -> Result<PathBuf> {
    const NAME: &str = "docker-registry";
    if answers(NAME) {
        return Ok(NAME.into());
    }
    let program = home.join("usr/bin").join(NAME);
    if answers(&program) {
        return Ok(program);
    }
    if !answers("apt-get") || !answers("dpkg") {
        bail!("there is no {NAME}, and no apt-get and dpkg to install it by");
    }
    if home.exists() {
        fs::remove_dir_all(home)?;
    }
    fs::create_dir_all(home)?;
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        workspace::run(apt.arg("-qq").args(arguments).current_dir(home))
    };
    if apt(&["download", NAME]).is_err() {
        // A fresh machine knows of no packages.
        apt(&["update"])?;
        apt(&["download", NAME])?;
    }
    for entry in fs::read_dir(home)? {
        let mut dpkg = Command::new("dpkg");
        workspace::run(dpkg.arg("--extract").arg(entry?.path()).arg(home))?;
    }
    Ok(program)
}

/// Whether there is such a program.
pub(crate) fn answers(program: impl AsRef<OsStr>) -> bool {
    let status = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// Says aloud that `what` does not run; in CI that is an error.
pub(crate) fn skip(what: &str, error: &anyhow::Error) -> Result<Summary> {
    if env::var_os("CI").is_some_and(|ci| ci == "true") {
        bail!("{what} cannot run, and CI=true demands it: {error:#}");
    }
    println!("\nSKIPPED: {what}: {error:#}");
    Ok(Summary {
        skipped: 1,
        ..Summary::default()
    })
}
